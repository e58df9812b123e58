import type { Box } from "../../types.ts";
import { type Cover, coverLinesOf, wholeCover } from "./cover.ts";
import type { Size } from "./framing.ts";
import { sharp } from "./sharp.ts";
import { writeOutput } from "./write-file.ts";

/**
 * Writes how much of a painting shows: a grey PNG of the picture's size, black outside the box and wherever the picture
 * keeps its own pixels. `null` is the whole box, whose seam then is in it.
 * @throws EditError `disk-full`, `output-unwritable`.
 */
export async function writeMaskPng(
  path: string,
  picture: Size,
  box: Box,
  cover: Cover | null,
): Promise<void> {
  const grey = new Uint8Array(picture.width * picture.height);
  const lineOf = coverLinesOf(cover ?? wholeCover, box, picture);
  for (let row = 0; row < box.height; row++)
    grey.set(lineOf(row), (box.top + row) * picture.width + box.left);
  const raw = { width: picture.width, height: picture.height, channels: 1 } as const;
  await writeOutput(
    path,
    await sharp(grey, { raw }).toColourspace("b-w").png({ compressionLevel: 2 }).toBuffer(),
  );
}
