import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { planBudget } from "../../../../src/pipeline/regions/budget.ts";
import type { DraftRequest } from "../../../../src/pipeline/regions/choosers/chooser.ts";
import { createPaperChooser } from "../../../../src/pipeline/regions/choosers/paper.ts";
import { type LearningBackend, loadBackend } from "../../../../src/pipeline/regions/learning/backend.ts";
import { proposeBoxes } from "../../../../src/pipeline/regions/proposals.ts";
import { describeChooser } from "./conformance.ts";

let backend: LearningBackend;
beforeAll(async () => {
  backend = await loadBackend(["wasm"]);
});

const picture = { width: 256, height: 192 };
function open() {
  const [d, h, w] = [8, 12, 16];
  const patchFeatures = { data: createRandom(5, "features").gaussians(d * h * w), shape: [d, h, w] };
  return createPaperChooser({ patchFeatures, picture, backend });
}

describeChooser("paper", open);

const proposals = proposeBoxes(
  [40, 90, 200].map((x) => ({ x, y: 96 })),
  picture,
  5,
);

async function choose(calls: number, lossOf: (request: DraftRequest) => number, seed = 0) {
  const epochs: DraftRequest[][] = [];
  const chosen = await open().choose({
    ...{ proposals, seed, signal: new AbortController().signal, onRound: () => {} },
    budget: planBudget({ anchors: 3, budget: calls, steps: 12, draftSteps: 3 }),
    async draft(requests) {
      epochs.push([...requests]);
      return requests.map(lossOf);
    },
  });
  return { ...chosen, epochs };
}

describe("the paper's own recipe", () => {
  it("with six calls an anchor paints in full, one box of every anchor in each of five epochs", async () => {
    const { epochs } = await choose(18, () => 1);
    expect(epochs.map((epoch) => epoch.map(({ anchor }) => anchor))).toEqual(new Array(5).fill([0, 1, 2]));
    expect(epochs.flat().every(({ steps }) => steps === 12)).toBe(true);
  });

  it("with fewer paints drafts, in as many epochs as are paid for", async () => {
    const { epochs } = await choose(5, () => 1);
    expect(epochs).toHaveLength(2);
    expect(epochs.flat().every(({ steps }) => steps === 3)).toBe(true);
  });

  it("draws a box again, because it remembers no loss", async () => {
    const seeds = [1, 2, 3, 4];
    const repeated = await Promise.all(
      seeds.map(async (seed) => {
        const { epochs } = await choose(18, () => 1, seed);
        const keys = epochs.flat().map(({ anchor, proposal }) => `${anchor} ${proposal}`);
        return keys.length - new Set(keys).size;
      }),
    );
    expect(Math.max(...repeated), `seeds ${seeds}: ${repeated}`).toBeGreaterThan(0);
  });

  it("makes what it painted less likely than before, for the plain loss has no baseline", async () => {
    const { epochs, probabilities } = await choose(4, () => 3, 2);
    for (const { anchor, proposal } of epochs[0]!)
      expect(probabilities[anchor]![proposal]).toBeLessThan(1 / 5);
  });

  it("refuses a loss that is no number", async () => {
    await expect(choose(18, () => Number.NaN)).rejects.toThrow(/finite losses .* got NaN/);
  });
});
