import { describe, expect, it } from "vitest";
import { crossedBootstrap } from "../../../src/eval/statistics/crossed-bootstrap.ts";
import {
  type Comparison,
  preferencesOf,
  scoreInterval,
} from "../../../src/eval/statistics/people-preference.ts";
import { normal975, student975 } from "../../../src/eval/statistics/student.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { type SimulatedStudy, simulateVotes, trueShare } from "./simulated-voters.ts";

const runs = 1000;

/** How many of 1,000 studies have the truth in their interval, in per cent. */
function coverageOf(study: SimulatedStudy): number {
  const [first = "", second = ""] = Object.keys(study.scores);
  const difference = (study.scores[first] ?? 0) - (study.scores[second] ?? 0);
  const truth = trueShare(difference, study.personSpread, study.pictureSpread, study.ties);
  let covered = 0;
  for (let seed = 0; seed < runs; seed++) {
    const [found] = preferencesOf(simulateVotes(study, seed), [[first, second]], { resamples: 100, seed });
    if (found && found.low <= truth && truth <= found.high) covered++;
  }
  return (100 * covered) / runs;
}

describe("a preference", () => {
  it.each<[string, SimulatedStudy]>([
    [
      "nobody differs",
      {
        scores: { a: 0.8, b: 0 },
        people: 40,
        pictures: 30,
        votesEach: 10,
        personSpread: 0,
        pictureSpread: 0,
      },
    ],
    [
      "people differ",
      {
        scores: { a: 1.2, b: 0 },
        people: 40,
        pictures: 40,
        votesEach: 15,
        personSpread: 0.8,
        pictureSpread: 0,
      },
    ],
    [
      "pictures differ",
      {
        scores: { a: 0.5, b: 0 },
        people: 30,
        pictures: 40,
        votesEach: 20,
        personSpread: 0,
        pictureSpread: 0.7,
      },
    ],
    [
      "both differ and some call it a tie",
      {
        ...{ scores: { a: 1, b: 0 }, people: 40, pictures: 40, votesEach: 12 },
        ...{ personSpread: 0.5, pictureSpread: 0.5, ties: 0.2 },
      },
    ],
  ])(
    "of simulated voters lies in its interval in 95 % of 1,000 studies, within 2, where %s",
    (_, study) => {
      const covered = coverageOf(study);
      expect(covered).toBeGreaterThanOrEqual(93);
      expect(covered).toBeLessThanOrEqual(97);
    },
    300_000,
  );

  it("has the deviation of independent votes where nobody differs: the paper's table, at 1.96 times it", () => {
    // 203 people with 40 pairs over five methods are 1,624 votes each; Table 1 has these five lines.
    const table = [
      [80.5, 1.9],
      [73.2, 2.2],
      [88.2, 1.6],
      [91.9, 1.3],
      [90.8, 1.4],
    ] as const;
    for (const [percent, printed] of table) {
      const votes = Array.from({ length: 1624 }, (_, index): Comparison => {
        const share = Number(index < (percent / 100) * 1624);
        return { person: `p${index}`, picture: `i${index}`, first: "ours", second: "theirs", share };
      });
      const [found] = preferencesOf(votes, [["ours", "theirs"]], { resamples: 2000 });
      expect(100 * (found?.share ?? 0)).toBeCloseTo(percent, 1);
      expect(Math.abs(196 * (found?.deviation ?? 0) - printed)).toBeLessThan(0.15);
    }
  });

  it("counts ties half, reads pairs in either order, and leaves other methods' votes alone", () => {
    const vote = (first: string, second: string, share: number, person: string): Comparison => {
      return { person, picture: "p", first, second, share };
    };
    const votes = [
      vote("a", "b", 1, "x"),
      vote("b", "a", 1, "y"),
      vote("b", "a", 0.5, "z"),
      vote("a", "c", 0, "x"),
    ];
    const [both, none] = preferencesOf(votes, [
      ["a", "b"],
      ["b", "c"],
    ]);
    expect(both).toMatchObject({ share: 0.5, votes: 3, ties: 1 });
    expect(none).toMatchObject({ votes: 0, low: 0, high: 1 });
    expect(none?.share).toBeNaN();
  });

  it("of people who all agree has an interval as of one vote each", () => {
    const votes = Array.from({ length: 50 }, (_, index): Comparison => {
      return { person: `p${index % 5}`, picture: `i${index % 10}`, first: "a", second: "b", share: 1 };
    });
    const [found] = preferencesOf(votes, [["a", "b"]]);
    const [low] = scoreInterval(1, 5, student975(5));
    expect(found).toMatchObject({ share: 1, high: 1 });
    expect(found?.low).toBeCloseTo(low, 10);
  });
});

describe("the bootstrap over people and pictures", () => {
  const meanOf = (values: readonly number[]) => (weights: Float64Array) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return [weights.reduce((sum, weight, index) => sum + weight * (values[index] ?? 0), 0) / total];
  };

  it("finds the known deviation of a mean of people's and pictures' effects", () => {
    const random = createRandom(5, "effects");
    const [people, pictures] = [60, 50];
    const a = Array.from({ length: people }, () => random.gaussian());
    const b = Array.from({ length: pictures }, () => 2 * random.gaussian());
    const cells = a.flatMap((_, person) =>
      b.map((__, picture) => ({ person: `${person}`, picture: `${picture}` })),
    );
    const values = cells.map(({ person, picture }) => {
      return (a[Number(person)] ?? 0) + (b[Number(picture)] ?? 0) + 3 * random.gaussian();
    });
    const [found] = crossedBootstrap(cells, meanOf(values), { resamples: 2000 });
    const known = Math.sqrt(1 / people + 4 / pictures + 9 / (people * pictures));
    expect((found?.deviation ?? 0) / known).toBeGreaterThan(0.8);
    expect((found?.deviation ?? 0) / known).toBeLessThan(1.2);
    expect((found?.variance.pictures ?? 0) / (4 / pictures)).toBeGreaterThan(0.6);
    expect((found?.variance.pictures ?? 0) / (4 / pictures)).toBeLessThan(1.5);
  });

  it("gives the same figures for the same votes and seed, and others for another", () => {
    const cells = Array.from({ length: 60 }, (_, index) => ({
      person: `${index % 6}`,
      picture: `${index % 10}`,
    }));
    const mean = meanOf(cells.map((_, index) => index % 7));
    const of = (seed: number) => crossedBootstrap(cells, mean, { resamples: 100, seed });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

describe("intervals", () => {
  it("take Student's quantiles, as tables have them", () => {
    const table = [
      [1, 12.706],
      [2, 4.303],
      [3, 3.182],
      [4, 2.776],
      [5, 2.571],
      [9, 2.262],
      [29, 2.045],
      [100, 1.984],
    ] as const;
    for (const [degrees, quantile] of table) expect(student975(degrees)).toBeCloseTo(quantile, 2);
    expect(student975(1e7)).toBeCloseTo(normal975, 5);
    expect(student975(0.5)).toBeNaN();
  });

  it("are Wilson's: 8 of 10 is between 0.490 and 0.943", () => {
    const [low, high] = scoreInterval(0.8, 10, normal975);
    expect(low).toBeCloseTo(0.4902, 3);
    expect(high).toBeCloseTo(0.9433, 3);
  });
});
