import { describe, expect, it } from "vitest";
import { planBudget } from "../../../../src/pipeline/regions/budget.ts";
import type { ChooserRequest, DraftRequest } from "../../../../src/pipeline/regions/choosers/chooser.ts";
import {
  createProcessChooser,
  type ProcessOptions,
} from "../../../../src/pipeline/regions/choosers/process.ts";
import { proposeBoxes } from "../../../../src/pipeline/regions/proposals.ts";
import type { Box } from "../../../../src/types.ts";
import { describeChooser } from "./conformance.ts";

describeChooser("process", () => createProcessChooser({ name: "process" }));

const picture = { width: 256, height: 192 };
const places = [40, 90, 128, 200].map((x) => ({ x, y: 96 }));
const proposals = proposeBoxes(places, picture, 7);

/** Best where a box is as large as a thing and lies on it. */
const bowl = (x: number, side: number) => (box: Box) =>
  1 +
  0.002 * Math.abs(box.left + box.width / 2 - x) +
  0.3 * Math.abs(Math.log(Math.sqrt(box.width * box.height) / side));

async function choose(
  lossOf: (box: Box, request: DraftRequest) => number,
  change: Partial<ChooserRequest & ProcessOptions> = {},
) {
  const batches: DraftRequest[][] = [];
  const { expect, placeCost, ...request } = change;
  const all = request.proposals ?? proposals;
  const chosen = await createProcessChooser({ name: "process", expect, placeCost }).choose({
    ...{ proposals, seed: 0, signal: new AbortController().signal, onRound: () => {} },
    budget: planBudget({ anchors: all.length, budget: all.length + 3, steps: 12, draftSteps: 3 }),
    async draft(requests) {
      batches.push([...requests]);
      return requests.map((request) => lossOf(all[request.anchor]![request.proposal]!, request));
    },
    ...request,
  });
  return { ...chosen, batches };
}

/** `[anchor]`: the loss of its choice above that of its best box, over that of its mean box. */
function regrets(
  lossOf: (box: Box) => number,
  choices: readonly { readonly anchor: number | null; readonly box: Box }[],
) {
  return choices.map(({ anchor, box }) => {
    const losses = proposals[anchor ?? 0]!.map(lossOf);
    const least = Math.min(...losses);
    return (lossOf(box) - least) / (losses.reduce((sum, loss) => sum + loss, 0) / losses.length - least);
  });
}

