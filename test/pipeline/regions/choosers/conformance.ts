import { describe, expect, it } from "vitest";
import { planBudget } from "../../../../src/pipeline/regions/budget.ts";
import type {
  ChooserRequest,
  ChooserRound,
  DraftRequest,
  RegionChooser,
} from "../../../../src/pipeline/regions/choosers/chooser.ts";
import { distinctChoices } from "../../../../src/pipeline/regions/choosers/distinct-choices.ts";
import { boxKey } from "../../../../src/pipeline/regions/proposals.ts";
import type { Box } from "../../../../src/types.ts";

/** Proposals as a picture of 256 by 192 pixels has them; the last two anchors share all their boxes. */
const places = [40, 100, 180, 180];
const proposals: readonly (readonly Box[])[] = places.map((left) =>
  [24, 48, 72, 96].map((side) => ({ left: Math.min(left, 256 - side), top: 20, width: side, height: side })),
);
const totals = (seed: number) => (anchor: number, proposal: number) => {
  const { left = 0, width = 0 } = proposals[anchor]?.[proposal] ?? {};
  return 1 + Math.sin(seed + left * 0.7 + width * 1.3);
};

interface Run {
  readonly chosen: Awaited<ReturnType<RegionChooser["choose"]>>;
  readonly drafted: readonly DraftRequest[];
  readonly rounds: readonly ChooserRound[];
}

/**
 * What every way to choose boxes owes, whatever it looks at:
 *
 * describeChooser("my-way", () => createMyWay());
 *
 * @param open Makes one for a picture of 256 by 192 pixels.
 * @param calls What it is given to spend, in full paintings.
 */
export function describeChooser(name: string, open: () => RegionChooser, calls = 9): void {
  describe(`${name} as a region chooser`, () => {
    const budget = planBudget({ anchors: proposals.length, budget: calls, steps: 12, draftSteps: 3 });

    async function run(change: Partial<ChooserRequest> = {}): Promise<Run> {
      const drafted: DraftRequest[] = [];
      const rounds: ChooserRound[] = [];
      const totalOf = totals(change.seed ?? 1);
      const chosen = await open().choose({
        ...{ proposals, budget, seed: 1, signal: new AbortController().signal },
        async draft(requests) {
          drafted.push(...requests);
          return requests.map(({ anchor, proposal }) => totalOf(anchor, proposal));
        },
        onRound: (round) => rounds.push(round),
        ...change,
      });
      return { chosen, drafted, rounds };
    }

    it("gives boxes of the proposals, at most one an anchor, none twice, in the anchors' order", async () => {
      const { choices } = (await run()).chosen;
      expect(choices.length).toBeGreaterThan(0);
      const anchors = choices.map(({ anchor }) => anchor ?? -1);
      expect(anchors).toEqual([...new Set(anchors)].sort((a, b) => a - b));
      expect(new Set(choices.map(({ box }) => boxKey(box))).size).toBe(choices.length);
      for (const { anchor, proposal, box } of choices)
        expect(box).toEqual(proposals[anchor ?? -1]?.[proposal ?? -1]);
    });

    it("orders all proposals of each anchor, and takes the first that no anchor before it has", async () => {
      const { order, choices } = (await run()).chosen;
      expect(order.map((row) => [...row].sort())).toEqual(proposals.map((row) => [...row.keys()]));
      expect(choices[0]?.proposal).toBe(order[0]?.[0]);
      expect(choices).toEqual(distinctChoices(order, proposals));
    });

    it("refuses a loss that is no number before it chooses by it", async () => {
      const { drafted } = await run();
      const failing = run({ draft: async (requests) => requests.map(() => Number.NaN) });
      if (drafted.length > 0) await expect(failing).rejects.toThrow("got NaN");
      else await failing;
    });

    it("gives probabilities of all proposals, which sum to 1 for each anchor", async () => {
      const { probabilities } = (await run()).chosen;
      expect(probabilities.map((row) => row.length)).toEqual(proposals.map((row) => row.length));
      for (const row of probabilities) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    });

    it("does the same again for the same seed and losses", async () => {
      const [first, second] = [await run(), await run()];
      expect(second.chosen).toEqual(first.chosen);
      expect(second.drafted).toEqual(first.drafted);
    });

    it("drafts no more than the budget has room for, nor anything that is not proposed", async () => {
      const { drafted, chosen } = await run();
      const steps = drafted.reduce((sum, request) => sum + request.steps, 0);
      expect(steps + chosen.choices.length * budget.steps).toBeLessThanOrEqual(budget.budget * budget.steps);
      for (const { anchor, proposal } of drafted) expect(proposals[anchor]?.[proposal]).toBeDefined();
      expect(open().plannedSteps({ proposals, budget })).toBeGreaterThanOrEqual(steps);
    });

    it("hands on what a draft throws", async () => {
      const failing = run({ draft: () => Promise.reject(new RangeError("no paint")) });
      const { drafted } = await run();
      if (drafted.length > 0) await expect(failing).rejects.toThrow("no paint");
      else await failing;
    });

    it("drafts nothing once it is cancelled", async () => {
      const { drafted } = await run();
      const controller = new AbortController();
      controller.abort();
      let asked = 0;
      const draft = async (requests: readonly DraftRequest[]) => {
        asked += requests.length;
        return requests.map(() => 1);
      };
      const cancelled = run({ signal: controller.signal, draft });
      if (drafted.length > 0) await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
      else await cancelled;
      expect(asked).toBe(0);
    });
  });
}
