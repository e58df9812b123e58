import type { PackManifest } from "../../packs/pack.ts";
import type { Box } from "../../types.ts";
import { pasteFrame } from "../image/compose.ts";
import { boxInFrame, frameFor, modelSizeFor } from "../image/framing.ts";
import { resizeRgb } from "../image/image.ts";
import type { Picture } from "../image/picture.ts";
import type { Frame, Inpainter, Painting, PaintOptions, Quality } from "../inpainters/inpainter.ts";
import { boxKey } from "../regions/proposals.ts";

/** A painted box: the new pixels of its frame at the model's size, and where that frame lies in the picture. */
export interface Patch {
  readonly box: Box;
  readonly frame: Box;
  readonly painted: Omit<Frame, "box" | "key">;
}

/** Paints boxes of one picture, and shows it with them. */
export interface Patches {
  /** Paints each box in a frame of its own, in order; see `Painting.paint` for the coded errors. */
  paint(boxes: readonly Box[], options: PaintOptions): Promise<Patch[]>;
  /** The picture with a patch in its box: bit-identical outside it, a feathered seam inside. */
  compose(patch: Patch): Promise<Picture>;
  /** The same on a copy that is no larger than scoring needs, see `scoringCopies`. */
  composeForScoring(patch: Patch, quality: Quality): Promise<Picture>;
}

export interface PatchesOptions {
  readonly picture: Picture;
  readonly inpainter: Pick<Inpainter, "side" | "multiple">;
  readonly painting: Painting;
  readonly framing: PackManifest["framing"];
  /** Side of the pictures that judging sees, in pixels. */
  readonly viewSide: number;
}

/** Makes the patches of one edit. The copies for scoring are made once, while the first boxes are being painted. */
export function createPatches(options: PatchesOptions): Patches {
  const { picture, inpainter, painting, framing } = options;
  const copies = scoringCopies(picture, options.viewSide);
  /** A box is drafted, then painted in full: cut out once. */
  const frames = new Map<string, Promise<{ frame: Box; input: Frame }>>();

  function frameOf(box: Box): Promise<{ frame: Box; input: Frame }> {
    const key = boxKey(box);
    const cut = frames.get(key) ?? cutFrame(box);
    frames.set(key, cut);
    return cut;
  }

  async function cutFrame(box: Box): Promise<{ frame: Box; input: Frame }> {
    const frame = frameFor(box, picture, framing);
    const size = modelSizeFor(frame, inpainter.side, inpainter.multiple);
    const rgb = await resizeRgb(picture, frame, size.width, size.height, "cubic");
    const input = { ...size, rgb, box: boxInFrame(box, frame, size), key: `${boxKey(frame)} ${boxKey(box)}` };
    return { frame, input };
  }

  return {
    async paint(boxes, paintOptions) {
      const cuts = await Promise.all(boxes.map(frameOf));
      const inputs = cuts.map(({ input }) => input);
      const painted = await painting.paint(inputs, paintOptions);
      return cuts.map(({ frame, input }, index) => {
        const [box, rgb] = [boxes[index], painted[index]];
        if (!box || !rgb)
          throw new RangeError(`Expected ${boxes.length} painted frames, got ${painted.length}.`);
        return { box, frame, painted: { width: input.width, height: input.height, rgb } };
      });
    },
    compose: (patch) => pasteScaled(picture, patch, 1, 1),
    async composeForScoring(patch, quality) {
      const copy = await copies[quality];
      return pasteScaled(copy, patch, copy.width / picture.width, copy.height / picture.height);
    },
  };
}

/**
 * What judging sees edits on, or the picture itself where it is small. Drafts are squashed to the square of `viewSide` that
 * CLIP sees in any case. Full paintings, which are also ranked, lie on a copy twice as large.
 */
function scoringCopies(picture: Picture, viewSide: number): Record<Quality, Promise<Picture>> {
  const short = Math.min(picture.width, picture.height);
  const scale = (2 * viewSide) / short;
  const shrinkTo = (width: number, height: number) => shrink(picture, Math.round(width), Math.round(height));
  const itself = Promise.resolve(picture);
  const copies = {
    draft: short > viewSide ? shrinkTo(viewSide, viewSide) : itself,
    full: scale < 1 ? shrinkTo(picture.width * scale, picture.height * scale) : itself,
  };
  // Whoever waits for one is told of its failure; until then it must not end the process.
  for (const copy of Object.values(copies)) copy.catch(() => {});
  return copies;
}

async function shrink(picture: Picture, width: number, height: number): Promise<Picture> {
  return { width, height, rgb: await resizeRgb(picture, null, width, height, "cubic"), alpha: null };
}

async function pasteScaled(target: Picture, patch: Patch, scaleX: number, scaleY: number): Promise<Picture> {
  const frame = scaleBox(patch.frame, scaleX, scaleY, { left: 0, top: 0, ...target });
  const rgb = await resizeRgb(patch.painted, null, frame.width, frame.height, "cubic");
  return pasteFrame(target, rgb, frame, scaleBox(patch.box, scaleX, scaleY, frame));
}

/** A box at another scale, in whole pixels: at least one, inside `outer` at that scale as it was before. */
function scaleBox(box: Box, scaleX: number, scaleY: number, outer: Box): Box {
  const across = scaleSpan(box.left, box.width, scaleX, outer.left + outer.width);
  const down = scaleSpan(box.top, box.height, scaleY, outer.top + outer.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

function scaleSpan(start: number, length: number, scale: number, limit: number) {
  const first = Math.min(Math.round(start * scale), limit - 1);
  return { start: first, length: Math.max(1, Math.round((start + length) * scale) - first) };
}
