import type { Box } from "../../../types.ts";

/** How much the losses of two boxes are expected to have in common; the numbers are measured, see docs/method.md. */
export interface BoxKernel {
  /** Over which share of their joint area not shared two boxes lose what they have in common. */
  readonly overlapScale: number;
  /** Variance of what boxes of one size have in common wherever they lie, where that of what overlap tells is 1. */
  readonly sizeVariance: number;
  /** Over which difference of the logarithms of two boxes' sides it is lost. */
  readonly sizeScale: number;
}

/**
 * The covariance of the losses of boxes before any is painted, in units of the losses' variance that overlap explains:
 * exp(-(1 - IoU) / s) + v exp(-(log side - log side')^2 / (2 r^2)). IoU is a positive semidefinite kernel (it is
 * the chance that a random order of all pixels begins with the same pixel in both boxes), so its exponential is one too.
 *
 * @returns `[boxes, boxes]`, row-major; symmetric.
 */
export function boxCovariance(boxes: readonly Box[], kernel: BoxKernel): Float64Array {
  const { overlapScale, sizeVariance, sizeScale } = kernel;
  const logSides = boxes.map(({ width, height }) => Math.log(width * height) / 2);
  const covariance = new Float64Array(boxes.length ** 2);
  for (const [row, a] of boxes.entries()) {
    for (const [column, b] of boxes.entries()) {
      const apart = ((logSides[row] ?? 0) - (logSides[column] ?? 0)) / sizeScale;
      covariance[row * boxes.length + column] =
        Math.exp(-(1 - intersectionOverUnion(a, b)) / overlapScale) +
        sizeVariance * Math.exp(-(apart ** 2) / 2);
    }
  }
  return covariance;
}

/** Shared area over joint area of two boxes, 0 (apart) to 1 (the same). */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
