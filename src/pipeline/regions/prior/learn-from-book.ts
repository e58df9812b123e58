import { createRandom } from "../../random.ts";
import { answersOf, centred, type PriorNetworkWeights, priorInputs } from "./prior-network.ts";
import { pictureKey } from "./records.ts";
import { type PriorPicture, priorSize, standardLosses, trainPolicy, trainPrior } from "./train-prior.ts";

export interface LearnFromBookOptions {
  /** Of the book, sifted. */
  readonly pictures: readonly PriorPicture[];
  /** What edits start from today; `null` where they start from nothing. */
  readonly start: PriorNetworkWeights | null;
  /** The pack's own pictures; every other one is rehearsed, the rest tell what was forgotten. */
  readonly reference: readonly PriorPicture[];
  readonly seed: number;
  readonly epochs?: number;
  onEpoch?(epoch: number, epochs: number): Promise<void> | void;
}

/** Mean Huber error of standardised losses: of the network that edits start from today, and of the one that was learned. */
export interface Comparison {
  readonly pictures: number;
  readonly before: number;
  readonly after: number;
}

export interface LearnedFromBook {
  readonly weights: PriorNetworkWeights;
  readonly trainedOn: number;
  readonly heldOut: Comparison;
  /** `null` where there are no pictures of the pack's own. */
  readonly reference: Comparison | null;
  /** Why it must not be used; empty where it may. */
  readonly refusals: readonly ("held-out" | "reference")[];
}

/** Fewer say nothing. */
export const fewestPictures = 20;
/** Of the book's pictures, drawn by the picture, so that no other record of it is learned from. */
const heldOutShare = 0.2;

/**
 * Learns from a book, beginning from what edits start from today, together with as many of the pack's own pictures. It
 * is refused where it does no better on what was held out of the book, or worse on those of the pack's pictures that it did not
 * rehearse.
 * @throws RangeError for fewer pictures than `fewestPictures`
 */
export async function learnFromBook(options: LearnFromBookOptions): Promise<LearnedFromBook> {
  const { pictures, start, reference, seed, onEpoch, epochs = trainPolicy.epochs } = options;
  if (pictures.length < fewestPictures)
    throw new RangeError(`Expected at least ${fewestPictures} pictures, got ${pictures.length}.`);
  const training = pictures.filter((picture) => !isHeldOut(picture, seed));
  const heldOut = pictures.filter((picture) => isHeldOut(picture, seed));
  const rehearsed = reference.filter((_, index) => index % 2 === 1);
  const kept = reference.filter((_, index) => index % 2 === 0);
  const weights = await trainPrior({
    pictures: [...training, ...rehearsed],
    start,
    size: priorSize,
    seed,
    policy: { ...trainPolicy, epochs },
    ...(onEpoch && { onEpoch }),
  });
  const onHeldOut = compare(heldOut, start, weights);
  const onReference = kept.length > 0 ? compare(kept, start, weights) : null;
  const refusals: LearnedFromBook["refusals"][number][] = [];
  if (!(onHeldOut.after < onHeldOut.before)) refusals.push("held-out");
  if (onReference && !(onReference.after <= onReference.before)) refusals.push("reference");
  return {
    weights,
    trainedOn: training.length,
    heldOut: onHeldOut,
    reference: onReference,
    refusals,
  };
}

/** Mean Huber error, with a bend at 1, of the standardised losses that a network expects; without one, all are expected alike. */
export function errorOf(
  { features, own, losses }: PriorPicture,
  weights: PriorNetworkWeights | null,
): number {
  const wanted = standardLosses(losses);
  const found = weights && centred(answersOf(weights, priorInputs(weights, features, own)));
  const errors = wanted.map((loss, box) => {
    const distance = Math.abs(loss - (found?.[box] ?? 0));
    return distance <= 1 ? distance ** 2 / 2 : distance - 0.5;
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function compare(
  pictures: readonly PriorPicture[],
  start: PriorNetworkWeights | null,
  learned: PriorNetworkWeights,
): Comparison {
  const before = pictures.map((picture) => errorOf(picture, start));
  const after = pictures.map((picture) => errorOf(picture, learned));
  const weights = pictures.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value, index) => sum + value * ((weights[index] ?? 0) / total), 0);
  return {
    pictures: pictures.length,
    before: mean(before),
    after: mean(after),
  };
}

function isHeldOut({ own }: PriorPicture, seed: number): boolean {
  return createRandom(seed, `held out ${pictureKey(own.mean)}`).uniform() < heldOutShare;
}
