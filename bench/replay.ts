import type { BudgetPlan } from "../src/pipeline/regions/budget.ts";
import { distinctChoices } from "../src/pipeline/regions/choosers/distinct-choices.ts";
import { openChooser } from "../src/pipeline/regions/choosers/open.ts";
import type { LearningBackend } from "../src/pipeline/regions/learning/backend.ts";
import { learnPolicy, learnRegions } from "../src/pipeline/regions/learning/learn.ts";
import { poolProposals } from "../src/pipeline/regions/proposal-features.ts";
import { boxKey } from "../src/pipeline/regions/proposals.ts";
import { type ChooserName, chooserNames } from "../src/types.ts";
import type { Landscape } from "./landscape.ts";
import type { Trial } from "./trial-book.ts";

/** Trials `[anchor][proposal]` of one landscape as drafts and in full, both with the seed that drafts have. */
export interface KnownTrials {
  readonly drafts: readonly (readonly Trial[])[];
  readonly full: readonly (readonly Trial[])[];
}

export interface ReplayOptions {
  /** One of `chooserNames`, or `random` (the best of as many drafts at random) or `middle` (always the middle size). */
  readonly chooser: string;
  readonly budget: BudgetPlan;
  readonly backend: LearningBackend;
  readonly seed: number;
}

export interface Replayed {
  /** `[anchor]`: the proposal that it would take if no other had it. */
  readonly first: readonly number[];
  /** What `lrbot edit` would paint in full, no box twice. */
  readonly choices: readonly { readonly anchor: number; readonly proposal: number }[];
}

/** What `lrbot edit` would choose with this chooser: its own choosing, with trials that are known in place of paintings. */
export async function replay(
  landscape: Landscape,
  trials: KnownTrials,
  options: ReplayOptions,
): Promise<Replayed> {
  const { boxes } = landscape;
  const lossOf = ({ anchor, proposal, steps }: { anchor: number; proposal: number; steps: number }) => {
    const rows = steps < options.budget.steps ? trials.drafts : trials.full;
    return rows[anchor]?.[proposal]?.losses.total ?? Number.NaN;
  };
  const draft = async (requests: Parameters<typeof lossOf>[0][]) => requests.map(lossOf);
  const order = await orderOf(landscape, draft, options);
  return { first: order.map(([first = 0]) => first), choices: distinctChoices(order, boxes) };
}

type Draft = (requests: { anchor: number; proposal: number; steps: number }[]) => Promise<number[]>;

/** `[anchor]`: its proposals, best first. */
async function orderOf(
  landscape: Landscape,
  draft: Draft,
  { chooser, budget, backend, seed }: ReplayOptions,
): Promise<readonly (readonly number[])[]> {
  const { boxes, patchFeatures, size, expect } = landscape;
  if (chooser === "middle") {
    const middle = (row: readonly unknown[]) => Math.floor(row.length / 2);
    return boxes.map((row) =>
      [...row.keys()].sort((a, b) => Math.abs(a - middle(row)) - Math.abs(b - middle(row))),
    );
  }
  if (chooser === "random") {
    // Without a single training step the network gives all proposals the same chance: drafts are drawn at random.
    const learned = await learnRegions(
      {
        features: poolProposals(patchFeatures, boxes, size),
        proposals: boxes[0]?.length ?? 0,
        boxKeys: boxes.map((row) => row.map(boxKey)),
        ...{ budget, seed, backend, estimator: "expected", network: null },
        evaluate: (requests) => draft([...requests]),
      },
      { ...learnPolicy, trainingSteps: 0 },
    );
    return learned.order;
  }
  if (!isChooserName(chooser))
    throw new RangeError(
      `Expected one of ${[...chooserNames, "random", "middle"].join(", ")}, got ${chooser}.`,
    );
  const opened = await openChooser(chooser, { patchFeatures, picture: size, estimator: "expected", expect });
  const { order } = await opened.choose({
    ...{ proposals: boxes, budget, seed, signal: new AbortController().signal, onRound: () => {} },
    draft: (requests) => draft([...requests]),
  });
  return order;
}

function isChooserName(name: string): name is ChooserName {
  return chooserNames.some((one) => one === name);
}
