import type { GridMask, Rgb } from "./picture.ts";

/** Cells along the short side of a picture, which are looked at as a whole: an edit at another size changes every pixel a little. */
const cellsAcross = 32;
/** From this difference of a cell's mean in any colour on, of 255, the cell is another. */
const leastDifference = 12;
/** How bright what stayed is shown. */
const dimmed = 0.4;

/** Darkens, in place, where `now` is as it was `before`: both of one size. */
export function dimUnchanged(now: Rgb, before: Rgb): void {
  const { width, height } = now;
  const side = Math.max(1, Math.round(Math.min(width, height) / cellsAcross));
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const cell = { left, top, right: Math.min(left + side, width), bottom: Math.min(top + side, height) };
      if (difference(now, before, cell) < leastDifference) dim(now, cell);
    }
  }
}

/** Darkens, in place, what lies in the cells of a mask's grid that are below a half. */
export function dimOutside(now: Rgb, { width: columns, height: rows, data }: GridMask): void {
  const { width, height } = now;
  const edge = (index: number, count: number, length: number) => Math.round((index * length) / count);
  for (const [index, value] of data.entries()) {
    if (value >= 0.5) continue;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    dim(now, {
      left: edge(column, columns, width),
      top: edge(row, rows, height),
      right: edge(column + 1, columns, width),
      bottom: edge(row + 1, rows, height),
    });
  }
}

interface Cell {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The largest difference of a cell's means, 0 to 255. */
function difference({ rgb, width }: Rgb, before: Rgb, { left, top, right, bottom }: Cell): number {
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at++) {
      const channel = (at % 3) as 0 | 1 | 2;
      sums[channel] = (sums[channel] ?? 0) + (rgb[at] as number) - (before.rgb[at] as number);
    }
  }
  return Math.max(...sums.map(Math.abs)) / ((right - left) * (bottom - top));
}

function dim({ rgb, width }: Rgb, { left, top, right, bottom }: Cell): void {
  for (let y = top; y < bottom; y++) {
    for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at++)
      rgb[at] = Math.round((rgb[at] as number) * dimmed);
  }
}
