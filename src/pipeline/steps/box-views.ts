import type { Box } from "../../types.ts";
import type { Size } from "../image/framing.ts";
import { resizeRgb } from "../image/image.ts";
import type { Picture } from "../image/picture.ts";
import { createClipViewer } from "../image/preprocess.ts";
import type { Models } from "../models.ts";
import type { BoxView } from "../regions/prior/box-features.ts";
import { rowOf, viewPictures } from "./features.ts";
import { cutOut } from "./source-noun.ts";

/** So many boxes are looked at in one run of CLIP's image tower, as often as it takes. */
const boxesPerRun = 16;

/**
 * What CLIP's image tower sees in each box cut out, and in the whole picture with the box emptied: two views a box, which
 * on the embedded pack cost a fiftieth of a draft.
 */
export async function viewBoxes(
  models: Pick<Models, "clip" | "clipPreprocessor">,
  picture: Picture,
  boxes: readonly Box[],
): Promise<BoxView[]> {
  const small = await smallCopy(picture, models.clip.imageSize);
  const empty = createEmptier(models, small.picture);
  const views: BoxView[] = [];
  for (let start = 0; start < boxes.length; start += boxesPerRun) {
    const some = boxes
      .slice(start, start + boxesPerRun)
      .map((box) => scaled(box, small.scale, small.picture));
    const crops = await viewPictures(
      models,
      some.map((box) => cutOut(small.picture, box)),
    );
    const { embeds, tokens } = await models.clip.embedImages(empty(some));
    for (const [index, { embedding }] of crops.entries()) {
      const emptied = { embedding: rowOf(embeds, index).data, tokens: rowOf(tokens, index) };
      views.push({ crop: embedding, emptied });
    }
  }
  return views;
}

/** The smallest boxes are a quarter of the short side: on this copy they have as many pixels as CLIP looks at. */
async function smallCopy(picture: Picture, viewSide: number): Promise<{ picture: Picture; scale: Size }> {
  const scale = (4 * viewSide) / Math.min(picture.width, picture.height);
  if (scale >= 1) return { picture, scale: { width: 1, height: 1 } };
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  return {
    picture: { width, height, rgb: await resizeRgb(picture, null, width, height, "cubic"), alpha: null },
    scale: { width: width / picture.width, height: height / picture.height },
  };
}

/** The box in pixels of another size of the picture: at least one, inside it. */
function scaled(box: Box, scale: Size, limit: Size): Box {
  const span = (start: number, length: number, factor: number, end: number) => {
    const first = Math.min(Math.max(0, Math.round(start * factor)), end - 1);
    return [
      first,
      Math.min(Math.max(Math.round((start + length) * factor), first + 1), end) - first,
    ] as const;
  };
  const [left, width] = span(box.left, box.width, scale.width, limit.width);
  const [top, height] = span(box.top, box.height, scale.height, limit.height);
  return { left, top, width, height };
}

/** The mean is taken of so many pixels around a box, of those that CLIP sees. */
const rim = 3;

/** Gives CLIP's pixels `[boxes, 3, side, side]` of the picture with each box filled with the mean colour around it. */
function createEmptier(
  { clip, clipPreprocessor }: Pick<Models, "clip" | "clipPreprocessor">,
  picture: Picture,
) {
  const side = clip.imageSize;
  const plane = side * side;
  const whole = new Float32Array(3 * plane);
  createClipViewer(side, clipPreprocessor)(picture, whole);
  const scale = { width: side / picture.width, height: side / picture.height };
  return (boxes: readonly Box[]) => {
    const data = new Float32Array(boxes.length * whole.length);
    for (const [index, box] of boxes.entries()) {
      const pixels = data.subarray(index * whole.length, (index + 1) * whole.length);
      pixels.set(whole);
      const place = scaled(box, scale, { width: side, height: side });
      for (let channel = 0; channel < 3; channel++)
        fill(pixels.subarray(channel * plane, (channel + 1) * plane), side, place);
    }
    return { data, shape: [boxes.length, 3, side, side] };
  };
}

/** Fills a box of a plane of `side` by `side` numbers with the mean around it, or of the plane where nothing is. */
function fill(plane: Float32Array, side: number, { left, top, width, height }: Box): void {
  const [right, bottom] = [left + width, top + height];
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, top - rim); y < Math.min(side, bottom + rim); y++) {
    for (let x = Math.max(0, left - rim); x < Math.min(side, right + rim); x++) {
      if (x >= left && x < right && y >= top && y < bottom) continue;
      sum += plane[y * side + x] ?? 0;
      count++;
    }
  }
  const mean = count > 0 ? sum / count : plane.reduce((all, value) => all + value, 0) / plane.length;
  for (let y = top; y < bottom; y++) plane.fill(mean, y * side + left, y * side + right);
}
