import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replay } from "../../src/eval/replay.ts";
import type { RegionRun } from "../../src/eval/runs.ts";
import type { PictureTable } from "../../src/eval/table/table.ts";
import type { EditResult } from "../../src/types.ts";
import { openSmallTable, smallRun as run, type SmallTable, small } from "./small-table.ts";

let opened: SmallTable;
let edited: EditResult;
let table: PictureTable;

beforeAll(async () => {
  opened = await openSmallTable();
  table = opened.table;
  edited = await opened.edited();
});
afterAll(() => opened[Symbol.asyncDispose]());

const context = () => ({
  table,
  patches: { data: new Float32Array(2), shape: [1, 2] },
  prompt: new Float32Array(2),
});
const seeds = { chooser: 0, trials: 0 };

describe("choosing from a table", () => {
  it("is what an edit does: the same anchors, the same boxes, the same losses, as much work", async () => {
    const { regions, choices, draftSteps, draftSeconds } = await replay(run, context(), seeds);
    expect(regions.anchors.map(({ x, y }) => [x, y])).toEqual(edited.anchors.map(({ x, y }) => [x, y]));
    const boxes = choices.map(({ box }) => JSON.stringify(box)).sort();
    expect(boxes).toEqual(edited.results.map(({ box }) => JSON.stringify(box)).sort());
    expect(draftSteps / small.steps + choices.length).toBeCloseTo(edited.calls.equivalent, 6);
    expect(draftSeconds).toBeGreaterThan(0);
    for (const { box, losses } of edited.results) {
      const { trial } = await table.painted(box, 0);
      expect(trial.losses.total).toBeCloseTo(losses.total, 3);
    }
  });

  it("paints nothing that is known", async () => {
    const before = opened.painted();
    await replay(run, context(), seeds);
    expect(opened.painted()).toBe(before);
    const { choices } = await replay({ ...run, way: "all" }, context(), seeds);
    expect(choices).toHaveLength(3);
    expect(opened.painted()).toBeGreaterThan(before);
  });

  it("tells a chooser the terms of the loss that a run has, and no others", async () => {
    const least = async (terms: RegionRun["terms"]) => {
      const { first, regions } = await replay({ ...run, way: "all", terms }, context(), seeds);
      const costs = regions.boxes.map(async (row, anchor) => {
        const trials = await table.trials(row, { seed: 0, steps: small.steps });
        const totals = trials.map(({ losses }, index) => {
          const box = row[index];
          return terms.reduce((sum, term) => sum + losses[term], 0) + (box ? table.placeCost(box) : 0);
        });
        return totals.indexOf(Math.min(...totals)) === first[anchor];
      });
      return (await Promise.all(costs)).every(Boolean);
    };
    expect(await least(["clip", "structure", "direction"])).toBe(true);
    expect(await least(["clip"])).toBe(true);
    expect(await least(["structure"])).toBe(true);
  });

  it("gives as many boxes as there is work for, and no drafts where there is work for the results alone", async () => {
    const none = await replay({ ...run, budget: 3 }, context(), seeds);
    expect(none.draftSteps).toBe(0);
    expect(none.choices).toHaveLength(3);
    const plain = await replay({ ...run, way: "random-anchor-random-size", budget: null }, context(), seeds);
    expect(plain.first).toEqual([]);
    expect(plain.choices).toHaveLength(3);
  });
});
