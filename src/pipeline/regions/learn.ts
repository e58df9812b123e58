import type { Estimator } from "../../types.ts";
import type { Tensor } from "../tensor.ts";
import type { LearningBackend } from "./backend.ts";
import type { BudgetPlan } from "./budget.ts";
import type { RegionNetworkWeights } from "./region-network.ts";

/** A painting to be made and judged: its total loss (equation 3) at that many sampling steps is wanted. */
export interface LossRequest {
  readonly anchor: number;
  readonly proposal: number;
  readonly steps: number;
}

/** What is known after a round. */
export interface LearningRound {
  /** From 1. */
  readonly round: number;
  /** `[anchor][proposal]`; each row sums to 1. */
  readonly probabilities: readonly (readonly number[])[];
  /** `[anchor][proposal]`; `null` while unknown. */
  readonly losses: readonly (readonly (number | null)[])[];
}

export interface LearnOptions {
  /** Pooled features of the proposals, `[anchors, proposals * d, 7, 7]`. */
  readonly features: Tensor;
  /** M. */
  readonly proposals: number;
  /** `[anchor][proposal]`: boxes with equal keys are one box and share one painting; all different when left out. */
  readonly boxKeys?: readonly (readonly string[])[] | undefined;
  /** Made for at least as many anchors as there are features of. */
  readonly budget: BudgetPlan;
  readonly estimator: Estimator;
  /** Of the network's first weights and of every draw. */
  readonly seed: number;
  /** Weights to start from; `null` starts cold. */
  readonly network: RegionNetworkWeights | null;
  readonly backend: LearningBackend;
  /** Paints and judges; one call a round, so that drafts share a batch. Gives total losses in order. */
  evaluate(requests: readonly LossRequest[]): Promise<readonly number[]>;
  onRound?: ((round: LearningRound) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Learned {
  /** `[anchor]`: the proposal of the highest probability among those painted. */
  readonly choices: readonly number[];
  /** `[anchor]`: all proposals, painted ones first, each group by falling probability; `[0]` is the choice. */
  readonly order: readonly (readonly number[])[];
  readonly probabilities: readonly (readonly number[])[];
  /** `[anchor][proposal]`; `null` where not painted. */
  readonly losses: readonly (readonly (number | null)[])[];
  /** `[anchor][proposal]`: sampling steps that the loss was measured at; 0 where not painted. */
  readonly steps: readonly (readonly number[])[];
  /** Paintings asked for and the sampling steps they took. */
  readonly spent: { readonly paintings: number; readonly steps: number };
  /** The network as trained, for a warm start of the next edit. */
  readonly network: RegionNetworkWeights;
}
