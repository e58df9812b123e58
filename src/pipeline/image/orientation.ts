import type { Size } from "./framing.ts";

/** Where the pixels of a stored picture go in the upright one: `first + x * right + y * down`, in pixels. */
export interface Placement extends Size {
  readonly first: number;
  readonly right: number;
  readonly down: number;
}

/** The upright picture of a stored one, and its pixels' places in it (EXIF 2.32, tag 274; others than 1 to 8 mean 1). */
export function placementOf({ width, height }: Size, orientation: number): Placement {
  const isTurned = orientation >= 5 && orientation <= 8;
  const upright = isTurned ? { width: height, height: width } : { width, height };
  const row = upright.width;
  const lastInRow = row - 1;
  const lastRow = (upright.height - 1) * row;
  switch (orientation) {
    case 2:
      return { ...upright, first: lastInRow, right: -1, down: row };
    case 3:
      return { ...upright, first: lastRow + lastInRow, right: -1, down: -row };
    case 4:
      return { ...upright, first: lastRow, right: 1, down: -row };
    case 5:
      return { ...upright, first: 0, right: row, down: 1 };
    case 6:
      return { ...upright, first: lastInRow, right: row, down: -1 };
    case 7:
      return { ...upright, first: lastRow + lastInRow, right: -row, down: -1 };
    case 8:
      return { ...upright, first: lastRow, right: -row, down: 1 };
    default:
      return { ...upright, first: 0, right: 1, down: row };
  }
}
