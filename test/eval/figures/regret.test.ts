import { describe, expect, it } from "vitest";
import { bestOfAll, regret } from "../../../src/eval/figures/regret.ts";

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

describe("the best result against the best of all boxes", () => {
  const losses = [
    [1, 2, 3],
    [4, 2, 0],
  ];

  it("is 0 where a result is the best box, and 1 where the best result is as good as the mean box", () => {
    const results = (...pairs: [number, number][]) =>
      bestOfAll(
        losses,
        pairs.map(([anchor, proposal]) => ({ anchor, proposal })),
      );
    expect(results([0, 1], [1, 2])).toBe(0);
    expect(results([0, 1], [1, 0])).toBe(1);
    expect(results([0, 0], [1, 1])).toBe(0.5);
  });

  it("is 0 where all boxes are as good", () => {
    expect(bestOfAll([[1, 1.0001]], [{ anchor: 0, proposal: 1 }])).toBe(0);
  });
});
