import type { BudgetPlan } from "../src/pipeline/regions/budget.ts";
import type { LearningBackend } from "../src/pipeline/regions/learning/backend.ts";
import { type LearnPolicy, learnPolicy, learnRegions } from "../src/pipeline/regions/learning/learn.ts";
import { boxKey } from "../src/pipeline/regions/proposals.ts";
import type { Estimator } from "../src/types.ts";
import type { Landscape } from "./landscape.ts";
import type { Trial } from "./trial-book.ts";

/** Trials `[anchor][proposal]` of one landscape as drafts and in full, both with the seed that drafts have. */
export interface KnownTrials {
  readonly drafts: readonly (readonly Trial[])[];
  readonly full: readonly (readonly Trial[])[];
}

export interface ReplayOptions {
  readonly budget: BudgetPlan;
  readonly backend: LearningBackend;
  readonly estimator: Estimator;
  readonly seed: number;
  /** Without a single training step the network gives all proposals the same chance: drafts are drawn at random. */
  readonly policy?: LearnPolicy;
}

/** What `lrbot edit` would choose, `[anchor]`: its own learning, with trials that are known in place of paintings. */
export async function learnedChoices(
  landscape: Landscape,
  trials: KnownTrials,
  { budget, backend, estimator, seed, policy = learnPolicy }: ReplayOptions,
): Promise<readonly number[]> {
  const learned = await learnRegions(
    {
      features: landscape.features,
      proposals: landscape.boxes[0]?.length ?? 0,
      boxKeys: landscape.boxes.map((row) => row.map(boxKey)),
      budget,
      estimator,
      seed,
      network: null,
      backend,
      evaluate: async (requests) =>
        requests.map(({ anchor, proposal, steps }) => {
          const rows = steps < budget.steps ? trials.drafts : trials.full;
          return rows[anchor]?.[proposal]?.losses.total ?? Number.NaN;
        }),
    },
    policy,
  );
  return learned.choices;
}
