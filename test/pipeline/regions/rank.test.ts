import { describe, expect, it } from "vitest";
import { type Candidate, quality, rankResults } from "../../../src/pipeline/regions/rank.ts";
import type { RankRule } from "../../../src/types.ts";

const candidate = (t2i: number, i2i: number, total: number): Candidate => ({
  t2i,
  i2i,
  losses: { clip: 1 - t2i, structure: 0, direction: total - (1 - t2i), total },
});

/** S is 1.38, 1.40, 1.40 and 1.30; the source's own t2i is 0.2 and the margin 0.02, so the second is weak. */
const candidates = [
  candidate(0.24, 0.9, 1.2),
  candidate(0.2, 1, 1.8),
  candidate(0.25, 0.9, 1.5),
  candidate(0.3, 0.7, 1.1),
];

const orderOf = (rule: RankRule, given = candidates) =>
  rankResults(given, { rule, pictureT2i: 0.2, margin: 0.02 });

const indices = (ranked: readonly { index: number }[]) => ranked.map(({ index }) => index);

describe("ranking", () => {
  it("counts S = 2 t2i + i2i", () => {
    expect(quality({ t2i: 0.25, i2i: 0.5 })).toBe(1);
    const [best] = orderOf("paper");
    expect(best?.scores).toEqual({ t2i: 0.2, i2i: 1, quality: 1.4 });
  });

  it("by the paper's rule orders by S alone, equal ones as they came", () => {
    expect(indices(orderOf("paper"))).toEqual([1, 2, 0, 3]);
  });

  it("by the guarded rule orders by the editing loss, results that the prompt did not gain from last", () => {
    const gained = [...candidates, candidate(0.21, 1, 0.1)];
    expect(indices(orderOf("guarded", gained))).toEqual([3, 0, 2, 4, 1]);
  });

  it("counts what a result's place costs by the guarded rule, and not by the paper's", () => {
    const placed = candidates.map((one, index) => ({ ...one, place: index === 3 ? 0.5 : 0 }));
    expect(indices(orderOf("guarded", placed))).toEqual([0, 2, 3, 1]);
    expect(indices(orderOf("paper", placed))).toEqual([1, 2, 0, 3]);
  });

  it("says under both rules which results are weak: those whose t2i exceeds the source's by no more than the margin", () => {
    const close = [candidate(0.75, 1, 1), candidate(0.7500001, 1, 1), candidate(0.5, 1, 1)];
    for (const rule of ["paper", "guarded"] as const) {
      const ranked = rankResults(close, { rule, pictureT2i: 0.5, margin: 0.25 });
      const weak = ranked.filter((one) => one.weak).map(({ index }) => index);
      expect(weak.sort()).toEqual([0, 2]);
    }
  });

  it("orders weak results among themselves by the same measure", () => {
    const weak = [candidate(0.1, 0.5, 1.1), candidate(0.1, 0.9, 1.9), candidate(0.3, 0.2, 1.5)];
    expect(indices(orderOf("guarded", weak))).toEqual([2, 0, 1]);
  });

  it("numbers the places from 1, and gives none for no candidates", () => {
    expect(orderOf("guarded").map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(orderOf("guarded", [])).toEqual([]);
  });
});
