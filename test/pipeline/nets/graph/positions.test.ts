import { describe, expect, it } from "vitest";
import { resizePositions } from "../../../../src/pipeline/nets/graph/positions.ts";

/** Learned positions of a class token, 9, and a 3 by 3 grid whose two channels are `f(row, column)` and 1. */
function grid(f: (row: number, column: number) => number) {
  const patches = Array.from({ length: 9 }, (_, i) => [f(Math.floor(i / 3), i % 3), 1]);
  return { data: Float32Array.from([9, 9, ...patches.flat()]), shape: [1, 10, 2] };
}

describe("resized position embeddings", () => {
  it("are the learned ones on the learned grid", () => {
    const learned = grid((row, column) => row * 10 + column);
    expect(resizePositions(learned, 3, 3)).toBe(learned);
  });

  it("keep the class position and what is constant, whatever the grid", () => {
    for (const [rows, columns] of [
      [1, 1],
      [2, 7],
      [5, 3],
    ] as const) {
      const { data, shape } = resizePositions(grid(Math.hypot), rows, columns);
      expect(shape).toEqual([1, 1 + rows * columns, 2]);
      expect([...data.subarray(0, 2)]).toEqual([9, 9]);
      for (let patch = 1; patch <= rows * columns; patch += 1) expect(data[2 * patch + 1]).toBeCloseTo(1, 6);
    }
  });

  it("run along rows and columns as the grid does", () => {
    const { data } = resizePositions(
      grid((row) => row),
      6,
      2,
    );
    const at = (row: number, column: number): number => data[2 * (1 + 2 * row + column)] ?? Number.NaN;
    for (let row = 0; row < 6; row += 1) {
      expect(at(row, 0)).toBeCloseTo(at(row, 1), 6);
      // Centres are symmetric about the middle row, 1.
      expect(at(row, 0) + at(5 - row, 0)).toBeCloseTo(2, 6);
      if (row > 0) expect(at(row, 0)).toBeGreaterThan(at(row - 1, 0));
    }
  });
});
