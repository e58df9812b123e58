import type { Box } from "../../../types.ts";
import type { BudgetPlan } from "../budget.ts";

/** A box to paint, and where it comes from; a given box has no anchor. */
export interface Choice {
  readonly anchor: number | null;
  readonly proposal: number | null;
  readonly box: Box;
}

/** A choice among the proposals. */
export interface ProposedChoice extends Choice {
  readonly anchor: number;
  readonly proposal: number;
}

/** A proposal to be painted in so many sampling steps, to know its loss. */
export interface DraftRequest {
  readonly anchor: number;
  readonly proposal: number;
  readonly steps: number;
}

/** What is known after a round of drafts. */
export interface ChooserRound {
  /** From 1. */
  readonly round: number;
  /** `[anchor][proposal]`; each row sums to 1. */
  readonly probabilities: readonly (readonly number[])[];
  /** `[anchor][proposal]`; `null` while unknown. */
  readonly losses: readonly (readonly (number | null)[])[];
}

export interface ChooserRequest {
  /** `[anchor][proposal]`, at least one anchor; anchors may share boxes. */
  readonly proposals: readonly (readonly Box[])[];
  /** Drafts and the full paintings of what is chosen together stay within it. */
  readonly budget: BudgetPlan;
  /** Of every draw: the same request with the same seed and losses gives the same choices. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Paints drafts in one batch and gives their total losses (equation 3) in order, each 0 (best) to 6. */
  draft(requests: readonly DraftRequest[]): Promise<readonly number[]>;
  onRound(round: ChooserRound): void;
}

export interface Chosen {
  /** `[anchor]`: all its proposals, best first; what it takes is the first that no anchor before it has. */
  readonly order: readonly (readonly number[])[];
  /** At most one an anchor, in the anchors' order; no two share a box. */
  readonly choices: readonly Choice[];
  /** `[anchor][proposal]`: what it makes of each proposal in the end; each row sums to 1. */
  readonly probabilities: readonly (readonly number[])[];
}

/**
 * The port for ways to choose one box of each anchor's proposals. Whatever it may look at besides drafts (features, texts) it is
 * given when it is made. One file beside this one for each; `conformance.ts` in the tests says what all owe.
 */
export interface RegionChooser {
  /** As `edit.json` and tables state it. */
  readonly name: string;
  /** Sampling steps that its drafts and the full paintings of its choices will take, for progress. */
  plannedSteps(request: Pick<ChooserRequest, "proposals" | "budget">): number;
  /** @throws EditError `cancelled` between two rounds once the signal is aborted; whatever `draft` throws */
  choose(request: ChooserRequest): Promise<Chosen>;
}

/** @throws RangeError where there is no such proposal */
export function choiceAt(
  proposals: ChooserRequest["proposals"],
  anchor: number,
  proposal: number,
): ProposedChoice {
  const box = proposals[anchor]?.[proposal];
  if (!box) throw new RangeError(`Expected a box for proposal ${proposal} of anchor ${anchor}, got none.`);
  return { anchor, proposal, box };
}

/** @throws RangeError where a draft has no finite loss, or there are not so many */
export function finiteLosses(losses: readonly number[], count: number): readonly number[] {
  const odd = losses.find((loss) => !Number.isFinite(loss));
  if (losses.length !== count || odd !== undefined)
    throw new RangeError(`Expected ${count} finite losses of drafts, got ${odd ?? losses.length}.`);
  return losses;
}
