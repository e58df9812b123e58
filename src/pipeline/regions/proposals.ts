import type { Box } from "../../types.ts";

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
