import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import {
  logitsGradient,
  negativeEntropyGradient,
  probabilityRows,
} from "../../../../src/pipeline/regions/learning/objective.ts";
import { type Estimator, estimators } from "../../../../src/types.ts";

type Losses = readonly (readonly number[])[];

/** The expected loss J of one anchor, as its equation has it. */
function expectedLoss(logits: readonly number[], losses: readonly number[]): number {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.reduce((sum, power, index) => sum + (power / total) * (losses[index] ?? 0), 0);
}

function finiteDifferences(logits: readonly number[], losses: readonly number[]): number[] {
  const step = 1e-5;
  return logits.map((_, index) => {
    const moved = (by: number) => logits.map((logit, other) => logit + (other === index ? by : 0));
    return (expectedLoss(moved(step), losses) - expectedLoss(moved(-step), losses)) / (2 * step);
  });
}

const gradientOf = (logits: readonly number[], losses: Losses, estimator: Estimator, seed = 1) =>
  logitsGradient(Float32Array.from(logits), losses, estimator, createRandom(seed, "gradient"));

describe("the exact gradient of the expected loss", () => {
  it.each([1, 2, 3, 4, 5])("is what finite differences of it say (seed %i)", (seed) => {
    const random = createRandom(seed, "objective");
    const logits = [...random.gaussians(14)].map((logit) => 2 * logit);
    const losses = [[...random.gaussians(7)], [...random.gaussians(7)]];
    const actual = gradientOf(logits, losses, "expected");
    const expected = losses.flatMap((row, anchor) =>
      finiteDifferences(logits.slice(7 * anchor, 7 * anchor + 7).map(Math.fround), row),
    );
    for (const [index, value] of expected.entries())
      expect(actual[index], `seed ${seed}`).toBeCloseTo(value, 5);
  });
});

describe.each(estimators)("the %s gradient", (estimator) => {
  it("sums to 0 over each anchor's proposals, which a shift of all logits leaves alike", () => {
    const random = createRandom(3, "sums");
    const logits = [...random.gaussians(15)];
    const losses = [0, 1, 2].map(() => [...random.gaussians(5)]);
    const gradient = gradientOf(logits, losses, estimator);
    for (const anchor of [0, 1, 2]) {
      const row = gradient.subarray(5 * anchor, 5 * anchor + 5);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
    }
  });

  it("does not change when the same amount is added to all losses", () => {
    const logits = [0.5, -0.2, 1];
    const losses = [3, 1, 2];
    const raised = losses.map((loss) => loss + 10);
    const [plain, shifted] = [
      gradientOf(logits, [losses], estimator),
      gradientOf(logits, [raised], estimator),
    ];
    for (const [index, value] of plain.entries()) expect(shifted[index]).toBeCloseTo(value, 5);
  });
});

describe("the sampled estimators", () => {
  const draws = 40_000;

  /** Mean and standard error of each entry over many draws. */
  function meanGradient(logits: readonly number[], losses: Losses, estimator: Estimator, seed: number) {
    const random = createRandom(seed, "draws");
    const row = Float32Array.from(logits);
    const [sums, squares] = [logits.map(() => 0), logits.map(() => 0)];
    for (let draw = 0; draw < draws; draw++) {
      for (const [index, value] of logitsGradient(row, losses, estimator, random).entries()) {
        sums[index] = (sums[index] ?? 0) + value;
        squares[index] = (squares[index] ?? 0) + value * value;
      }
    }
    const means = sums.map((sum) => sum / draws);
    const errors = squares.map((square, index) =>
      Math.sqrt((square / draws - (means[index] ?? 0) ** 2) / draws),
    );
    return { means, errors };
  }

  const cosineOf = (a: readonly number[], b: readonly number[]) => {
    const dot = (x: readonly number[], y: readonly number[]) =>
      x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  it.each([1, 2, 3])("reinforce has the exact gradient as its mean (seed %i)", (seed) => {
    const random = createRandom(seed, "reinforce");
    const logits = [...random.gaussians(5)];
    const losses = [[...random.gaussians(5)]];
    const exact = gradientOf(logits, losses, "expected");
    const { means, errors } = meanGradient(logits, losses, "reinforce", seed);
    for (const [index, mean] of means.entries()) {
      const told = `seed ${seed}, entry ${index}`;
      expect(errors[index], told).toBeGreaterThan(0);
      expect(Math.abs(mean - (exact[index] ?? 0)), told).toBeLessThan(5 * (errors[index] ?? 0));
    }
  });

  it.each([1, 2, 3, 4, 5])(
    "straight-through points the way of the exact gradient on average (seed %i)",
    (seed) => {
      const random = createRandom(seed, "straight-through");
      const logits = [...random.gaussians(5)];
      const losses = [[...random.gaussians(5)]];
      const exact = [...gradientOf(logits, losses, "expected")];
      const { means } = meanGradient(logits, losses, "straight-through", seed);
      expect(cosineOf(means, exact), `seed ${seed}`).toBeGreaterThan(0.95);
    },
  );

  it("repeat for the same stream of random numbers, and differ for another", () => {
    const losses = [[1, 2, 3]];
    for (const estimator of ["straight-through", "reinforce"] as const) {
      const gradient = (seed: number) => gradientOf([0.1, 0.2, 0.3], losses, estimator, seed);
      expect(gradient(1)).toEqual(gradient(1));
      const others = [2, 3, 4, 5].map(gradient);
      expect(others.some((other) => other.join() !== gradient(1).join())).toBe(true);
    }
  });
});

describe("the gradient of minus the entropy", () => {
  it("is what finite differences of it say, among the painted proposals alone", () => {
    const logits = [0.3, -1.2, 2, 0.1, -0.4];
    const isPainted = [true, false, true, true, false];
    const negativeEntropy = (moved: readonly number[]) => {
      const powers = moved.filter((_, index) => isPainted[index]).map(Math.exp);
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.reduce((sum, power) => sum + (power / total) * Math.log(power / total), 0);
    };
    const step = 1e-5;
    const actual = negativeEntropyGradient(Float32Array.from(logits), [isPainted]);
    for (const [index, value] of actual.entries()) {
      const moved = (by: number) => logits.map((logit, other) => logit + (other === index ? by : 0));
      expect(value).toBeCloseTo(
        (negativeEntropy(moved(step)) - negativeEntropy(moved(-step))) / (2 * step),
        5,
      );
    }
    expect(actual[1]).toBe(0);
  });

  it("is nothing for a lone painting, for none, and where all are as likely", () => {
    const gradient = negativeEntropyGradient(Float32Array.of(5, -3, 1, 1, 1, 2), [
      [false, true],
      [true, true],
      [false, false],
    ]);
    for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-7);
  });
});

describe("probabilities", () => {
  it("are the softmax of each anchor's row of logits", () => {
    const [first = [], second = []] = probabilityRows(Float32Array.of(0, 0, Math.log(2), 5, 5, 5), 3);
    expect(first.map((value) => Number(value.toFixed(5)))).toEqual([0.25, 0.25, 0.5]);
    expect(second.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });
});
