import type { Estimator } from "../../../types.ts";
import type { Random } from "../../random.ts";
import { softmax } from "../zero-shot.ts";

export interface ObjectiveOptions {
  readonly estimator: Estimator;
  /** Of the entropy that is rewarded beside a low expected loss. */
  readonly entropyWeight: number;
  /** Draws of the two sampled estimators. */
  readonly random: Random;
}

/**
 * Gradient of what the region network is trained on: the expected loss less a share of the entropy among the painted
 * proposals.
 *
 * @param losses `[anchor][proposal]`, less what is expected of the anchor; `null` where not painted, which is taken to
 *   be as good as expected.
 */
export function objectiveGradient(
  logits: Float32Array,
  losses: readonly (readonly (number | null)[])[],
  { estimator, entropyWeight, random }: ObjectiveOptions,
): Float32Array {
  const filled = losses.map((row) => row.map((loss) => loss ?? 0));
  const isPainted = losses.map((row) => row.map((loss) => loss !== null));
  const spread = negativeEntropyGradient(logits, isPainted);
  return logitsGradient(logits, filled, estimator, random).map(
    (value, index) => value + entropyWeight * (spread[index] ?? 0),
  );
}

/**
 * Gradient of the expected loss J = sum_ij p_ij l_ij with respect to the logits, row by row, exactly or as an
 * unbiased or straight-through estimate from one draw an anchor.
 *
 * @param logits `[anchors, proposals]`, row-major.
 * @param losses `[anchor][proposal]`.
 * @param random draws of the two sampled estimators; `expected` uses none.
 * @returns `[anchors, proposals]`, row-major; each row sums to 0.
 */
export function logitsGradient(
  logits: Float32Array,
  losses: readonly (readonly number[])[],
  estimator: Estimator,
  random: Random,
): Float32Array {
  const gradient = new Float32Array(logits.length);
  let offset = 0;
  for (const row of losses) {
    const rowLogits = [...logits.subarray(offset, offset + row.length)];
    const probabilities = softmax(rowLogits);
    gradient.set(estimates[estimator](rowLogits, probabilities, row, random), offset);
    offset += row.length;
  }
  return gradient;
}

/**
 * Gradient of minus the entropy of each anchor's probabilities among its painted proposals, with respect to the
 * logits. Without some of it the softmax closes in on whatever looked best first: the gradient of the expected loss
 * goes with the probabilities, and what has lost its probability never gets it back.
 *
 * @param logits `[anchors, proposals]`, row-major.
 * @param isPainted `[anchor][proposal]`; logits of others are left alone.
 * @returns `[anchors, proposals]`, row-major; each row sums to 0.
 */
export function negativeEntropyGradient(
  logits: Float32Array,
  isPainted: readonly (readonly boolean[])[],
): Float32Array {
  const gradient = new Float32Array(logits.length);
  let offset = 0;
  for (const row of isPainted) {
    const places = row.flatMap((painted, proposal) => (painted ? [offset + proposal] : []));
    const probabilities = softmax(places.map((place) => logits[place] ?? 0));
    const logs = probabilities.map((probability) => Math.log(Math.max(probability, 1e-30)));
    const negativeEntropy = dot(probabilities, logs);
    for (const [index, place] of places.entries()) {
      gradient[place] = (probabilities[index] ?? 0) * ((logs[index] ?? 0) - negativeEntropy);
    }
    offset += row.length;
  }
  return gradient;
}

/** `[anchor][proposal]` probabilities of row-major logits. */
export function probabilityRows(logits: Float32Array, proposals: number): number[][] {
  return Array.from({ length: logits.length / proposals }, (_, anchor) =>
    softmax([...logits.subarray(anchor * proposals, (anchor + 1) * proposals)]),
  );
}

type Estimate = (
  logits: readonly number[],
  probabilities: readonly number[],
  losses: readonly number[],
  random: Random,
) => number[];

const estimates: Record<Estimator, Estimate> = {
  expected: (_logits, probabilities, losses) => expectedGradient(probabilities, losses),

  // The forward pass takes one proposal (the largest of logits plus Gumbel noise) and pays its loss; the backward
  // pass goes through the softmax of the same noisy logits. The loss is linear in the choice, so only that matters.
  "straight-through": (logits, _probabilities, losses, random) =>
    expectedGradient(softmax(logits.map((logit) => logit + random.gumbel())), losses),

  reinforce(logits, probabilities, losses, random) {
    const noisy = logits.map((logit) => logit + random.gumbel());
    const drawn = noisy.indexOf(Math.max(...noisy));
    const baseline = dot(probabilities, losses);
    const advantage = (losses[drawn] ?? 0) - baseline;
    return probabilities.map((probability, index) => advantage * (Number(index === drawn) - probability));
  },
};

/** d/dlogit_j of sum_k p_k l_k = p_j (l_j - sum_k p_k l_k). */
function expectedGradient(probabilities: readonly number[], losses: readonly number[]): number[] {
  const expected = dot(probabilities, losses);
  return probabilities.map((probability, index) => probability * ((losses[index] ?? 0) - expected));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
