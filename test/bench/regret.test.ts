import { describe, expect, it } from "vitest";
import { regret } from "../../bench/regret.ts";

describe("regret", () => {
  const losses = [
    [1, 2, 3],
    [4, 2, 0],
  ];

  it("is 0 for every anchor's best proposal and 1 for one as good as the mean", () => {
    expect(regret(losses, [0, 2])).toEqual({ value: 0, leftOut: 0 });
    expect(regret(losses, [1, 1])).toEqual({ value: 1, leftOut: 0 });
    expect(regret(losses, [2, 0])).toEqual({ value: 2, leftOut: 0 });
    expect(regret(losses, [0, 1])).toEqual({ value: 0.5, leftOut: 0 });
  });

  it("leaves out and counts anchors whose losses differ by less than 1e-3", () => {
    expect(regret([...losses, [1, 1.0009, 1]], [1, 1, 1])).toEqual({ value: 1, leftOut: 1 });
    expect(regret([[1, 1.0009]], [1])).toEqual({ value: null, leftOut: 1 });
    expect(regret([], [])).toEqual({ value: null, leftOut: 0 });
  });
});
