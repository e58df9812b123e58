import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import { relative } from "./noun-map.ts";
import { resizeMap } from "./resize-map.ts";

export interface EvidenceOptions {
  /** CLIP's cosines of the patches with the source noun, `[rows, columns]`. */
  readonly cosines: Tensor;
  /** How probable the noun is for each of these patches, `[rows, columns]`. */
  readonly probabilities: Tensor;
  /** F of the ViT, `[d, h, w]`, over the same picture. */
  readonly patchFeatures: Tensor;
}

/** Share of CLIP's map in the evidence; the rest is the ViT's. Both measured, see docs/method.md. */
const clipShare = 0.3;
/** Cells above it count as the thing. */
const threshold = 0.25;

/**
 * Where the thing that a noun names lies, `[2 h, 2 w]`: above 0 where it is, below 0 where it is not. CLIP knows what the
 * thing is called but sees coarsely; the ViT sees finely but knows no names. So CLIP's map says which of the ViT's features
 * are the thing's and which are the rest's, and each cell is asked which of the two it is more like.
 */
export function sourceEvidence({ cosines, probabilities, patchFeatures }: EvidenceOptions): Tensor {
  const [, rows, columns] = sidesOf(patchFeatures, 3);
  const grow = (map: Tensor) => resizeMap(map, 2 * rows, 2 * columns);
  const clip = grow({ ...cosines, data: relative(cosines.data) }).data;
  const likely = grow(probabilities).data;
  const named = {
    data: clip.map((value, cell) => Math.max(0, value) * (likely[cell] ?? 0)),
    shape: [2 * rows, 2 * columns],
  };
  const likeness = likenessTo(resizeMap(named, rows, columns).data, patchFeatures);
  const vit = grow({ data: relative(likeness), shape: [rows, columns] }).data;
  return {
    data: clip.map((value, cell) => clipShare * value + (1 - clipShare) * (vit[cell] ?? 0) - threshold),
    shape: [2 * rows, 2 * columns],
  };
}

/** By cell, how much more like the mean feature of named cells than like that of the others it is, -2 to 2. */
function likenessTo(named: Float32Array, features: Tensor): Float32Array {
  const [depth, rows, columns] = sidesOf(features, 3);
  const cells = rows * columns;
  const highest = Math.max(...named);
  const unit = unitColumns(features.data, depth, cells);
  // The fourth power leaves what is half named out of both.
  const thing = meanColumn(
    unit,
    depth,
    named.map((value) => (highest > 0 ? (value / highest) ** 4 : 0)),
  );
  const rest = meanColumn(
    unit,
    depth,
    named.map((value) => (highest > 0 ? (1 - value / highest) ** 4 : 0)),
  );
  const difference = thing.map((value, k) => value - (rest[k] ?? 0));
  return Float32Array.from({ length: cells }, (_, cell) =>
    difference.reduce((sum, value, k) => sum + value * (unit[k * cells + cell] ?? 0), 0),
  );
}

/** `[d, cells]` with columns scaled to length 1. */
function unitColumns(data: Float32Array, depth: number, cells: number): Float32Array {
  const unit = new Float32Array(depth * cells);
  for (let cell = 0; cell < cells; cell++) {
    let squares = 0;
    for (let k = 0; k < depth; k++) squares += (data[k * cells + cell] ?? 0) ** 2;
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let k = 0; k < depth; k++) unit[k * cells + cell] = (data[k * cells + cell] ?? 0) * scale;
  }
  return unit;
}

/** The direction of the weighted mean of columns, of length 1. */
function meanColumn(unit: Float32Array, depth: number, weights: Float32Array): Float32Array {
  const cells = weights.length;
  const sum = Float32Array.from({ length: depth }, (_, k) =>
    weights.reduce((total, weight, cell) => total + weight * (unit[k * cells + cell] ?? 0), 0),
  );
  const length = Math.hypot(...sum);
  return length === 0 ? sum : sum.map((value) => value / length);
}
