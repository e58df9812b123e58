import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { createLossTable } from "../../../../src/pipeline/regions/learning/loss-table.ts";
import {
  closeRivals,
  nextDrafts,
  roundSizes,
} from "../../../../src/pipeline/regions/learning/next-paintings.ts";

/** `[anchor][proposal]`, all proposals equally likely. */
const even = (anchors: number, proposals: number) =>
  Array.from({ length: anchors }, () => new Array<number>(proposals).fill(1 / proposals));

describe("the sizes of rounds", () => {
  it.each([
    [18, 8, 4, [8, 3, 3, 4]],
    [9, 8, 4, [8, 1]],
    [8, 8, 4, [8]],
    [3, 8, 4, [3]],
    [20, 4, 1, [4]],
    [0, 4, 4, [0]],
  ])("of %i drafts for %i anchors in %i rounds are %j", (drafts, anchors, rounds, sizes) => {
    expect(roundSizes(drafts, anchors, rounds)).toEqual(sizes);
  });

  it("sum up to all drafts, as evenly as whole numbers go", () => {
    for (let drafts = 8; drafts < 60; drafts++) {
      const [first, ...others] = roundSizes(drafts, 8, 4);
      expect(first).toBe(8);
      expect(others.reduce((sum, size) => sum + size, 8)).toBe(drafts);
      if (others.length > 0) expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(1);
    }
  });
});

describe("the next drafts", () => {
  it.each([1, 2, 3, 4, 5])(
    "are first of every anchor once, and between them of every size (seed %i)",
    (seed) => {
      const drafts = nextDrafts(createLossTable(8, 7), even(8, 7), 8, {
        random: createRandom(seed),
        isCold: true,
      });
      expect(drafts.map(({ anchor }) => anchor).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(new Set(drafts.map(({ proposal }) => proposal)).size).toBe(7);
    },
  );

  it("follow a network that knows something from the first one on", () => {
    const sure = even(8, 7).map((row) => row.map((_, proposal) => (proposal === 4 ? 1 - 6e-9 : 1e-9)));
    const drafts = nextDrafts(createLossTable(8, 7), sure, 8, { random: createRandom(1), isCold: false });
    expect(drafts.map(({ proposal }) => proposal)).toEqual([4, 4, 4, 4, 4, 4, 4, 4]);
  });

  it("are of the anchors with the fewest drafts, and of unseen proposals", () => {
    const table = createLossTable(3, 4);
    table.record(0, 0, 3, 1);
    table.record(0, 1, 3, 1);
    table.record(1, 2, 3, 1);
    for (let seed = 1; seed <= 20; seed++) {
      const drafts = nextDrafts(table, even(3, 4), 5, { random: createRandom(seed), isCold: true });
      const told = `seed ${seed}: ${JSON.stringify(drafts)}`;
      expect(drafts[0]?.anchor, told).toBe(2);
      const totals = [2, 1, 0].map(
        (before, anchor) => before + drafts.filter((draft) => draft.anchor === anchor).length,
      );
      expect(Math.max(...totals) - Math.min(...totals), told).toBeLessThanOrEqual(1);
      for (const { anchor, proposal } of drafts) expect(table.loss(anchor, proposal), told).toBeNull();
    }
  });

  it("are drawn by the probabilities once an anchor has a draft", () => {
    const table = createLossTable(1, 4);
    table.record(0, 0, 3, 1);
    const counts = [0, 0, 0, 0];
    const draws = 4000;
    for (let seed = 0; seed < draws; seed++) {
      const [draft] = nextDrafts(table, [[0.2, 0.1, 0.2, 0.5]], 1, {
        random: createRandom(seed),
        isCold: true,
      });
      if (draft) counts[draft.proposal] = (counts[draft.proposal] ?? 0) + 1;
    }
    // Without the one that was painted: 1/8, 2/8, 5/8.
    for (const [proposal, expected] of [0, 1 / 8, 2 / 8, 5 / 8].entries()) {
      const error = Math.abs((counts[proposal] ?? 0) / draws - expected);
      expect(error, `proposal ${proposal}`).toBeLessThan(5 * Math.sqrt(0.25 / draws));
    }
  });

  it("take a box that several anchors share once, and end when there are no more", () => {
    const table = createLossTable(2, 2, [
      ["a", "b"],
      ["a", "b"],
    ]);
    for (let seed = 1; seed <= 10; seed++) {
      const drafts = nextDrafts(table, even(2, 2), 99, { random: createRandom(seed), isCold: true });
      const boxes = drafts.map(({ anchor, proposal }) => table.boxOf(anchor, proposal));
      expect(boxes.toSorted(), `seed ${seed}`).toEqual([0, 1]);
    }
    table.record(0, 0, 3, 1);
    table.record(0, 1, 3, 1);
    expect(nextDrafts(table, even(2, 2), 99, { random: createRandom(1), isCold: true })).toEqual([]);
  });
});

describe("close rivals", () => {
  /** Two anchors: the first's best two lie 0.5 apart, the second's 0.1. */
  function drafted() {
    const table = createLossTable(2, 3);
    for (const [proposal, loss] of [1, 1.5, 3].entries()) table.record(0, proposal, 3, loss);
    for (const [proposal, loss] of [2, 0.4, 0.5].entries()) table.record(1, proposal, 3, loss);
    return table;
  }

  it("are the best of an anchor and the one nearest to it, closest pairs first", () => {
    expect(closeRivals(drafted(), 2, 12)).toEqual([
      { anchor: 1, proposal: 1, steps: 12 },
      { anchor: 1, proposal: 2, steps: 12 },
    ]);
    expect(closeRivals(drafted(), 4, 12).slice(2)).toEqual([
      { anchor: 0, proposal: 0, steps: 12 },
      { anchor: 0, proposal: 1, steps: 12 },
    ]);
  });

  it("are never more than can be paid for, and none that has been painted so already", () => {
    expect(closeRivals(drafted(), 0, 12)).toEqual([]);
    expect(closeRivals(drafted(), 1, 12)).toEqual([]);
    // The nearest pair, and one for its third: the other anchor's pair would take two.
    expect(closeRivals(drafted(), 3, 12).map(({ anchor }) => anchor)).toEqual([1, 1, 1]);
    const table = drafted();
    table.record(1, 1, 12, 0.45);
    expect(closeRivals(table, 1, 12)).toEqual([{ anchor: 1, proposal: 2, steps: 12 }]);
    expect(closeRivals(drafted(), 99, 3)).toEqual([]);
  });

  it("need two drafts of an anchor", () => {
    const table = createLossTable(2, 2);
    table.record(0, 0, 3, 1);
    expect(closeRivals(table, 9, 12)).toEqual([]);
  });
});
