import { describe, expect, it } from "vitest";
import type { ChooserRound, RegionChooser } from "../../../src/pipeline/regions/choosers/chooser.ts";
import { createPlaceCost, withPlaceCost } from "../../../src/pipeline/regions/place-cost.ts";

const picture = { width: 100, height: 100 };
const thing = { left: 20, top: 20, width: 20, height: 20 };

describe("what a box costs for its place", () => {
  const cost = createPlaceCost({ things: [thing], picture, confidence: 1 });

  it("is 0 on the thing, 1 for what is left of it and four times the share of the picture beside it", () => {
    expect(cost(thing)).toBe(0);
    expect(cost({ ...thing, width: 10 })).toBeCloseTo(0.5, 9);
    expect(cost({ ...thing, width: 30 })).toBeCloseTo(0.08, 9);
    expect(cost({ left: 60, top: 60, width: 20, height: 20 })).toBeCloseTo(1.16, 9);
    expect(cost({ left: 0, top: 0, width: 100, height: 100 })).toBeCloseTo(3.84, 9);
  });

  it("is that of the thing that it lies best on, where there are several", () => {
    const other = { left: 60, top: 60, width: 20, height: 20 };
    expect(createPlaceCost({ things: [thing, other], picture, confidence: 1 })(other)).toBe(0);
  });

  it("counts as much as the thing is sure, and nothing where it is not known", () => {
    const far = { left: 60, top: 60, width: 20, height: 20 };
    expect(createPlaceCost({ things: [thing], picture, confidence: 0.5 })(far)).toBeCloseTo(0.58, 9);
    expect(createPlaceCost({ things: [], picture, confidence: 1 })(far)).toBe(0);
  });
});

describe("a chooser that knows what places cost", () => {
  it("is told losses with their places, and tells them without", async () => {
    const heard: (readonly number[])[] = [];
    const rounds: ChooserRound[] = [];
    const asker: RegionChooser = {
      name: "asker",
      plannedSteps: () => 7,
      async choose({ draft, onRound }) {
        const losses = await draft([
          { anchor: 0, proposal: 1, steps: 3 },
          { anchor: 0, proposal: 0, steps: 3 },
        ]);
        heard.push(losses);
        onRound({ round: 1, probabilities: [[0.5, 0.5]], losses: [[losses[1] ?? null, null]] });
        return { order: [], choices: [], probabilities: [] };
      },
    };
    const placed = withPlaceCost(asker, ({ width }) => width / 10);
    const boxes = [thing, { ...thing, width: 30 }];
    const plan = { anchors: 1, budget: 3, steps: 12, draftSteps: 3, draftCost: 3, warnings: [] };
    await placed.choose({
      ...{ proposals: [boxes], budget: plan, seed: 0, signal: new AbortController().signal },
      draft: async () => [1, 0.5],
      onRound: (round) => void rounds.push(round),
    });
    expect(placed.name).toBe("asker");
    expect(heard).toEqual([[4, 2.5]]);
    expect(rounds[0]?.losses).toEqual([[0.5, null]]);
  });
});
