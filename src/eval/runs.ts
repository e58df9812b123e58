import type { Estimator, RankRule } from "../types.ts";
import type { AblationName, ChooserSpec } from "./names.ts";

/** The terms of the editing loss, equation 3. */
export const lossTerms = ["clip", "structure", "direction"] as const;
export type LossTerm = (typeof lossTerms)[number];

/** One way to choose boxes with all that it hangs on, to be tried on each picture. */
export interface RegionRun {
  /** `choosers`, or the ablation that it is of. */
  readonly group: "choosers" | AblationName;
  readonly name: string;
  readonly way: ChooserSpec["way"];
  /** In full paintings; the work of the boxes that it paints where it is `null`. */
  readonly budget: number | null;
  readonly anchors: number;
  readonly proposals: number;
  /** As `EditSettings.anchorSpacing`. */
  readonly spacing: number | null;
  /** `null`: the pack's own. */
  readonly draftSteps: number | null;
  readonly estimator: Estimator;
  /** Of the loss that drafts tell. */
  readonly terms: readonly LossTerm[];
  /** What comes first. */
  readonly rule: RankRule;
}

const [K, M, B] = [8, 7, 14];

const plain: Omit<RegionRun, "group" | "name" | "way"> = {
  ...{ budget: B, anchors: K, proposals: M, spacing: null, draftSteps: null },
  estimator: "expected",
  terms: lossTerms,
  rule: "guarded",
};

/** The paper's baselines take the box of the highest S (section 4.4); the others are ranked as `lrbot edit` ranks. */
export function chooserRun({ name, way, budget }: ChooserSpec): RegionRun {
  const rule = way === "random-anchor-random-size" || way === "dino-anchor-random-size" ? "paper" : "guarded";
  return { ...plain, group: "choosers", name, way, budget, rule };
}

/**
 * The runs of an ablation: each differs from its first in one thing.
 * @param draftSteps The pack's.
 */
export function ablationRuns(group: AblationName, draftSteps: number): RegionRun[] {
  const changes = group === "draft-steps" ? draftLengths(draftSteps) : variations[group];
  return changes.map((change) => ({ ...plain, group, way: "process", ...change }));
}

type Change = Partial<RegionRun> & Pick<RegionRun, "name">;

/** The pack's own, a third, two thirds and four thirds of them. */
function draftLengths(own: number): Change[] {
  const lengths = [own, ...[1 / 3, 2 / 3, 4 / 3].map((share) => Math.max(1, Math.round(own * share)))];
  return [...new Set(lengths)].map((draftSteps) => ({ name: `${draftSteps} steps`, draftSteps }));
}

/** The process over boxes alone, unless something else is said: a network that was trained on whole losses would favour these. */
const variations: Record<Exclude<AblationName, "draft-steps">, readonly Change[]> = {
  losses: [
    { name: "all terms" },
    { name: "clip and structure", terms: ["clip", "structure"] },
    { name: "clip and direction", terms: ["clip", "direction"] },
    { name: "structure and direction", terms: ["structure", "direction"] },
    { name: "clip", terms: ["clip"] },
  ],
  proposals: [7, 1, 3, 5, 9].map((proposals) => ({ name: `M = ${proposals}`, proposals })),
  // As much work for each place.
  anchors: [8, 1, 4, 6, 10].map((anchors) => ({
    name: `K = ${anchors}`,
    anchors,
    budget: (anchors * B) / K,
  })),
  spacing: [{ name: "1/8 of the short side" }, { name: "none", spacing: 0 }],
  estimators: (["expected", "straight-through", "reinforce"] as const).map((estimator) => ({
    ...{ name: estimator, way: "network" as const, estimator },
  })),
  parts: [
    { name: "posterior with warm start", way: "learned" },
    { name: "posterior alone", way: "process" },
    { name: "warm start alone", way: "learned", budget: K },
    { name: "region network in place of the posterior", way: "network" },
    { name: "neither: drafts at random", way: "drafts" },
  ],
};
