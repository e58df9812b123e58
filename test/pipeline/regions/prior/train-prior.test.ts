import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { featureNames } from "../../../../src/pipeline/regions/prior/box-features.ts";
import { errorOf } from "../../../../src/pipeline/regions/prior/learn-from-book.ts";
import {
  expectedLosses,
  initialPrior,
  jointMoments,
  ownMoments,
  priorInputs,
} from "../../../../src/pipeline/regions/prior/prior-network.ts";
import {
  priorGradient,
  standardLosses,
  trainPolicy,
  trainPrior,
} from "../../../../src/pipeline/regions/prior/train-prior.ts";
import { picturesOf } from "./law.ts";

const features = featureNames.length;
const size = { features, hidden: 8, members: 2 };
const policy = { ...trainPolicy, epochs: 20 };

describe("a network that says what losses to expect", () => {
  it("expects all boxes to be alike before it was trained", () => {
    const [picture] = picturesOf({ pictures: 1, seed: 1 });
    const weights = initialPrior(size, picture!.own, 1);
    expect([...expectedLosses(weights, picture!.features)]).toEqual(Array(10).fill(0));
  });

  it("has the gradient that finite differences give", () => {
    const [picture] = picturesOf({ pictures: 1, seed: 2, boxes: 5 });
    const start = initialPrior(size, picture!.own, 3);
    const random = createRandom(4);
    const parameters = start.parameters.map((value) => value + 0.3 * random.gaussian());
    const weights = { ...start, members: 1, parameters: parameters.slice(0, parameters.length / 2) };
    const gradient = priorGradient(weights, picture!);
    const errorWith = (index: number, step: number) => {
      const moved = weights.parameters.slice();
      moved[index] = moved[index]! + step;
      return errorOf(picture!, { ...weights, parameters: moved });
    };
    const steep = [...gradient.keys()].filter((index) => Math.abs(gradient[index]!) > 0.01);
    expect(steep.length).toBeGreaterThan(50);
    const step = 1 / 512;
    const checked = steep.filter((_, place) => place % 7 === 0);
    const off = checked.map((index) =>
      Math.abs((errorWith(index, step) - errorWith(index, -step)) / (2 * step) - gradient[index]!),
    );
    // A ReLU or the bend of the error may lie between the two steps of a few.
    expect(off.filter((distance) => distance > 0.003).length).toBeLessThan(checked.length / 10);
  });

  it("learns a law of the features that holds for pictures that it has not seen", async () => {
    const weights = await trainPrior({
      pictures: picturesOf({ pictures: 60, seed: 5 }),
      start: null,
      ...{ size, seed: 1, policy },
    });
    const unseen = picturesOf({ pictures: 20, seed: 6 });
    const mean = (errors: number[]) => errors.reduce((sum, error) => sum + error / errors.length, 0);
    const without = mean(unseen.map((picture) => errorOf(picture, null)));
    expect(mean(unseen.map((picture) => errorOf(picture, weights)))).toBeLessThan(0.5 * without);
  });

  it("gives the same network for the same seed, and another for another", async () => {
    const pictures = picturesOf({ pictures: 6, seed: 7, boxes: 5 });
    const options = { pictures, start: null, size, policy: { ...policy, epochs: 2 } };
    const one = await trainPrior({ ...options, seed: 1 });
    expect((await trainPrior({ ...options, seed: 1 })).parameters).toEqual(one.parameters);
    expect((await trainPrior({ ...options, seed: 2 })).parameters).not.toEqual(one.parameters);
  });

  it("goes on from a network that is given, and leaves that one as it was", async () => {
    const pictures = picturesOf({ pictures: 6, seed: 8, boxes: 5 });
    const start = await trainPrior({
      pictures,
      start: null,
      size,
      seed: 1,
      policy: { ...policy, epochs: 2 },
    });
    const before = start.parameters.slice();
    const more = await trainPrior({ pictures, start, size, seed: 1, policy: { ...policy, epochs: 1 } });
    expect(start.parameters).toEqual(before);
    expect(more.parameters).not.toEqual(before);
    expect(more.mean).toEqual(start.mean);
  });
});

describe("what it is told of a box", () => {
  it("is where its features lie among all pictures and among its own picture's boxes, at most 4 deviations off", () => {
    const own = { mean: Float32Array.of(2), spread: Float32Array.of(0.5) };
    const all = { mean: Float32Array.of(0), spread: Float32Array.of(0.25) };
    expect(priorInputs(all, { data: Float32Array.of(3), shape: [1, 1] }, own)).toEqual([
      Float64Array.of(4, 2),
    ]);
  });

  it("counts a feature that all boxes share as no deviation", () => {
    const own = ownMoments({ data: Float32Array.of(0.5, 1, 0.5, 3), shape: [2, 2] });
    expect([...own.mean]).toEqual([0.5, 2]);
    expect([...own.spread]).toEqual([1, 1]);
    const other = { mean: Float32Array.of(1.5, 2), spread: Float32Array.of(1, 1) };
    // Both pictures' boxes share their first feature; it is told apart by picture.
    expect(jointMoments([own, other]).spread[0]).toBeCloseTo(0.5, 6);
  });

  it("are losses without their height and spread", () => {
    expect([...standardLosses([1, 3])]).toEqual([-1, 1]);
    expect([...standardLosses([2, 2, 2])]).toEqual([0, 0, 0]);
  });
});
