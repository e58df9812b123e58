import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/pipeline/random.ts";

const seeds = [0, 1, 2, 12_345, 2 ** 31, 2 ** 32 - 1];
const count = 200_000;

/** Numbers drawn one by one. */
function draws(draw: () => number, length = count): Float64Array {
  return Float64Array.from({ length }, draw);
}

/** Mean of a function of the numbers. */
function mean(values: Float64Array, of: (value: number) => number = (value) => value): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[index] ?? Number.NaN) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return product / Math.sqrt(squareA * squareB);
}

/** Five standard errors of the mean of `count` numbers with that standard deviation. */
const bound = (deviation: number) => (5 * deviation) / Math.sqrt(count);

describe.each(seeds)("random numbers of seed %i", (seed) => {
  it("spread evenly over (0, 1), both ends excluded", () => {
    const values = draws(createRandom(seed, "uniform").uniform);
    expect(values.every((value) => value > 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(bound(Math.sqrt(1 / 12)));
    expect(Math.abs(mean(values, (u) => u * u) - 1 / 3)).toBeLessThan(bound(Math.sqrt(4 / 45)));
    const bins = new Array<number>(64).fill(0);
    for (const value of values) {
      const bin = Math.floor(value * 64);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const expected = count / 64;
    const chiSquare = bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: one fair generator in 100,000 exceeds 121.
    expect(chiSquare).toBeLessThan(121);
  });

  it("have the first four moments of a standard normal", () => {
    const values = draws(createRandom(seed, "normal").gaussian);
    expect(Math.abs(mean(values))).toBeLessThan(bound(1));
    expect(Math.abs(mean(values, (z) => z ** 2) - 1)).toBeLessThan(bound(Math.sqrt(2)));
    expect(Math.abs(mean(values, (z) => z ** 3))).toBeLessThan(bound(Math.sqrt(15)));
    expect(Math.abs(mean(values, (z) => z ** 4) - 3)).toBeLessThan(bound(Math.sqrt(96)));
  });

  it("have the mean and the variance of a standard Gumbel, and fall below x as often as exp(-exp(-x))", () => {
    const values = draws(createRandom(seed, "gumbel").gumbel);
    const euler = 0.5772156649;
    expect(Math.abs(mean(values) - euler)).toBeLessThan(bound(Math.PI / Math.sqrt(6)));
    const variance = mean(values, (g) => (g - euler) ** 2);
    // The kurtosis of a Gumbel is 5.4, so the squares deviate by sqrt(4.4) variances.
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(bound((Math.sqrt(4.4) * Math.PI ** 2) / 6));
    for (const x of [-1, 0, 1, 3]) {
      const share = mean(values, (g) => Number(g < x));
      const expected = Math.exp(-Math.exp(-x));
      expect(Math.abs(share - expected)).toBeLessThan(bound(Math.sqrt(expected * (1 - expected))));
    }
  });

  it("are whole numbers below a bound, each equally often", () => {
    const random = createRandom(seed, "integer");
    const values = draws(() => random.integer(7));
    for (let value = 0; value < 7; value++) {
      const share = mean(values, (drawn) => Number(drawn === value));
      expect(Math.abs(share - 1 / 7)).toBeLessThan(bound(Math.sqrt(6 / 49)));
    }
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < 7)).toBe(true);
  });

  it("of one draw say nothing about the next", () => {
    const values = draws(createRandom(seed, "serial").gaussian);
    for (const lag of [1, 2, 3, 16]) {
      expect(Math.abs(correlation(values.slice(lag), values.slice(0, -lag)))).toBeLessThan(bound(1));
    }
  });
});

describe("streams of random numbers", () => {
  it("repeat for the same seed and name", () => {
    const [a, b] = [createRandom(7, "noise 32x32"), createRandom(7, "noise 32x32")];
    expect(draws(a.gaussian, 100)).toEqual(draws(b.gaussian, 100));
    expect(a.gaussians(33)).toEqual(b.gaussians(33));
  });

  it("give these numbers on every machine", () => {
    const random = createRandom(42, "noise 16x16");
    expect([random.uniform(), random.uniform()]).toEqual(recorded.uniforms);
    expect([random.gaussian(), random.gumbel()]).toEqual(recorded.others);
  });

  it("are unrelated between names of one seed, between neighbouring seeds, and where name and seed change places", () => {
    const streams = [
      createRandom(0, ""),
      createRandom(0, "a"),
      createRandom(0, "b"),
      createRandom(0, "noise 32x32"),
      createRandom(0, "noise 32x33"),
      createRandom(1, "noise 32x32"),
      createRandom(2, "noise 32x32"),
      createRandom(2 ** 31, "noise 32x32"),
    ].map((random) => draws(random.gaussian, 50_000));
    for (const [first, a] of streams.entries()) {
      for (const [second, b] of streams.slice(first + 1).entries()) {
        const pair = `streams ${first} and ${first + 1 + second}`;
        expect(Math.abs(correlation(a, b)), pair).toBeLessThan(5 / Math.sqrt(50_000));
      }
    }
  });
});

/** Any change to these changes every picture that a seed has ever painted. */
const recorded = {
  uniforms: [0.6371690881205723, 0.9068258210318163],
  others: [2.0839890726302577, 0.5194874688842009],
};
