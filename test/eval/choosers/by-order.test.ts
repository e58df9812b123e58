import { describe, expect, it } from "vitest";
import {
  createAll,
  createMiddle,
  createRandomDrafts,
  createRandomProposal,
} from "../../../src/eval/choosers/by-order.ts";
import { planBudget } from "../../../src/pipeline/regions/budget.ts";
import type { DraftRequest, RegionChooser } from "../../../src/pipeline/regions/choosers/chooser.ts";
import { proposeBoxes } from "../../../src/pipeline/regions/proposals.ts";
import { describeChooser } from "../../pipeline/regions/choosers/conformance.ts";

describeChooser("random-proposal", createRandomProposal);
describeChooser("middle", createMiddle);
describeChooser("drafts", createRandomDrafts);
// It paints every box in full, whatever it is given.
describeChooser("all", createAll, 100);

const picture = { width: 256, height: 192 };
const places = [60, 128, 200].map((x) => ({ x, y: 96 }));
const proposals = proposeBoxes(places, picture, 7);
const budget = planBudget({ anchors: 3, budget: 6, steps: 12, draftSteps: 3 });

async function choose(
  chooser: RegionChooser,
  seed: number,
  lossOf: (request: DraftRequest) => number = () => 1,
) {
  const drafted: DraftRequest[] = [];
  const chosen = await chooser.choose({
    ...{ proposals, budget, seed, signal: new AbortController().signal, onRound: () => {} },
    async draft(requests) {
      drafted.push(...requests);
      return requests.map(lossOf);
    },
  });
  return { ...chosen, drafted };
}

describe("the baselines among proposals", () => {
  it("a random proposal is each of the anchor's alike, whatever the other anchors take", async () => {
    const draws = 7000;
    const counts = Array.from({ length: 3 }, () => new Array<number>(7).fill(0));
    const pairs = new Array<number>(49).fill(0);
    for (let seed = 0; seed < draws; seed++) {
      const { order } = await choose(createRandomProposal(), seed);
      const [a = 0, b = 0] = order.map((row) => row[0] ?? 0);
      pairs[7 * a + b]! += 1;
      for (const [anchor, row] of order.entries()) counts[anchor]![row[0]!]! += 1;
    }
    // Chi squared with 6 and 48 degrees of freedom: 22.5 and 84.0 are passed by one in a thousand.
    for (const row of counts) expect(chiSquared(row, draws / 7)).toBeLessThan(22.5);
    expect(chiSquared(pairs, draws / 49)).toBeLessThan(84);
  });

  it("middle takes the fourth of seven sizes", async () => {
    const { order } = await choose(createMiddle(), 0);
    expect(order.map((row) => row[0])).toEqual([3, 3, 3]);
    expect(order[0]).toEqual([3, 2, 4, 1, 5, 0, 6]);
  });

  it("all paints each distinct box once in full and takes each anchor's best", async () => {
    const lossOf = ({ anchor, proposal }: DraftRequest) => Math.abs(proposal - anchor - 2);
    const { order, drafted } = await choose(createAll(), 0, lossOf);
    expect(new Set(drafted.map(({ steps }) => steps))).toEqual(new Set([12]));
    expect(order.map((row) => row[0])).toEqual([2, 3, 4]);
  });

  it("drafts at random spend what is there, give each anchor one before any has two, and take the lowest loss", async () => {
    const lossOf = ({ proposal }: DraftRequest) => 10 - proposal;
    const { order, drafted } = await choose(createRandomDrafts(), 4, lossOf);
    expect(drafted).toHaveLength(12);
    expect(drafted.slice(0, 3).map(({ anchor }) => anchor)).toEqual([0, 1, 2]);
    for (const [anchor, row] of order.entries()) {
      const own = drafted.filter((request) => request.anchor === anchor).map(({ proposal }) => proposal);
      expect(row[0]).toBe(Math.max(...own));
    }
  });
});

function chiSquared(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
