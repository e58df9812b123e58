import type { Box } from "../../types.ts";

/** How a box lies on the thing that is to be replaced. */
export interface Placing {
  /** Share of the thing's box that lies inside, 0 to 1. */
  readonly covered: number;
  /** Intersection over union with the thing's box, 0 to 1. */
  readonly iou: number;
  /** Its area over that of the thing's box, enlarged to what can be painted: 1 is no larger than it must be. */
  readonly areaRatio: number;
}

/** A box covers a thing from this share of the thing's box on. */
export const coveredFrom = 0.9;

/**
 * @param thing The box of the thing to be replaced.
 * @param leastSide A box with a shorter side than this, in pixels, cannot be painted well.
 */
export function placingOf(box: Box, thing: Box, leastSide: number): Placing {
  const shared = sharedArea(box, thing);
  const least = Math.max(thing.width, leastSide) * Math.max(thing.height, leastSide);
  return {
    covered: shared / areaOf(thing),
    iou: shared / (areaOf(box) + areaOf(thing) - shared),
    areaRatio: areaOf(box) / least,
  };
}

function areaOf({ width, height }: Box): number {
  return width * height;
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}
