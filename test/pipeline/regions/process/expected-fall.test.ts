import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { createExpectedFall } from "../../../../src/pipeline/regions/process/expected-fall.ts";
import { normalDensity, normalProbability } from "../../../../src/pipeline/regions/process/normal.ts";

interface MovingMean {
  readonly mean: number;
  readonly slope: number;
}

function expectedFall(means: readonly MovingMean[]): number {
  return createExpectedFall(means.length + 2)(
    means.map(({ mean }) => mean),
    means.map(({ slope }) => slope),
    means.length,
  );
}

describe("the normal distribution", () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [1.959963984540054, 0.975],
    [3, 0.9986501019683699],
    [6, 0.9999999990134123],
  ])("has probability below %d as tables have it, and its mirror image", (z, probability) => {
    expect(normalProbability(z)).toBeCloseTo(probability, 13);
    expect(normalProbability(-z)).toBeCloseTo(1 - probability, 13);
  });

  it("ends at 0 and 1, and its density is the slope of its probability", () => {
    expect(normalProbability(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalProbability(Number.POSITIVE_INFINITY)).toBe(1);
    for (const z of [-2.5, -1, 0, 0.3, 4]) {
      const slope = (normalProbability(z + 1e-5) - normalProbability(z - 1e-5)) / 2e-5;
      expect(normalDensity(z)).toBeCloseTo(slope, 8);
    }
  });
});

describe("the expected fall of the least mean by one look", () => {
  it("of one place that may move below another is the well-known expected improvement", () => {
    const improvement = (best: number, mean: number, deviation: number) => {
      const z = (best - mean) / deviation;
      return (best - mean) * normalProbability(z) + deviation * normalDensity(z);
    };
    for (const [best, mean, slope] of [
      [0, 0.5, 1],
      [-1, 0.2, 0.4],
      [0, 2, 0.3],
    ] as const) {
      const fall = expectedFall([
        { mean: best, slope: 0 },
        { mean, slope },
      ]);
      expect(fall).toBeCloseTo(improvement(best, mean, slope), 12);
    }
  });

  it.each([1, 2, 3, 4, 5, 6])("is what many looks give in the mean (seed %i)", (seed) => {
    const random = createRandom(seed, "fall");
    const means: MovingMean[] = Array.from({ length: 1 + random.integer(8) }, () => ({
      mean: random.gaussian(),
      slope: random.gaussian() * 0.7,
    }));
    const now = Math.min(...means.map(({ mean }) => mean));
    const draws = 200_000;
    let [sum, squares] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const z = random.gaussian();
      let least = Number.POSITIVE_INFINITY;
      for (const { mean, slope } of means) least = Math.min(least, mean + slope * z);
      sum += now - least;
      squares += (now - least) ** 2;
    }
    const mean = sum / draws;
    const error = Math.sqrt((squares / draws - mean ** 2) / draws);
    expect(Math.abs(expectedFall(means) - mean), `seed ${seed}`).toBeLessThan(5 * error + 1e-9);
  });

  it("is nothing where nothing moves, where all move together, and for one place alone", () => {
    const still = [1, 2, 3].map((mean) => ({ mean, slope: 0 }));
    expect(expectedFall(still)).toBe(0);
    expect(expectedFall(still.map(({ mean }) => ({ mean, slope: 0.8 })))).toBeCloseTo(0, 12);
    expect(expectedFall([{ mean: 3, slope: 2 }])).toBeCloseTo(0, 12);
  });

  it("minds neither the order of places nor one that stands there twice", () => {
    const places = [
      { mean: 0.1, slope: 0.5 },
      { mean: -0.2, slope: -0.1 },
      { mean: 0.4, slope: -1 },
    ];
    const fall = expectedFall(places);
    expect(expectedFall(places.toReversed())).toBeCloseTo(fall, 12);
    expect(expectedFall([...places, ...places])).toBeCloseTo(fall, 12);
    expect(fall).toBeGreaterThan(0);
  });
});
