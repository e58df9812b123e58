import { throwIfCancelled } from "../../errors.ts";
import type { Estimator } from "../../types.ts";
import { createRandom, type Random } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { LearningBackend } from "./backend.ts";
import { type BudgetPlan, learningSteps } from "./budget.ts";
import { createLossTable, type LossTable } from "./loss-table.ts";
import { logitsGradient, probabilityRows } from "./objective.ts";
import {
  createRegionNetwork,
  initialWeights,
  type RegionNetworkWeights,
  regionInput,
} from "./region-network.ts";

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

/** How learning spends the budget and the tensor time; the numbers are measured, see docs/method.md. */
export interface LearnPolicy {
  /** Rounds of drafts, each one batch; the first gives every anchor a draft. */
  readonly rounds: number;
  /** Share of the learning steps kept for redrawing the most promising proposals in more steps. */
  readonly redrawShare: number;
  /** Adam steps after each round, and after the last. */
  readonly trainingSteps: number;
  readonly lastTrainingSteps: number;
  /** Logits are divided by this when the next drafts are drawn. */
  readonly temperature: number;
}

export const learnPolicy: LearnPolicy = {
  rounds: 4,
  redrawShare: 0,
  trainingSteps: 4,
  lastTrainingSteps: 10,
  temperature: 1,
};

/**
 * Learns which proposal of each anchor serves the prompt best, in rounds of drafting and training, until the budget
 * is spent. Every anchor gets one draft before any gets two.
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

  await options.backend.activate();
  using input = regionInput(options.features);
  using network = createRegionNetwork(options.network ?? initialWeights({ channels, proposals }, seed));

  const train = (steps: number) => {
    const losses = standardised(table.losses());
    for (let step = 0; step < steps; step++) {
      network.train(input, (logits) => logitsGradient(logits, losses, estimator, random));
    }
  };
  const probabilities = () => probabilityRows(network.logits(input), proposals);
  const paint = async (requests: readonly LossRequest[]) => {
    throwIfCancelled(options.signal);
    const losses = await options.evaluate(requests);
    for (const [index, { anchor, proposal, steps }] of requests.entries()) {
      table.record(anchor, proposal, steps, losses[index] ?? Number.NaN);
      spent.paintings++;
      spent.steps += steps;
    }
  };

  const drafts = Math.floor((available * (1 - policy.redrawShare)) / budget.draftSteps);
  const sizes = roundSizes(drafts, anchors, policy.rounds);
  let round = 0;
  for (const size of sizes) {
    const requests = nextDrafts(table, probabilities(), size, policy.temperature, random).map((cell) => ({
      ...cell,
      steps: budget.draftSteps,
    }));
    if (requests.length === 0) break;
    round++;
    await paint(requests);
    train(round === sizes.length ? policy.lastTrainingSteps : policy.trainingSteps);
    options.onRound?.({ round, probabilities: probabilities(), losses: table.losses() });
  }
  const rows = probabilities();
  const order = rows.map((row, anchor) => orderOf(row, anchor, table));
  return {
    choices: order.map(([first = 0]) => first),
    order,
    probabilities: rows,
    losses: table.losses(),
    steps: table.steps(),
    spent,
    network: network.weights(),
  };
}

/** The first round drafts once an anchor, the others share the rest evenly. */
function roundSizes(drafts: number, anchors: number, rounds: number): number[] {
  const first = Math.min(drafts, anchors);
  const others = Math.min(rounds - 1, drafts - first);
  return [
    first,
    ...Array.from(
      { length: others },
      (_, index) =>
        Math.floor(((drafts - first) * (index + 1)) / others) -
        Math.floor(((drafts - first) * index) / others),
    ),
  ];
}

/** Losses with each anchor's mean taken off, in units of the spread of all anchors. */
function standardised(losses: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const centred = losses.map((row) => {
    const painted = row.filter((loss) => loss !== null);
    const mean = painted.reduce((sum, loss) => sum + loss, 0) / painted.length;
    return row.map((loss) => (loss === null ? null : loss - mean));
  });
  const all = centred.flat().filter((loss) => loss !== null);
  const spread = Math.sqrt(all.reduce((sum, loss) => sum + loss * loss, 0) / all.length);
  return centred.map((row) => row.map((loss) => (loss === null ? null : loss / Math.max(spread, 1e-4))));
}

interface Cell {
  readonly anchor: number;
  readonly proposal: number;
}

/** Draws unseen boxes by Gumbel top-k, one at a time for the anchor that has the fewest drafts. */
function nextDrafts(
  table: LossTable,
  probabilities: readonly (readonly number[])[],
  count: number,
  temperature: number,
  random: Random,
): Cell[] {
  const queues = probabilities.map((row, anchor) => ({
    anchor,
    seen: row.filter((_, proposal) => table.loss(anchor, proposal) !== null).length,
    tie: random.uniform(),
    left: row
      .map((probability, proposal) => ({
        proposal,
        score: Math.log(probability) / temperature + random.gumbel(),
      }))
      .filter(({ proposal }) => table.loss(anchor, proposal) === null)
      .sort((a, b) => b.score - a.score)
      .map(({ proposal }) => proposal),
  }));
  const taken = new Set<number>();
  const drawn: Cell[] = [];
  while (drawn.length < count) {
    const queue = queues
      .filter(({ left }) => left.length > 0)
      .sort((a, b) => a.seen - b.seen || a.tie - b.tie)[0];
    const proposal = queue?.left.shift();
    if (queue === undefined || proposal === undefined) break;
    queue.seen++;
    const box = table.boxOf(queue.anchor, proposal);
    if (taken.has(box)) continue;
    taken.add(box);
    drawn.push({ anchor: queue.anchor, proposal });
  }
  return drawn;
}

/** Painted proposals before the others, likelier before less likely, smaller before larger. */
function orderOf(row: readonly number[], anchor: number, table: LossTable): number[] {
  const unpainted = (proposal: number) => Number(table.loss(anchor, proposal) === null);
  return row
    .map((probability, proposal) => ({ probability, proposal }))
    .sort(
      (a, b) =>
        unpainted(a.proposal) - unpainted(b.proposal) ||
        b.probability - a.probability ||
        a.proposal - b.proposal,
    )
    .map(({ proposal }) => proposal);
}
