import type { PackManifest } from "../../packs/pack.ts";
import type { Box } from "../../types.ts";
import { pasteFrame } from "../image/compose.ts";
import type { Cover } from "../image/cover.ts";
import { boxInFrame, frameFor, modelSizeFor, type Size, scaleBox } from "../image/framing.ts";
import { resizeRgb } from "../image/image.ts";
import type { Picture } from "../image/picture.ts";
import type { Frame, Inpainter, Painting, PaintOptions, Quality } from "../inpainters/inpainter.ts";
import type { BoxPixels } from "../mask/difference.ts";
import { boxKey } from "../regions/proposals.ts";
import { boxPixelsOf } from "./box-pixels.ts";

/** A painted box: the new pixels of its frame at the model's size, and where that frame lies in the picture. */
export interface Patch {
  readonly box: Box;
  readonly frame: Box;
  readonly painted: Omit<Frame, "box" | "key">;
  /** Where in the box the painting shows; everywhere where it is `null` or absent. */
  readonly cover?: Cover | null;
}

/** Paints boxes of one picture, and shows it with them. */
export interface Patches {
  /** Paints each box in a frame of its own, in order; see `Painting.paint` for the coded errors. */
  paint(boxes: readonly Box[], options: PaintOptions): Promise<Patch[]>;
  /** The picture with a patch in its box: bit-identical outside it and outside the patch's cover, a feathered seam inside. */
  compose(patch: Patch): Promise<Picture>;
  /** The same on a copy that is no larger than scoring needs, see `scoringCopies`. */
  composeForScoring(patch: Patch, quality: Quality): Promise<Picture>;
  /** The box before and after, with its longer side at most `side` pixels. */
  boxPixels(patch: Patch, side: number): Promise<BoxPixels>;
}

export interface PatchesOptions {
  readonly picture: Picture;
  readonly inpainter: Pick<Inpainter, "side" | "draftSide" | "multiple">;
  readonly painting: Painting;
  /** How much of the picture is around a box in its frame; `whole`: every frame is the whole picture. */
  readonly framing: PackManifest["framing"] | "whole";
  /** Side of the pictures that judging sees, in pixels. */
  readonly viewSide: number;
}

/** Makes the patches of one edit. The copies for scoring are made once, while the first boxes are being painted. */
export function createPatches(options: PatchesOptions): Patches {
  const { picture, inpainter, painting, framing } = options;
  const copies = scoringCopies(picture, options.viewSide);
  /** A box is drafted, then painted in full: cut out once for each side. */
  const frames = new Map<string, Promise<{ frame: Box; input: Frame }>>();
  /** A painting is scored under several covers: brought to the size of the copies once. */
  const scaled = {
    draft: new WeakMap<Patch["painted"], Promise<ScaledPatch>>(),
    full: new WeakMap<Patch["painted"], Promise<ScaledPatch>>(),
  };

  function frameOf(box: Box, side: number): Promise<{ frame: Box; input: Frame }> {
    const key = `${boxKey(box)} ${side}`;
    const cut = frames.get(key) ?? cutFrame(box, side);
    frames.set(key, cut);
    return cut;
  }

  async function cutFrame(box: Box, side: number): Promise<{ frame: Box; input: Frame }> {
    const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
    const frame = framing === "whole" ? whole : frameFor(box, picture, framing);
    const size = modelSizeFor(frame, side, inpainter.multiple);
    const rgb = await resizeRgb(picture, frame, size.width, size.height, "cubic");
    const input = {
      ...size,
      rgb,
      box: boxInFrame(box, frame, size),
      key: `${boxKey(frame)} ${boxKey(box)} ${side}`,
    };
    return { frame, input };
  }

  return {
    async paint(boxes, paintOptions) {
      const { side: full, draftSide = full } = inpainter;
      const side = paintOptions.quality === "draft" ? draftSide : full;
      const cuts = await Promise.all(boxes.map((box) => frameOf(box, side)));
      const inputs = cuts.map(({ input }) => input);
      const painted = await painting.paint(inputs, paintOptions);
      return cuts.map(({ frame, input }, index) => {
        const [box, rgb] = [boxes[index], painted[index]];
        if (!box || !rgb)
          throw new RangeError(`Expected ${boxes.length} painted frames, got ${painted.length}.`);
        return { box, frame, painted: { width: input.width, height: input.height, rgb } };
      });
    },
    async compose(patch) {
      const { rgb, frame, box } = await scalePatch(patch, picture, picture);
      return pasteFrame(picture, rgb, frame, box, patch.cover);
    },
    async composeForScoring(patch, quality) {
      const copy = await copies[quality];
      const known = scaled[quality].get(patch.painted);
      const scaling = known ?? scalePatch(patch, picture, copy);
      if (!known) scaled[quality].set(patch.painted, scaling);
      const { rgb, frame, box } = await scaling;
      return pasteFrame(copy, rgb, frame, box, patch.cover);
    },
    boxPixels: (patch, side) => boxPixelsOf(picture, patch, side),
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

/** A patch at the size of what it is pasted into. */
interface ScaledPatch {
  readonly rgb: Uint8Array;
  readonly frame: Box;
  readonly box: Box;
}

/** For a copy `target` of the whole picture. */
async function scalePatch(patch: Patch, picture: Size, target: Size): Promise<ScaledPatch> {
  const [x, y] = [target.width / picture.width, target.height / picture.height];
  const frame = scaleBox(patch.frame, x, y, { left: 0, top: 0, width: target.width, height: target.height });
  const rgb = await resizeRgb(patch.painted, null, frame.width, frame.height, "cubic");
  return { rgb, frame, box: scaleBox(patch.box, x, y, frame) };
}
