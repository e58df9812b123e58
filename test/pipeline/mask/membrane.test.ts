import { describe, expect, it } from "vitest";
import { interpolated } from "../../../src/pipeline/mask/membrane.ts";

const side = 16;
const isBorder = (index: number) => {
  const [column, row] = [index % side, Math.floor(index / side)];
  return column === 0 || row === 0 || column === side - 1 || row === side - 1;
};
const fieldOf = (levelAt: (column: number, row: number) => number) => ({
  width: side,
  height: side,
  rgb: Float32Array.from({ length: side * side * 3 }, (_, at) => {
    const index = Math.floor(at / 3);
    return levelAt(index % side, Math.floor(index / side));
  }),
});
const border = Float32Array.from({ length: side * side }, (_, index) => Number(isBorder(index)));

describe("a membrane", () => {
  it("drawn through the border of a slope is that slope, inside too", () => {
    const slope = fieldOf((column, row) => 3 * column - 2 * row);
    const { rgb } = interpolated(slope, border);
    for (const [at, level] of rgb.entries()) expect(Math.abs(level - (slope.rgb[at] ?? 0))).toBeLessThan(1);
  });

  it("takes nothing from a border cell without weight, however wild it is", () => {
    const crossed = fieldOf((column, row) => (row === 0 && column > 4 && column < 10 ? 200 : 6));
    const trusting = interpolated(crossed, border);
    const weights = border.map((weight, index) => (index > 4 && index < 10 ? 0 : weight));
    const guarded = interpolated(crossed, weights);
    const middle = (8 * side + 8) * 3;
    expect(guarded.rgb[middle]).toBeCloseTo(6, 0);
    expect(trusting.rgb[middle]).toBeGreaterThan(12);
  });

  it("is flat where nothing has weight, and does not hang on a grid's size", () => {
    expect(
      [
        ...interpolated(
          fieldOf(() => 50),
          border.map(() => 0),
        ).rgb,
      ].every((level) => level === 0),
    ).toBe(true);
    const one = interpolated({ width: 1, height: 1, rgb: Float32Array.of(5, -5, 0) }, Float32Array.of(1));
    expect([...one.rgb].map(Math.round)).toEqual([5, -5, 0]);
  });
});
