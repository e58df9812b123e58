import type { Box } from "../../types.ts";

/** A place to edit at, and the box of the thing that lies there, where that is known. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** In whole pixels, inside the picture. */
  readonly thing?: Box;
}

/** `[place][proposal]`: boxes in the shape of what lies at a place, where that is known, squares elsewhere. */
export function proposeAt(
  places: readonly Place[],
  picture: { readonly width: number; readonly height: number },
  proposals: number,
): Box[][] {
  return places.map((place) => {
    if (place.thing) return proposeAround(place.thing, picture, proposals);
    return proposeBoxes([place], picture, proposals).flat();
  });
}

/** Smallest and largest sides of the boxes around a thing, over those of its own box, which often lacks its edges. */
const [leastGrowth, mostGrowth] = [1.18, 2];
const leastShare = 1 / 4;
/** Long side over short: a new thing hardly fits into a strip, and two things side by side are found as one. */
const mostAspect = 1.5;

/**
 * M boxes around a thing, with sides that grow by the same factor from one to the next, clipped to the picture. No side
 * is shorter than a quarter of the picture's short side, the smallest square of 7 (smaller ones were not tried), nor than
 * two thirds of its box's other side.
 */
function proposeAround(
  { left, top, width, height }: Box,
  picture: { readonly width: number; readonly height: number },
  proposals: number,
): Box[] {
  const least = leastShare * Math.min(picture.width, picture.height);
  return Array.from({ length: proposals }, (_, index) => {
    const step = proposals === 1 ? 0 : index / (proposals - 1);
    const growth = leastGrowth * (mostGrowth / leastGrowth) ** step;
    const shortest = Math.max(least, (growth * Math.max(width, height)) / mostAspect);
    const [start, across] = clippedSpan(left + width / 2, grown(width, growth, shortest), picture.width);
    const [above, down] = clippedSpan(top + height / 2, grown(height, growth, shortest), picture.height);
    return { left: start, top: above, width: across, height: down };
  });
}

function grown(side: number, growth: number, least: number): number {
  return Math.round(Math.max(growth * side, least));
}

/**
 * The proposals of section 3.1: M squares an anchor, centred on it, with sides of (j + 1) / (M + 1) of the
 * picture's short side for j = 1..M, in whole pixels, then clipped to the picture. Clipped or full-size squares
 * of different anchors can coincide.
 *
 * @returns `[anchor][proposal]`, the smallest square first; each box lies inside the picture and holds a pixel.
 */
export function proposeBoxes(
  anchors: readonly { readonly x: number; readonly y: number }[],
  picture: { readonly width: number; readonly height: number },
  proposals: number,
): Box[][] {
  const short = Math.min(picture.width, picture.height);
  return anchors.map(({ x, y }) =>
    Array.from({ length: proposals }, (_, index) => {
      const side = Math.max(1, Math.round(((index + 2) / (proposals + 1)) * short));
      const [left, width] = clippedSpan(x, side, picture.width);
      const [top, height] = clippedSpan(y, side, picture.height);
      return { left, top, width, height };
    }),
  );
}

/** Two boxes with the same key are the same rectangle, so one painting and one loss serve both. */
export function boxKey(box: Box): string {
  return `${box.left},${box.top},${box.width},${box.height}`;
}

function clippedSpan(centre: number, side: number, limit: number): [start: number, length: number] {
  const wanted = Math.round(centre - side / 2);
  const start = Math.min(Math.max(wanted, 0), limit - 1);
  const end = Math.max(Math.min(wanted + side, limit), start + 1);
  return [start, end - start];
}
