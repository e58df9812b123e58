import type { Cells, Grid } from "./grid.ts";

/** Stands for "no cell of the set anywhere". */
const farAway = 1e4;

/**
 * The distance of every cell's middle to that of the nearest cell of the set, in cells; 0 in the set, `1e4` where the set is
 * empty. Exact (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions"): along columns, then along rows.
 */
export function distancesTo({ width, height, values }: Cells): Grid {
  const squares = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) squares[index] = values[index] === 1 ? 0 : farAway ** 2;
  const workspace = workspaceFor(Math.max(width, height));
  for (let column = 0; column < width; column++) scan(squares, column, width, height, workspace);
  for (let row = 0; row < height; row++) scan(squares, row * width, 1, width, workspace);
  for (let index = 0; index < squares.length; index++) {
    squares[index] = Math.min(farAway, Math.sqrt(squares[index] as number));
  }
  return { width, height, values: squares };
}

/** One parabola a cell: its height at its middle, the middles of those in the lower envelope, and where each begins. */
function workspaceFor(longest: number) {
  return {
    heights: new Float64Array(longest),
    middles: new Int32Array(longest),
    starts: new Float64Array(longest + 1),
  };
}

/** Reads the lower envelope of a line's parabolas at each of its cells, in place. */
function scan(
  squares: Float32Array,
  first: number,
  stride: number,
  length: number,
  { heights, middles, starts }: ReturnType<typeof workspaceFor>,
): void {
  for (let at = 0; at < length; at++) heights[at] = squares[first + at * stride] as number;
  let last = 0;
  middles[0] = 0;
  starts[0] = Number.NEGATIVE_INFINITY;
  for (let at = 1; at < length; at++) {
    const own = (heights[at] as number) + at * at;
    let start: number;
    do {
      const middle = middles[last] as number;
      start = (own - (heights[middle] as number) - middle * middle) / (2 * (at - middle));
    } while (start <= (starts[last] as number) && last-- > 0);
    last++;
    middles[last] = at;
    starts[last] = start;
  }
  let parabola = 0;
  for (let at = 0; at < length; at++) {
    while (parabola < last && (starts[parabola + 1] as number) < at) parabola++;
    const middle = middles[parabola] as number;
    squares[first + at * stride] = (at - middle) ** 2 + (heights[middle] as number);
  }
}
