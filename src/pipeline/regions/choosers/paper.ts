import { throwIfCancelled } from "../../../errors.ts";
import type { Size } from "../../image/framing.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { createRandom, type Random } from "../../random.ts";
import { type BudgetPlan, learningSteps } from "../budget.ts";
import type { LearningBackend } from "../learning/backend.ts";
import { createLossTable } from "../learning/loss-table.ts";
import { probabilityRows } from "../learning/objective.ts";
import { createRegionNetwork, initialWeights, regionInput } from "../learning/region-network.ts";
import { poolProposals } from "../proposal-features.ts";
import { boxKey } from "../proposals.ts";
import { softmax } from "../zero-shot.ts";
import { finiteLosses, type RegionChooser } from "./chooser.ts";
import { distinctChoices } from "./distinct-choices.ts";

export interface PaperChooserOptions {
  /** F of the ViT, `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** Of the upright picture, in pixels. */
  readonly picture: Size;
  readonly backend: LearningBackend;
}

/** "We train the model for 5 epochs" (section 4). */
const epochs = 5;

/**
 * The paper's own recipe (sections 3.1 and 4): in each epoch every anchor takes the proposal of its highest logit with Gumbel
 * noise, it is painted, and its loss alone teaches the network by the straight-through gradient, in one step of Adam. No loss
 * is remembered, and each anchor's choice is the proposal of the highest softmax score. Trains on full paintings where the
 * budget has room for all epochs (B at least 6 K), else on drafts, in as many epochs as it pays for.
 */
export function createPaperChooser({ patchFeatures, picture, backend }: PaperChooserOptions): RegionChooser {
  return {
    name: "paper",
    plannedSteps({ proposals, budget }) {
      const { rounds, steps } = trainingOf(budget, proposals.length);
      return proposals.length * (rounds * steps + budget.steps);
    },
    async choose(request) {
      const { proposals, budget, seed, signal, draft, onRound } = request;
      throwIfCancelled(signal);
      const perAnchor = proposals[0]?.length ?? 0;
      const random = createRandom(seed, "straight-through");
      await backend.activate();
      const features = poolProposals(patchFeatures, proposals, picture);
      using input = regionInput(features);
      const channels = features.shape[1] ?? 0;
      const network = createRegionNetwork(initialWeights({ channels, proposals: perAnchor }, seed));
      // For those who watch; the network learns from none but the latest.
      const boxKeys = proposals.map((boxes) => boxes.map(boxKey));
      const known = createLossTable(proposals.length, perAnchor, boxKeys);

      const { rounds, steps } = trainingOf(budget, proposals.length);
      for (let round = 1; round <= rounds; round++) {
        throwIfCancelled(signal);
        const drawn = drawRows(network.logits(input), perAnchor, random);
        const requests = drawn.map(({ proposal }, anchor) => ({ anchor, proposal, steps }));
        const losses = finiteLosses(await draft(requests), requests.length);
        network.train(input, () => straightThroughGradient(drawn, losses));
        for (const [anchor, { proposal }] of drawn.entries())
          known.record(anchor, proposal, steps, losses[anchor] ?? Number.NaN);
        const probabilities = probabilityRows(network.logits(input), perAnchor);
        onRound({ round, probabilities, losses: known.losses() });
      }
      const probabilities = probabilityRows(network.logits(input), perAnchor);
      const order = probabilities.map(byFallingScore);
      return { order, choices: distinctChoices(order, proposals), probabilities };
    },
  };
}

/** How many epochs, and the sampling steps of each painting in them. */
function trainingOf(plan: BudgetPlan, anchors: number): { rounds: number; steps: number } {
  const available = learningSteps(plan, anchors);
  const steps = available >= epochs * anchors * plan.steps ? plan.steps : plan.draftSteps;
  return { steps, rounds: Math.min(epochs, Math.floor(available / (anchors * steps))) };
}

interface Drawn {
  readonly proposal: number;
  /** Softmax of the logits with the noise of this draw. */
  readonly probabilities: readonly number[];
}

function drawRows(logits: Float32Array, perAnchor: number, random: Random): Drawn[] {
  return Array.from({ length: logits.length / perAnchor }, (_, anchor) => {
    const row = [...logits.subarray(anchor * perAnchor, (anchor + 1) * perAnchor)];
    const noisy = row.map((logit) => logit + random.gumbel());
    return { proposal: noisy.indexOf(Math.max(...noisy)), probabilities: softmax(noisy) };
  });
}

/**
 * The loss is that of the proposal drawn; backward, its one-hot choice is taken for the softmax: dL/dlogit_j =
 * l p_drawn ([j = drawn] - p_j). @returns `[anchors, proposals]`, row-major
 */
function straightThroughGradient(drawn: readonly Drawn[], losses: readonly number[]): Float32Array {
  const rows = drawn.map(({ proposal, probabilities }, anchor) => {
    const scale = (losses[anchor] ?? Number.NaN) * (probabilities[proposal] ?? 0);
    return probabilities.map((probability, index) => scale * (Number(index === proposal) - probability));
  });
  return Float32Array.from(rows.flat());
}

function byFallingScore(row: readonly number[]): number[] {
  return [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
}
