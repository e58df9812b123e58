import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Seen } from "../../src/eval/figures/eyes.ts";
import type { PictureContext } from "../../src/eval/picture-context.ts";
import { runChooser } from "../../src/eval/run-picture.ts";
import type { RegionRun } from "../../src/eval/runs.ts";
import { paintTable } from "../../src/eval/whole-table.ts";
import { openSmallTable, type SmallTable, small, smallRun } from "./small-table.ts";

let opened: SmallTable;
beforeAll(async () => {
  opened = await openSmallTable();
});
afterAll(() => opened[Symbol.asyncDispose]());

const seen: Seen = { t2i: 0.5, i2i: 0.5, quality: 1.5, directional: null, recognised: null, gone: null };

function contextOf(isWhole: boolean): PictureContext {
  const flat = { data: Float32Array.from([1, 0, 1, 0]), shape: [2, 1, 2] };
  return {
    table: opened.table,
    ...{ patches: { data: new Float32Array(8).fill(1), shape: [4, 2] }, prompt: new Float32Array(2).fill(1) },
    ...{ number: 1, isWhole, margin: 0.02, scorer: null },
    looking: { training: { look: async () => seen }, second: null, featuresOf: async () => flat },
  };
}

const runOf = (change: Partial<RegionRun>): RegionRun => ({ ...smallRun, ...change });

describe("a way to choose boxes, on one picture", () => {
  it("has no regret where not all boxes are painted, and paints no more than it needs", async () => {
    const row = await runChooser(smallRun, contextOf(false));
    expect(row).toMatchObject({ name: "learned-5", regret: null, tau: null, edited: "box", weak: false });
    expect(row.calls).toBeCloseTo(small.budget, 6);
    expect(opened.painted()).toBeLessThanOrEqual(4 + 3);
    expect(row.firstSeconds).toBeLessThan(row.seconds);
    expect(row.pixels.changed).toBeGreaterThan(0);
  });

  it("has none of any kind where it knows all boxes, and more where it takes them at random", async () => {
    const context = contextOf(true);
    await paintTable(context);
    const before = opened.painted();
    const all = await runChooser(runOf({ name: "all", way: "all", budget: null }), context);
    expect(all.regret).toMatchObject({ anchors: 0, best: 0 });
    const learned = await runChooser(smallRun, context);
    const random = await runChooser(runOf({ name: "random", way: "random-proposal", budget: null }), context);
    for (const row of [learned, random]) {
      expect(row.regret?.anchors).toBeGreaterThanOrEqual(0);
      expect(row.regret?.best).toBeGreaterThanOrEqual(0);
    }
    expect(random.calls).toBe(3);
    expect(opened.painted()).toBe(before);
  });

  it("counts the oracle's work once: each distinct box in full, and its results are among them", async () => {
    const all = await runChooser(runOf({ name: "all", way: "all", budget: null }), contextOf(true));
    const { boxes } = opened.table.regions({ anchors: 3, proposals: 4, spacing: null, from: "source" });
    const distinct = new Set(boxes.flat().map((box) => JSON.stringify(box))).size;
    expect(all.calls).toBe(distinct);
  });

  it("compares boxes that are no proposals with all boxes, and may beat them", async () => {
    const whole = await runChooser(runOf({ name: "whole", way: "whole", budget: null }), contextOf(true));
    expect(whole.regret).toMatchObject({ anchors: null, fresh: null });
    expect(Number.isFinite(whole.regret?.best)).toBe(true);
    expect(whole.pixels.changed).toBeGreaterThan(0.9);
  });

  it("has no regret where drafts told a part of the loss, and a rank correlation where drafts are the question", async () => {
    const part = await runChooser(runOf({ name: "clip", terms: ["clip"] }), contextOf(true));
    expect(part.regret).toBeNull();
    const own = await runChooser(
      runOf({ group: "draft-steps", name: "2 steps", draftSteps: 2 }),
      contextOf(true),
    );
    expect(own.tau).toBeGreaterThan(0);
    const full = await runChooser(
      runOf({ group: "draft-steps", name: "4 steps", draftSteps: 4 }),
      contextOf(true),
    );
    expect(full.tau).toBe(1);
  });

  it("takes the best of as many noises as can be paid for", async () => {
    const row = await runChooser(runOf({ name: "seeds-3", way: "seeds", budget: 3 }), contextOf(true));
    expect(row).toMatchObject({ calls: 3, regret: null });
    const trials = await Promise.all(
      [0, 1, 2].map(async (seed) => (await opened.table.trials([row.box], { seed, steps: small.steps }))[0]),
    );
    const least = Math.min(...trials.map((trial) => trial?.losses.total ?? Number.NaN));
    expect(row.losses.total).toBe(least);
    expect(trials[row.seed]?.losses.total).toBe(least);
  });
});
