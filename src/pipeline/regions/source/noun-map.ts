import { required } from "../../nets/required.ts";
import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import { cosine } from "../losses.ts";
import { softmax } from "../zero-shot.ts";

/** What each part of a picture is like, by CLIP's patch tokens: cosines with nouns. */
export interface NounMap {
  /** `[nouns, rows, columns]`, -1 to 1. */
  readonly cosines: Tensor;
  /** Of each patch, `[nouns, rows, columns]`: the softmax over all nouns. */
  readonly probabilities: Tensor;
}

/**
 * Compares every patch with every noun. It says something where a CLIP's patch tokens, projected as its class token is,
 * mean what they show, as those of the embedded pack were trained to.
 *
 * @param patches `[patches, projection]` of a picture that was squeezed to a square: a square number of them.
 * @param nounEmbeddings `[projection]` each, at least one.
 * @param scale What cosines are multiplied by before the softmax.
 */
export function mapNouns(patches: Tensor, nounEmbeddings: readonly Float32Array[], scale: number): NounMap {
  const [count, width] = sidesOf(patches, 2);
  const side = Math.round(Math.sqrt(count));
  const shape = [nounEmbeddings.length, side, side];
  const cosines = new Float32Array(nounEmbeddings.length * count);
  const probabilities = new Float32Array(cosines.length);
  for (let patch = 0; patch < count; patch++) {
    const embedding = patches.data.subarray(patch * width, (patch + 1) * width);
    const row = nounEmbeddings.map((noun) => cosine(embedding, noun));
    for (const [noun, probability] of softmax(row.map((value) => scale * value)).entries()) {
      cosines[noun * count + patch] = required(row[noun], "a cosine for each noun");
      probabilities[noun * count + patch] = probability;
    }
  }
  return { cosines: { data: cosines, shape }, probabilities: { data: probabilities, shape } };
}

/**
 * The share of each noun in what draws attention, `[nouns]`, summing to 1: the mean of its probabilities over the patches,
 * each weighted by how far its attention is above the median. Two things of which each draws as much have a half each.
 *
 * @param attention Of the same patches, `[rows, columns]`.
 */
export function nounShares({ probabilities }: NounMap, attention: Tensor): number[] {
  const [nouns] = sidesOf(probabilities, 3);
  const weights = relative(attention.data).map((value) => Math.max(0, value));
  const sums = Array.from({ length: nouns }, (_, noun) => {
    const row = planeOf(probabilities, noun).data;
    return row.reduce((sum, value, patch) => sum + value * (weights[patch] ?? 0), 0);
  });
  const total = sums.reduce((sum, value) => sum + value, 0);
  // An attention map that is the same everywhere draws to nothing: all nouns are as likely.
  return sums.map((sum) => (total === 0 ? 1 / nouns : sum / total));
}

/** One plane of `[planes, rows, columns]`, without a copy. */
export function planeOf(tensor: Tensor, index: number): Tensor {
  const [, rows, columns] = sidesOf(tensor, 3);
  const size = rows * columns;
  return { data: tensor.data.subarray(index * size, (index + 1) * size), shape: [rows, columns] };
}

/** Values with 0 at their median and 1 at the highest, none below -1; zeros where all are the same. */
export function relative(values: Float32Array): Float32Array {
  const sorted = Float32Array.from(values).sort();
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  const reach = (sorted.at(-1) ?? 0) - median;
  return values.map((value) => (reach <= 0 ? 0 : Math.max(-1, (value - median) / reach)));
}
