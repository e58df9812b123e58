import { describe, expect, it } from "vitest";
import { bootstrap, meanWithInterval, pairedDifference } from "../../../src/eval/statistics/bootstrap.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

/** How often the interval of samples of a known distribution covers its true mean. */
function coverage(
  draw: (random: ReturnType<typeof createRandom>) => number,
  truth: number,
  size: number,
): number {
  const random = createRandom(7, "known distribution");
  const runs = 1000;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const values = Array.from({ length: size }, () => draw(random));
    const { low, high } = meanWithInterval(values, { resamples: 300, seed: run });
    if (low <= truth && truth <= high) covered++;
  }
  return covered / runs;
}

describe("bootstrap intervals", () => {
  it.each([
    ["normal", (random: ReturnType<typeof createRandom>) => 3 + 2 * random.gaussian(), 3],
    ["uniform", (random: ReturnType<typeof createRandom>) => random.uniform(), 0.5],
    ["yes or no", (random: ReturnType<typeof createRandom>) => Number(random.uniform() < 0.7), 0.7],
  ])(
    "cover the true mean of samples of 60 nineteen times in twenty, give or take 0.03: %s",
    (_, draw, truth) => {
      const share = coverage(draw, truth, 60);
      expect(share).toBeGreaterThan(0.92);
      expect(share).toBeLessThan(0.98);
    },
  );

  it("are as wide as the normal approximation says of many values", () => {
    const random = createRandom(3);
    const values = Array.from({ length: 2000 }, () => random.gaussian());
    const { mean, low, high } = meanWithInterval(values);
    expect(high - low).toBeCloseTo((2 * 1.96) / Math.sqrt(2000), 2);
    expect((low + high) / 2).toBeCloseTo(mean, 2);
  });

  it("are the same for the same values, and say nothing of one value", () => {
    const values = [1, 4, 2, 8, 5];
    expect(meanWithInterval(values)).toEqual(meanWithInterval(values));
    expect(meanWithInterval([4])).toEqual({ mean: 4, low: 4, high: 4 });
    expect(meanWithInterval([]).mean).toBeNaN();
  });

  it("of paired differences do not count what both share", () => {
    const random = createRandom(5);
    const shared = Array.from({ length: 40 }, () => 100 * random.gaussian());
    const a = shared.map((value) => value + 1 + 0.01 * random.gaussian());
    const { mean, low, high } = pairedDifference(a, shared);
    expect(mean).toBeCloseTo(1, 1);
    expect(high - low).toBeLessThan(0.02);
    expect(() => pairedDifference([1, 2], [1])).toThrow("Expected 2 pairs, got 1 others.");
  });

  it("of any figure: the median of draws lies in it", () => {
    const random = createRandom(9);
    const median = (items: readonly number[]) =>
      [...items].sort((x, y) => x - y)[Math.floor(items.length / 2)] ?? 0;
    const values = Array.from({ length: 201 }, () => random.gaussian());
    const { low, high } = bootstrap(values, median, { resamples: 500 });
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});
