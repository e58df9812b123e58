/** One number a cell, row-major, over a box: `width * height` values. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** A set of cells of such a grid: 1 is in it, 0 is not. */
export interface Cells {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** The cells whose value is at least `threshold`. */
export function cellsFrom({ width, height, values }: Grid, threshold: number): Cells {
  return { width, height, values: Uint8Array.from(values, (value) => (value >= threshold ? 1 : 0)) };
}

/** The cells that are not in the set. */
export function complementOf({ width, height, values }: Cells): Cells {
  return { width, height, values: values.map((value) => 1 - value) };
}

/** How many cells are in the set, over all of its grid; 0 to 1. */
export function shareOf({ values }: Cells): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** By cell, the smaller of two values. */
export function lesserOf(a: Grid, b: Grid): Grid {
  return { ...a, values: a.values.map((value, index) => Math.min(value, b.values[index] as number)) };
}

/** The cells that are in either set. */
export function unionOf(a: Cells, b: Cells): Cells {
  return { ...a, values: a.values.map((value, index) => value | (b.values[index] as number)) };
}

/** The cells of one set that are not in another. */
export function without(a: Cells, b: Cells): Cells {
  return { ...a, values: a.values.map((value, index) => value & (1 - (b.values[index] as number))) };
}

/** The cells that are in both sets. */
export function intersectionOf(a: Cells, b: Cells): Cells {
  return { ...a, values: a.values.map((value, index) => value & (b.values[index] as number)) };
}
