import { beforeAll, describe, expect, it } from "vitest";
import { featureNames } from "../../../../src/pipeline/regions/prior/box-features.ts";
import { errorOf, learnFromBook } from "../../../../src/pipeline/regions/prior/learn-from-book.ts";
import type { PriorNetworkWeights } from "../../../../src/pipeline/regions/prior/prior-network.ts";
import {
  type PriorPicture,
  trainPolicy,
  trainPrior,
} from "../../../../src/pipeline/regions/prior/train-prior.ts";
import { invertedLaw, type Law, law, picturesOf } from "./law.ts";

const epochs = 12;
const size = { features: featureNames.length, hidden: 8, members: 2 };
const reference = picturesOf({ pictures: 24, seed: 1 });
const unseen = picturesOf({ pictures: 30, seed: 2 });
let start: PriorNetworkWeights;

beforeAll(async () => {
  const pictures = picturesOf({ pictures: 60, seed: 3 });
  start = await trainPrior({ pictures, start: null, size, seed: 1, policy: { ...trainPolicy, epochs } });
});

function meanError(pictures: readonly PriorPicture[], weights: PriorNetworkWeights | null): number {
  return pictures.reduce((sum, picture) => sum + errorOf(picture, weights) / pictures.length, 0);
}

/** In the book's pictures alone a sixth feature counts as well. */
const widerLaw: Law = (of) => law(of) + 0.4 * of(5);

describe("learning from a book", () => {
  it("needs twenty pictures", async () => {
    const pictures = picturesOf({ pictures: 19, seed: 4 });
    await expect(learnFromBook({ pictures, start, reference, seed: 1, epochs })).rejects.toThrow(
      "at least 20",
    );
  });

  it("is taken where it does better on what was held out, and says by how much", async () => {
    const pictures = picturesOf({ pictures: 60, seed: 5, law: widerLaw });
    const learned = await learnFromBook({ pictures, start, reference: [], seed: 1, epochs });
    expect(learned.refusals).toEqual([]);
    expect(learned.reference).toBeNull();
    expect(learned.heldOut.after).toBeLessThan(learned.heldOut.before);
    expect(learned.trainedOn + learned.heldOut.pictures).toBe(60);
  });

  it("begins from nothing where the pack has no network", async () => {
    const pictures = picturesOf({ pictures: 60, seed: 6 });
    const learned = await learnFromBook({ pictures, start: null, reference: [], seed: 1, epochs });
    expect(learned.refusals).toEqual([]);
    expect(meanError(unseen, learned.weights)).toBeLessThan(0.7 * meanError(unseen, null));
  });

  it("does not forget the pack's own pictures over a book of one kind", async () => {
    const shift = { feature: 0, by: 1.5 };
    const pictures = picturesOf({ pictures: 60, seed: 7, shift, law: widerLaw });
    const { weights, refusals } = await learnFromBook({ pictures, start, reference, seed: 1, epochs });
    const [before, after] = [meanError(unseen, start), meanError(unseen, weights)];
    // Either what was known is still known, or the network is not taken.
    if (refusals.length === 0) expect(after).toBeLessThan(1.15 * before);
    else expect(refusals).toContain("reference");
    expect(after).toBeLessThan(0.7 * meanError(unseen, null));
  });

  it("is refused where it forgot: a book that says the opposite", async () => {
    const pictures = picturesOf({ pictures: 60, seed: 8, law: invertedLaw });
    const { refusals } = await learnFromBook({ pictures, start, reference, seed: 1, epochs });
    expect(refusals).toContain("reference");
  });

  it.each([11, 12, 13, 14, 15, 16])(
    "is no worse for a book of which three in ten say the opposite, or refused (seed %i)",
    async (seed) => {
      const sound = picturesOf({ pictures: 42, seed });
      const poisoned = picturesOf({ pictures: 18, seed: seed + 100, law: invertedLaw });
      const learned = await learnFromBook({
        pictures: [...sound, ...poisoned],
        start,
        reference,
        seed,
        epochs,
      });
      if (learned.refusals.length === 0)
        expect(meanError(unseen, learned.weights)).toBeLessThan(1.05 * meanError(unseen, start));
      else expect(learned.reference?.after).toBeGreaterThan(0);
    },
  );

  it("gives a picture's many records no more say than another's one", async () => {
    const sound = picturesOf({ pictures: 40, seed: 9 });
    const [odd] = picturesOf({ pictures: 1, seed: 10, law: invertedLaw }) as [PriorPicture];
    const many = Array.from({ length: 40 }, () => ({ ...odd, weight: 1 / 40 }));
    const options = { start, reference, seed: 1, epochs: 4 };
    const one = await learnFromBook({ pictures: [...sound, ...many], ...options });
    expect(meanError(unseen, one.weights)).toBeLessThan(1.2 * meanError(unseen, start));
  });
});
