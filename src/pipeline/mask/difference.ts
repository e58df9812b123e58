import type { Size } from "../image/framing.ts";
import type { Rgb } from "../image/picture.ts";
import type { Grid } from "./grid.ts";
import { enlarged, interpolated } from "./membrane.ts";

/** A box as it was and as it was painted, both at the size of the mask's grid. */
export interface BoxPixels {
  readonly before: Rgb;
  readonly painted: Rgb;
  /** Beyond which sides of the box the picture goes on. */
  readonly goesOn: Sides;
}

export interface Sides {
  readonly left: boolean;
  readonly top: boolean;
  readonly right: boolean;
  readonly bottom: boolean;
}

/** How far the painting is from the picture, cell by cell: the largest difference of a channel, 0 to 255. */
export function differenceOf({ before, painted }: BoxPixels): Grid {
  return largestDifference(before.rgb, painted.rgb, before);
}

/**
 * How much a cell of the painting stands out from what is painted along the box's edges: the largest difference of a
 * channel to the colours that these edges come to when they are drawn smoothly across the box, 0 to 255. High on the new
 * thing, low on ground that was merely painted anew.
 */
export function standingOut({ painted }: Pick<BoxPixels, "painted">): Grid {
  const { width, height } = painted;
  const isEdge = (column: number, row: number) =>
    column === 0 || row === 0 || column === width - 1 || row === height - 1;
  const weights = Float32Array.from({ length: width * height }, (_, index) =>
    isEdge(index % width, Math.floor(index / width)) ? 1 : 0,
  );
  const edges = { width, height, rgb: Float32Array.from(painted.rgb) };
  const ground = enlarged(interpolated(edges, weights), painted);
  return largestDifference(ground.rgb, painted.rgb, painted);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>, { width, height }: Size): Grid {
  const values = new Float32Array(width * height);
  for (let index = 0, at = 0; index < values.length; index++, at += 3) {
    const red = Math.abs((a[at] as number) - (b[at] as number));
    const green = Math.abs((a[at + 1] as number) - (b[at + 1] as number));
    const blue = Math.abs((a[at + 2] as number) - (b[at + 2] as number));
    values[index] = Math.max(red, green, blue);
  }
  return { width, height, values };
}
