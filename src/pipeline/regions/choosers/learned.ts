import type { Box } from "../../../types.ts";
import type { Picture } from "../../image/picture.ts";
import type { PictureFeatures } from "../../steps/features.ts";
import type { ProgressMeter } from "../../steps/progress.ts";
import type { CompleteSettings } from "../../steps/settings.ts";
import type { Choice, Trials } from "../../steps/trials.ts";
import type { BudgetPlan } from "../budget.ts";
import type { LearningBackend } from "../learning/backend.ts";
import { type Learned, learnRegions } from "../learning/learn.ts";
import { poolProposals } from "../proposal-features.ts";
import { boxKey } from "../proposals.ts";

export interface LearningOptions {
  readonly features: PictureFeatures;
  readonly picture: Picture;
  /** `[anchor][proposal]`. */
  readonly proposals: readonly (readonly Box[])[];
  readonly settings: CompleteSettings;
  readonly budget: BudgetPlan;
  readonly backend: LearningBackend;
  readonly trials: Trials;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** Trains the region network on drafts and gives each anchor's best box; no two choices share a box. */
export async function learnChoices(options: LearningOptions): Promise<Choice[]> {
  const { features, picture, proposals, settings, trials, meter } = options;
  const choiceAt = (anchor: number, proposal: number): Choice => {
    const box = proposals[anchor]?.[proposal];
    if (!box) throw new RangeError(`Expected a box for proposal ${proposal} of anchor ${anchor}, got none.`);
    return { anchor, proposal, box };
  };
  const learned = await learnRegions({
    features: poolProposals(features.patchFeatures, proposals, picture),
    proposals: settings.proposals,
    boxKeys: proposals.map((boxes) => boxes.map(boxKey)),
    budget: options.budget,
    estimator: settings.estimator,
    seed: settings.seed,
    network: null,
    backend: options.backend,
    signal: options.signal,
    async evaluate(requests) {
      const totals = new Map<(typeof requests)[number], number>();
      for (const steps of new Set(requests.map((request) => request.steps))) {
        const batch = requests.filter((request) => request.steps === steps);
        const choices = batch.map(({ anchor, proposal }) => choiceAt(anchor, proposal));
        const losses = await trials.draft(choices, steps);
        for (const [index, request] of batch.entries())
          totals.set(request, losses[index]?.total ?? Number.NaN);
      }
      return requests.map((request) => totals.get(request) ?? Number.NaN);
    },
    onRound: (round) => meter.report({ phase: "round", ...round }),
  });
  return distinctChoices(learned, choiceAt);
}

/**
 * Step 6: an anchor whose best box another anchor already has takes its next best. An anchor all of whose boxes are
 * taken gets none.
 */
function distinctChoices(
  learned: Pick<Learned, "order">,
  choiceAt: (anchor: number, proposal: number) => Choice,
): Choice[] {
  const taken = new Set<string>();
  return learned.order.flatMap((order, anchor) => {
    const free = order
      .map((proposal) => choiceAt(anchor, proposal))
      .find(({ box }) => !taken.has(boxKey(box)));
    if (free) taken.add(boxKey(free.box));
    return free ? [free] : [];
  });
}
