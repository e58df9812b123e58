import { createRandom } from "../../../../src/pipeline/random.ts";
import { featureNames, featuresVersion } from "../../../../src/pipeline/regions/prior/box-features.ts";
import { ownMoments } from "../../../../src/pipeline/regions/prior/prior-network.ts";
import type { LossRecord } from "../../../../src/pipeline/regions/prior/records.ts";
import type { PriorPicture } from "../../../../src/pipeline/regions/prior/train-prior.ts";

/** What `siftRecords` is asked for in these tests. */
export const made = "law 1 test";

/** A loss that hangs on three features of a box: a world that is simple enough to be learned from a few pictures. */
export type Law = (feature: (index: number) => number) => number;

export const law: Law = (of) => 1.5 - 0.3 * of(0) + 0.2 * Math.abs(of(6)) - 0.2 * of(15);
export const invertedLaw: Law = (of) => 3 - law(of);

export interface LawOptions {
  readonly pictures: number;
  /** Of all numbers that are drawn. */
  readonly seed: number;
  readonly law?: Law;
  readonly boxes?: number;
  /** What is added to one feature of all boxes: pictures of one kind alone. */
  readonly shift?: { readonly feature: number; readonly by: number };
  readonly noise?: number;
}

/** Records of pictures whose losses follow a law. */
export function recordsOf(options: LawOptions): LossRecord[] {
  const { pictures, seed, boxes = 10, noise = 0.05, shift } = options;
  const lossOf = options.law ?? law;
  return Array.from({ length: pictures }, (_, picture) => {
    const random = createRandom(seed, `picture ${picture}`);
    const rows = Array.from({ length: boxes }, () =>
      featureNames.map((_name, index) => random.gaussian() * 0.5 + (shift?.feature === index ? shift.by : 0)),
    );
    const own = ownMoments({ data: Float32Array.from(rows.flat()), shape: [boxes, featureNames.length] });
    return {
      version: featuresVersion,
      made,
      steps: 3,
      mean: [...own.mean],
      spread: [...own.spread],
      boxes: rows,
      losses: rows.map((row) => Math.max(0, lossOf((index) => row[index] ?? 0) + noise * random.gaussian())),
    };
  });
}

export function pictureOf({ boxes, mean, spread, losses }: LossRecord): PriorPicture {
  return {
    features: { data: Float32Array.from(boxes.flat()), shape: [boxes.length, featureNames.length] },
    own: { mean: Float32Array.from(mean), spread: Float32Array.from(spread) },
    losses,
    weight: 1,
  };
}

export const picturesOf = (options: LawOptions) => recordsOf(options).map(pictureOf);
