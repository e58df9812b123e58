import { throwIfCancelled } from "../../../errors.ts";
import type { Estimator } from "../../../types.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { createRandom } from "../../random.ts";
import { type BudgetPlan, learningSteps } from "../budget.ts";
import { type ChooserRound, type DraftRequest, finiteLosses } from "../choosers/chooser.ts";
import type { LearningBackend } from "./backend.ts";
import { createLossTable, type LossTable } from "./loss-table.ts";
import { closeRivals, nextDrafts, roundSizes } from "./next-paintings.ts";
import { objectiveGradient, probabilityRows } from "./objective.ts";
import {
  createRegionNetwork,
  initialWeights,
  type RegionNetworkWeights,
  regionInput,
} from "./region-network.ts";

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
  /** Paints and scores; one call a round, so that drafts share a batch. Gives total losses in order. */
  evaluate(requests: readonly DraftRequest[]): Promise<readonly number[]>;
  onRound?: ((round: ChooserRound) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Learned {
  /** `[anchor]`: the painted proposal of the lowest loss. */
  readonly choices: readonly number[];
  /** `[anchor]`: painted proposals by rising loss, then the others by falling probability; `[0]` is the choice. */
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

/** How learning spends the budget and the tensor time; the numbers are measured, see docs/method.md. */
export interface LearnPolicy {
  /** Rounds of drafts, each one batch; the first gives every anchor a draft. */
  readonly rounds: number;
  /** Adam steps after each round. */
  readonly trainingSteps: number;
  /** Of the entropy that is rewarded beside a low expected loss; losses have a spread of 1. */
  readonly entropyWeight: number;
}

export const learnPolicy: LearnPolicy = { rounds: 3, trainingSteps: 6, entropyWeight: 0.5 };

/**
 * Learns which proposal of each anchor serves the prompt best, in rounds of drafting and training, until the budget
 * is spent. Every anchor gets one draft before any gets two. What is left once no more drafts can be made pays for
 * full paintings of close rivals.
 *
 * @throws EditError `cancelled` between two rounds once the signal is aborted; whatever `evaluate` throws.
 */
export async function learnRegions(options: LearnOptions, policy = learnPolicy): Promise<Learned> {
  const { budget, proposals, estimator, seed } = options;
  const [anchors = 0, channels = 0] = options.features.shape;
  const random = createRandom(seed, "learning");
  const table = createLossTable(anchors, proposals, options.boxKeys);
  const spent = { paintings: 0, steps: 0 };
  const available = learningSteps(budget, anchors);
  let round = 0;

  await options.backend.activate();
  using input = regionInput(options.features);
  const network = createRegionNetwork(options.network ?? initialWeights({ channels, proposals }, seed));

  const lookUp = () => probabilityRows(network.logits(input), proposals);
  let probabilities = lookUp();
  const learnFrom = async (requests: readonly DraftRequest[]) => {
    throwIfCancelled(options.signal);
    const found = finiteLosses(await options.evaluate(requests), requests.length);
    for (const [index, { anchor, proposal, steps }] of requests.entries()) {
      table.record(anchor, proposal, steps, found[index] ?? Number.NaN);
      spent.paintings++;
      spent.steps += steps;
    }
    const losses = advantages(table.losses());
    const objective = { estimator, entropyWeight: policy.entropyWeight, random };
    const gradient = (logits: Float32Array) => objectiveGradient(logits, losses, objective);
    for (let step = 0; step < policy.trainingSteps; step++) network.train(input, gradient);
    probabilities = lookUp();
    options.onRound?.({ round: ++round, probabilities, losses: table.losses() });
  };

  const drafts = Math.floor(available / budget.draftSteps);
  for (const size of roundSizes(drafts, anchors, policy.rounds)) {
    const draws = nextDrafts(table, probabilities, size, { random, isCold: options.network === null });
    if (draws.length === 0) break;
    await learnFrom(draws.map((draw) => ({ ...draw, steps: budget.draftSteps })));
  }
  const redraws = closeRivals(table, Math.floor((available - spent.steps) / budget.steps), budget.steps);
  if (redraws.length > 0) await learnFrom(redraws);

  const order = probabilities.map((row, anchor) => orderOf(row, anchor, table));
  return {
    choices: order.map(([first = 0]) => first),
    order,
    probabilities,
    losses: table.losses(),
    steps: table.steps(),
    spent,
    network: network.weights(),
  };
}

/**
 * How much better (negative) or worse than expected each proposal was, in units of the spread over all anchors. What
 * is expected of an anchor is the mean of its losses and of one more that is the mean of all: a lone draft is held
 * against those of other anchors, or it would say nothing. `null` where not painted.
 */
function advantages(losses: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const painted = losses.map((row) => row.filter((loss) => loss !== null));
  const overall = meanOf(painted.flat());
  const centred = losses.map((row, anchor) => {
    const expected = meanOf([overall, ...(painted[anchor] ?? [])]);
    return row.map((loss) => (loss === null ? null : loss - expected));
  });
  const squares = centred.flat().reduce<number>((sum, value) => sum + (value ?? 0) ** 2, 0);
  const spread = Math.max(Math.sqrt(squares / painted.flat().length), 1e-4);
  return centred.map((row) => row.map((value) => (value === null ? null : value / spread)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Painted proposals by rising loss, those of more steps first: losses of full paintings and of drafts do not compare.
 * Then the others, likelier before less likely, smaller before larger.
 */
function orderOf(row: readonly number[], anchor: number, table: LossTable): number[] {
  return row
    .map((probability, proposal) => ({
      probability,
      proposal,
      steps: table.stepsOf(anchor, proposal),
      loss: table.loss(anchor, proposal) ?? 0,
    }))
    .sort(
      (a, b) =>
        b.steps - a.steps || a.loss - b.loss || b.probability - a.probability || a.proposal - b.proposal,
    )
    .map(({ proposal }) => proposal);
}
