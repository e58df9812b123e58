import type { Size } from "./framing.ts";
import { sharp } from "./sharp.ts";
import { marksOfResult, noMarks, resultXmp } from "./xmp.ts";

/** Encoded pictures of one subject. */
export interface SheetPictures {
  readonly source: Uint8Array;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
}

/** Pixels of the longer side of each picture: small ones are enlarged, so that all chats show them large. */
const sides = { least: 512, most: 1024 } as const;
const gap = 16;
/** Height of the arrow under each result. */
const arrow = 40;
const grey = "#808890";

/**
 * A JPEG of a picture above two edits of it that stand side by side, each over an arrow that points to its side: a chat may lay out
 * three pictures as it likes.
 */
export async function encodePairSheet(
  { source, left, right }: SheetPictures,
  size: Size,
): Promise<Uint8Array> {
  const longer = Math.max(size.width, size.height);
  const scale = Math.min(sides.most, Math.max(sides.least, longer)) / longer;
  const cell = {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
  const width = 2 * cell.width + 3 * gap;
  const below = cell.height + 2 * gap;
  const resized = (picture: Uint8Array) =>
    sharp(picture)
      .resize({ ...cell, fit: "contain", background: grey })
      .png({ compressionLevel: 1 })
      .toBuffer();
  const [above, one, two] = [await resized(source), await resized(left), await resized(right)];
  const rightAt = cell.width + 2 * gap;
  return sharp({
    create: { width, height: below + cell.height + arrow + gap, channels: 3, background: grey },
  })
    .composite([
      { input: above, top: gap, left: Math.round((width - cell.width) / 2) },
      { input: one, top: below, left: gap },
      { input: two, top: below, left: rightAt },
      { input: arrowSvg(-1), top: below + cell.height + 6, left: gap + Math.round((cell.width - arrow) / 2) },
      {
        input: arrowSvg(1),
        top: below + cell.height + 6,
        left: rightAt + Math.round((cell.width - arrow) / 2),
      },
    ])
    .jpeg({ quality: 92, chromaSubsampling: "4:4:4" })
    .withXmp(resultXmp(marksOfResult(noMarks)))
    .toBuffer();
}

/** @param direction -1 to the left, 1 to the right. */
function arrowSvg(direction: -1 | 1): Buffer {
  const points = direction < 0 ? "4,20 26,4 26,36" : "36,20 14,4 14,36";
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${arrow}" height="${arrow}"><polygon points="${points}" fill="#ffffff"/></svg>`,
  );
}
