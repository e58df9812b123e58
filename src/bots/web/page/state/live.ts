import type { LiveChange, LiveState } from "../../protocol.ts";

/** Nothing is known of the job's run yet. */
const nothing: LiveState = {
  phase: "loading",
  stepsDone: 0,
  stepsTotal: 0,
  secondsLeft: null,
  features: null,
  round: null,
  losses: [],
  drafts: [],
  painting: null,
  results: [],
};

/** A job's run after a change: parts take the place of the old ones, new drafts and results are added. */
export function applyChange(state: LiveState | null, change: LiveChange): LiveState {
  const before = state ?? nothing;
  const { newDrafts = [], newResults = [], ...parts } = change;
  // Once results are ranked, the one that came before the others is among them.
  const isRanked = newResults.some(({ rank }) => rank !== null);
  const kept = isRanked ? before.results.filter(({ rank }) => rank !== null) : before.results;
  const results = new Map([...kept, ...newResults].map((each) => [each.rank, each]));
  return {
    ...before,
    ...parts,
    drafts: [...before.drafts, ...newDrafts],
    results: [...results.values()].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0)),
  };
}

/** How far the work is, 0 to 1. */
export function shareOf({ stepsDone, stepsTotal }: Pick<LiveState, "stepsDone" | "stepsTotal">): number {
  return stepsTotal === 0 ? 0 : Math.min(1, stepsDone / stepsTotal);
}

/** `[anchor][proposal]`: each as likely as the others before the first round. */
export function probabilitiesOf({
  features,
  round,
}: Pick<LiveState, "features" | "round">): readonly (readonly number[])[] {
  return round?.probabilities ?? features?.proposals.map((boxes) => boxes.map(() => 1 / boxes.length)) ?? [];
}

/**
 * The draft that stands for each anchor: of those whose loss is known the best, else the latest; `null` where there is none.
 */
export function bestDrafts({
  features,
  round,
  drafts,
}: Pick<LiveState, "features" | "round" | "drafts">): readonly (LiveState["drafts"][number] | null)[] {
  return (features?.anchors ?? []).map((_, anchor) => {
    const own = drafts.filter((draft) => draft.anchor === anchor);
    const lossOf = ({ proposal }: { readonly proposal: number }) =>
      round?.losses[anchor]?.[proposal] ?? Number.POSITIVE_INFINITY;
    const known = own.filter((draft) => lossOf(draft) < Number.POSITIVE_INFINITY);
    const [best] = known.toSorted((a, b) => lossOf(a) - lossOf(b));
    return best ?? own.at(-1) ?? null;
  });
}

/** Anchor and proposal of the least loss that is known; `null` where none is. */
export function bestOf({
  round,
}: Pick<LiveState, "round">): readonly [anchor: number, proposal: number] | null {
  let least = Number.POSITIVE_INFINITY;
  let best: readonly [number, number] | null = null;
  for (const [anchor, row] of (round?.losses ?? []).entries()) {
    for (const [proposal, loss] of row.entries()) {
      if (loss === null || loss >= least) continue;
      least = loss;
      best = [anchor, proposal];
    }
  }
  return best;
}