describe("a process over all boxes of a picture", () => {
  it("comes near the best box of every anchor with fewer drafts than there are boxes", async () => {
    for (const [x, side] of [
      [60, 60],
      [128, 140],
      [200, 100],
    ] as const) {
      const lossOf = bowl(x, side);
      const { choices, batches } = await choose(lossOf);
      expect(batches.flat()).toHaveLength(12);
      const found = regrets(lossOf, choices);
      const mean = found.reduce((sum, one) => sum + one, 0) / found.length;
      expect(mean, `${x} ${side}: ${found}`).toBeLessThan(0.25);
    }
  });

  it("may choose a box that was not painted, where its neighbours say that it is better", async () => {
    const { choices, batches } = await choose(bowl(60, 100));
    const painted = new Set(batches.flat().map(({ anchor, proposal }) => `${anchor} ${proposal}`));
    expect(choices.some(({ anchor, proposal }) => !painted.has(`${anchor} ${proposal}`))).toBe(true);
  });

  it("asks for drafts in batches of two, and paints no box twice", async () => {
    const { batches } = await choose(bowl(100, 90));
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 2, 2, 2, 2]);
    const keys = batches.flat().map(({ anchor, proposal }) => JSON.stringify(proposals[anchor]![proposal]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("makes larger batches rather than ever more of them where many drafts can be paid for", async () => {
    const many = proposeBoxes(
      Array.from({ length: 30 }, (_, index) => ({ x: 5 + index * 8, y: 30 + ((index * 37) % 130) })),
      picture,
      9,
    );
    const budget = planBudget({ anchors: 30, budget: 200, steps: 12, draftSteps: 3 });
    const { batches } = await choose(bowl(100, 90), { proposals: many, budget });
    expect(batches.filter((batch) => batch[0]?.steps === 3).length).toBe(12);
  });

  it("pays for full paintings once every box has a draft, and believes them more", async () => {
    const few = proposals.slice(0, 2).map((row) => row.slice(2, 5));
    const budget = planBudget({ anchors: 2, budget: 8, steps: 12, draftSteps: 3 });
    // Drafts say the opposite of full paintings.
    const lossOf = (box: Box, { steps }: DraftRequest) => (steps === 12 ? 1 : -1) * bowl(60, 80)(box);
    const { choices, batches } = await choose(lossOf, { proposals: few, budget });
    const requests = batches.flat();
    expect(requests.filter(({ steps }) => steps === 3)).toHaveLength(6);
    expect(requests.filter(({ steps }) => steps === 12)).toHaveLength(4);
    expect(choices).toHaveLength(2);
  });

  it("starts where something else expects low losses, and returns from there when paintings disagree", async () => {
    const expected = proposals.map((row) => row.map((_, proposal) => (proposal === 6 ? -1.5 : 0)));
    const expectation = async () => ({ spread: 0.2, of: () => expected });
    const { batches } = await choose(bowl(128, 40), { expect: expectation });
    expect(batches[0]!.some(({ proposal }) => proposal === 6)).toBe(true);
    const { choices } = await choose(bowl(128, 60), { expect: expectation });
    expect(choices.filter(({ proposal }) => proposal === 6).length).toBeLessThanOrEqual(1);
  });

  it("tells an expectation what is known, the same for boxes that coincide", async () => {
    const row = proposals[0]!;
    const told: (readonly (readonly (number | null)[])[])[] = [];
    const expectation = async () => ({
      spread: 0.2,
      of(losses: readonly (readonly (number | null)[])[]) {
        told.push(losses);
        return losses.map((one) => one.map(() => 0));
      },
    });
    await choose(bowl(60, 60), { proposals: [row, row, proposals[2]!], expect: expectation });
    expect(told[0]!.flat().every((loss) => loss === null)).toBe(true);
    const last = told.at(-1)!;
    expect(last[0]).toEqual(last[1]);
    expect(last.flat().some((loss) => loss !== null)).toBe(true);
  });

  it("knows what every place costs, painted or not, and tells losses without it", async () => {
    // Neither overlap nor size says where this is low.
    const placeCost = ({ left, width }: Box) => 0.1 * ((left * 7 + width * 3) % 11);
    const rounds: (number | null)[] = [];
    const { choices, batches } = await choose(() => 1, {
      placeCost,
      onRound: ({ losses }) => rounds.push(...losses.flat()),
    });
    const [first] = proposals.map((row) => Math.min(...row.map(placeCost)));
    expect(regrets(placeCost, choices)).toEqual(proposals.map(() => 0));
    expect(placeCost(choices[0]!.box)).toBe(first);
    expect(new Set(rounds)).toEqual(new Set([1, null]));
    expect(batches.flat().length).toBeLessThan(proposals.flat().length);
  });

  it.each([
    ["all losses are equal", () => 1, proposals],
    ["there is one box", (box: Box) => box.width, [[proposals[0]![0]!]]],
    ["there is one anchor", bowl(60, 60), [proposals[0]!]],
    ["all anchors have the same boxes", bowl(60, 60), [proposals[0]!, proposals[0]!, proposals[0]!]],
  ])("gives finite figures and boxes where %s", async (_, lossOf, some) => {
    const { choices, probabilities } = await choose(lossOf, { proposals: some });
    expect(choices.length).toBeGreaterThan(0);
    expect(probabilities.flat().every(Number.isFinite)).toBe(true);
  });

  it("lets the seed draw among boxes that promise as much", async () => {
    const firsts = await Promise.all(
      [0, 1, 2, 3].map(async (seed) => JSON.stringify((await choose(bowl(60, 60), { seed })).batches[0])),
    );
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  it("refuses a loss that is no number", async () => {
    await expect(choose(() => Number.NaN)).rejects.toThrow(/finite losses .* got NaN/);
  });
});
