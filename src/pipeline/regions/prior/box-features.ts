import type { Box } from "../../../types.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { cosine, type EditingLossOptions, type ImageState, prepareEditingLoss } from "../losses.ts";
import { cellsOf, meanOf } from "./cells.ts";

/** What CLIP makes of one box before anything is painted. */
export interface BoxView {
  /** Embedding of what the box shows, cut out. */
  readonly crop: Float32Array;
  /** The picture with the box filled with the colour around it: what is left when the thing is gone. */
  readonly emptied: ImageState;
}

export interface BoxFeaturesOptions {
  readonly boxes: readonly Box[];
  /** `[box]` */
  readonly views: readonly BoxView[];
  readonly picture: { readonly width: number; readonly height: number };
  /** Attention of the ViT `[h, w]`. */
  readonly attention: Tensor;
  /** F of the ViT `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** The picture and the texts that its edits are compared with. */
  readonly reference: EditingLossOptions;
}

/**
 * What the network that starts an edit is told of a box. All are shares, ratios and cosines, so that they mean the same
 * for pictures of any size, and tell nothing of a picture or a text but how alike two things are.
 */
export const featureNames = [
  // Where it lies and how large it is, in shares of the picture.
  "side",
  "width",
  "height",
  "off-centre",
  "middle-y",
  // How much of all attention it has; the logarithms of a patch's mean inside and around it over the picture's.
  "attention-share",
  "attention-inside",
  "attention-around",
  // Cosines of the mean ViT feature inside with that around it and that of the picture.
  "like-around",
  "like-picture",
  // Cosines of CLIP's embedding of what the box shows with those of the texts and of the picture.
  "crop-prompt",
  "crop-source",
  "crop-picture",
  // The editing loss of the picture with the box emptied (equations 4 to 6), and cosines of that picture.
  "emptied-clip",
  "emptied-structure",
  "emptied-direction",
  "emptied-source",
  "emptied-picture",
  // The same for all boxes of the picture: cosines of picture, prompt and source noun.
  "picture-prompt",
  "picture-source",
  "prompt-source",
] as const;

/** Of what the features mean: a network that was trained on another version's is of no use. */
export const featuresVersion = 1;

/** @returns `[boxes, features]` in the order of `featureNames`, all finite, and the same for the same box */
export function describeBoxes(options: BoxFeaturesOptions): Tensor {
  const { boxes, views, picture, attention, patchFeatures, reference } = options;
  const lossesOf = prepareEditingLoss(reference);
  const { picture: whole, prompt, sourceText } = reference;
  /** Where T_ROI is not known nothing is like it, and nothing leads away from it. */
  const likeSource = (embedding: Float32Array) => (sourceText === null ? 0 : cosine(embedding, sourceText));
  const everywhere = meanOf(patchFeatures, allCells(patchFeatures));
  const rows = boxes.map((box, index) => {
    const view = views[index];
    if (!view) throw new RangeError(`Expected ${boxes.length} views of boxes, got ${views.length}.`);
    const emptied = lossesOf(view.emptied);
    return [
      ...placeOf(box, picture),
      ...attentionOf(box, picture, attention),
      ...likenessOf(box, options, everywhere),
      cosine(view.crop, prompt),
      likeSource(view.crop),
      cosine(view.crop, whole.embedding),
      ...[emptied.clip, emptied.structure, sourceText === null ? 1 : emptied.direction],
      likeSource(view.emptied.embedding),
      cosine(view.emptied.embedding, whole.embedding),
      cosine(whole.embedding, prompt),
      likeSource(whole.embedding),
      likeSource(prompt),
    ];
  });
  return { data: Float32Array.from(rows.flat()), shape: [boxes.length, featureNames.length] };
}

function placeOf({ left, top, width, height }: Box, picture: BoxFeaturesOptions["picture"]): number[] {
  const [x, y] = [(left + width / 2) / picture.width, (top + height / 2) / picture.height];
  return [
    Math.sqrt((width * height) / (picture.width * picture.height)),
    width / picture.width,
    height / picture.height,
    2 * Math.hypot(x - 0.5, y - 0.5),
    2 * y - 1,
  ];
}

/** Ratios below this one say no more. */
const leastRatio = 0.01;

function attentionOf(box: Box, picture: BoxFeaturesOptions["picture"], attention: Tensor): number[] {
  const [rows = 1, columns = 1] = attention.shape;
  const grid = { data: attention.data, shape: [1, rows, columns] };
  const { inside, around } = cellsOf(box, picture, [rows, columns]);
  const all = attention.data.reduce((sum, value) => sum + value, 0) / (rows * columns);
  const ratioOf = (cells: readonly number[]) =>
    cells.length === 0 || all <= 0 ? 1 : (meanOf(grid, cells)[0] ?? 0) / all;
  return [
    (ratioOf(inside) * inside.length) / (rows * columns),
    Math.log(Math.max(ratioOf(inside), leastRatio)),
    Math.log(Math.max(ratioOf(around), leastRatio)),
  ];
}

/** @param everywhere mean feature of the picture */
function likenessOf(
  box: Box,
  { picture, patchFeatures }: BoxFeaturesOptions,
  everywhere: Float32Array,
): number[] {
  const [, rows = 1, columns = 1] = patchFeatures.shape;
  const { inside, around } = cellsOf(box, picture, [rows, columns]);
  const mean = meanOf(patchFeatures, inside);
  return [around.length === 0 ? 1 : cosine(mean, meanOf(patchFeatures, around)), cosine(mean, everywhere)];
}

function allCells({ shape: [, rows = 1, columns = 1] }: Tensor): number[] {
  return Array.from({ length: rows * columns }, (_, cell) => cell);
}
