import { throwIfCancelled } from "../../../errors.ts";
import { createRandom } from "../../random.ts";
import { type BudgetPlan, learningSteps } from "../budget.ts";
import { distinctBoxes } from "../distinct-boxes.ts";
import type { PlaceCost } from "../place-cost.ts";
import { type BoxSearchOptions, createBoxSearch, type ExpectedLosses } from "../process/box-search.ts";
import { type ChooserRequest, finiteLosses, type RegionChooser } from "./chooser.ts";
import { distinctChoices } from "./distinct-choices.ts";

/** Says what losses to expect of boxes, from something else than the paintings of their neighbours. */
export interface Expectation {
  /** Standard deviation that a picture's losses usually have. */
  readonly spread: number;
  /** @param losses `[anchor][proposal]`, what is known so far; `null` while unknown. Boxes that coincide have the same. */
  of(losses: readonly (readonly (number | null)[])[]): ExpectedLosses;
}

export interface ProcessOptions {
  /** As `edit.json` states it. */
  readonly name: string;
  /** Begun once an edit and asked before each round; every box is expected to be like any other where it is left out. */
  readonly expect?: ((request: ChooserRequest) => Promise<Expectation>) | undefined;
  /** What each box costs for where it lies, beside its loss; nothing where it is left out. */
  readonly placeCost?: PlaceCost | undefined;
  readonly policy?: ProcessPolicy | undefined;
}

/** How the process weighs and spends; the numbers are measured, see docs/method.md. */
export interface ProcessPolicy extends BoxSearchOptions {
  /** Drafts of a round, each one batch: the fewer, the more is known when they are chosen. */
  readonly round: number;
  /** Where more drafts can be paid for than so many rounds take, rounds are larger. */
  readonly mostRounds: number;
}

export const processPolicy: ProcessPolicy = {
  kernel: { overlapScale: 1.6, sizeVariance: 1.6, sizeScale: 0.6 },
  noise: { draft: 0.1, full: 0.02 },
  tie: 0.02,
  usualSpread: 0.2,
  round: 2,
  mostRounds: 12,
};

/**
 * A Gaussian process over all distinct boxes of the picture carries what was painted to what was not: boxes that overlap
 * are alike, and so are boxes of one size. What places cost is known of every box, so it is added to what the process makes of losses. Drafts are those that promise the most for the choice of all anchors, and
 * each anchor takes the box of the least mean, painted or not. What is left once every box has a draft pays for full
 * paintings. The seed draws among boxes that promise as much.
 */
export function createProcessChooser({
  name,
  expect,
  placeCost = () => 0,
  policy = processPolicy,
}: ProcessOptions): RegionChooser {
  return {
    name,
    plannedSteps({ proposals, budget }) {
      const paid = paintingsOf(budget, proposals.length, distinctBoxes(proposals).boxes.length);
      return paid.draft * budget.draftCost + (paid.full + proposals.length) * budget.steps;
    },
    async choose(request) {
      const { proposals, budget, seed, signal, draft, onRound } = request;
      throwIfCancelled(signal);
      const expectation = await expect?.(request);
      const usualSpread = expectation?.spread ?? policy.usualSpread;
      const random = createRandom(seed, "near ties");
      const search = createBoxSearch(proposals, { ...policy, usualSpread }, placeCost, random);
      const paid = paintingsOf(budget, proposals.length, search.boxes);
      const rounds = (["draft", "full"] as const).flatMap((quality) =>
        roundsOf(paid[quality], policy).map((count) => ({ count, quality })),
      );
      for (const [index, { count, quality }] of rounds.entries()) {
        throwIfCancelled(signal);
        if (expectation) search.expect(expectation.of(search.losses()));
        const steps = quality === "draft" ? budget.draftSteps : budget.steps;
        const next = search.next(count, quality);
        const losses = await draft(next.map((proposal) => ({ ...proposal, steps })));
        search.record(finiteLosses(losses, next.length));
        onRound({ round: index + 1, probabilities: search.probabilities(), losses: search.losses() });
      }
      if (expectation) search.expect(expectation.of(search.losses()));
      const order = search.means().map(byRisingMean);
      return { order, choices: distinctChoices(order, proposals), probabilities: search.probabilities() };
    },
  };
}

/** As many drafts as there are boxes, and full paintings of what is left; no box twice in either. */
function paintingsOf(plan: BudgetPlan, anchors: number, boxes: number): { draft: number; full: number } {
  const steps = learningSteps(plan, anchors);
  const draft = Math.min(boxes, Math.floor(steps / plan.draftCost));
  if (plan.draftCost === plan.steps) return { draft, full: 0 };
  return { draft, full: Math.min(boxes, Math.floor((steps - draft * plan.draftCost) / plan.steps)) };
}

/** 5 paintings in rounds of 2: 2, 2 and 1. */
function roundsOf(paintings: number, { round, mostRounds }: ProcessPolicy): number[] {
  const size = Math.max(round, Math.ceil(paintings / mostRounds));
  return Array.from({ length: Math.ceil(paintings / size) }, (_, index) =>
    Math.min(size, paintings - index * size),
  );
}

function byRisingMean(means: readonly number[]): number[] {
  return [...means.keys()].sort((a, b) => (means[a] ?? 0) - (means[b] ?? 0) || a - b);
}
