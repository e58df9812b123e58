import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { createGaussianProcess } from "../../../../src/pipeline/regions/process/gaussian-process.ts";
import { choleskyOf, solve } from "./cholesky.ts";

const seeds = [1, 2, 3, 4, 5];

/** A covariance of places on a line, which go together the more the nearer they are. */
function lineOf(places: number): Float64Array {
  return Float64Array.from({ length: places ** 2 }, (_, cell) =>
    Math.exp(-Math.abs(Math.floor(cell / places) - (cell % places)) / 2),
  );
}

describe("a Gaussian process that looks place by place", () => {
  it.each(seeds)(
    "has the means and covariance that solving with all looks at once gives (seed %i)",
    (seed) => {
      const random = createRandom(seed, "process");
      const places = 9;
      const prior = lineOf(places);
      const expected = Float64Array.from({ length: places }, () => random.gaussian());
      const looks = Array.from({ length: 5 }, () => ({
        place: random.integer(places),
        noise: 0.05 + random.uniform(),
        seen: random.gaussian(),
      }));
      const process = createGaussianProcess(prior);
      for (const { place, noise } of looks) process.look(place, noise);

      const lower = choleskyOf(
        looks.flatMap((a, row) =>
          looks.map((b, column) => prior[a.place * places + b.place]! + (row === column ? a.noise : 0)),
        ),
      )!;
      const surprises = solve(
        lower,
        looks.map(({ place, seen }) => seen - expected[place]!),
      );
      const means = process.means(
        looks.map(({ seen }) => seen),
        expected,
      );
      for (let place = 0; place < places; place++) {
        const along = looks.map((look) => prior[look.place * places + place]!);
        const mean = along.reduce((sum, value, index) => sum + value * surprises[index]!, expected[place]!);
        expect(means[place]).toBeCloseTo(mean, 9);
        for (let other = 0; other < places; other++) {
          const weights = solve(lower, along);
          const known = looks.reduce(
            (sum, look, index) => sum + weights[index]! * prior[look.place * places + other]!,
            0,
          );
          const left = prior[place * places + other]! - known;
          expect(process.covariance[place * places + other]).toBeCloseTo(left, 9);
        }
      }
    },
  );

  it("with hardly any noise expects what was seen where it was seen, and is sure of it", () => {
    const process = createGaussianProcess(lineOf(6));
    const seen = [2, -1, 0.5];
    for (const place of [0, 3, 5]) process.look(place, 1e-9);
    const means = process.means(seen, new Float64Array(6));
    for (const [index, place] of [0, 3, 5].entries()) {
      expect(means[place]).toBeCloseTo(seen[index]!, 6);
      expect(process.covariance[place * 7]).toBeCloseTo(0, 6);
    }
    expect(means[1]).toBeGreaterThan(means[2]!);
  });

  it.each(seeds)("stays symmetric, and never becomes surer than is possible (seed %i)", (seed) => {
    const random = createRandom(seed, "looks");
    const places = 12;
    const process = createGaussianProcess(lineOf(places));
    for (let look = 0; look < 40; look++) process.look(random.integer(places), 0.1);
    const { covariance } = process;
    const lifted = covariance.map((value, cell) => value + (cell % (places + 1) === 0 ? 1e-9 : 0));
    expect(choleskyOf(lifted)).not.toBeNull();
    for (let cell = 0; cell < covariance.length; cell++) {
      const mirrored = (cell % places) * places + Math.floor(cell / places);
      expect(covariance[cell]).toBeCloseTo(covariance[mirrored]!, 12);
    }
  });

  it("may look before anything is seen: means need no more values than there are", () => {
    const process = createGaussianProcess(lineOf(3));
    process.look(0, 0.1);
    const before = process.means([1], new Float64Array(3));
    process.look(2, 0.1);
    expect(process.means([1], new Float64Array(3))).toEqual(before);
    expect(process.means([], Float64Array.of(1, 2, 3))).toEqual(Float64Array.of(1, 2, 3));
  });

  it("refuses what is no number, and more values than looks", () => {
    const process = createGaussianProcess(lineOf(3));
    process.look(0, 0.1);
    expect(() => process.means([Number.NaN], new Float64Array(3))).toThrow(/Expected a number .* got NaN/);
    expect(() => process.means([1, 2], new Float64Array(3))).toThrow(/look 2/);
  });
});
