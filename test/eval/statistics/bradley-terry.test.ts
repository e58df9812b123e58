import { describe, expect, it } from "vitest";
import { bradleyTerry, fitBradleyTerry } from "../../../src/eval/statistics/bradley-terry.ts";
import { type SimulatedStudy, simulateVotes, trueShare } from "./simulated-voters.ts";

describe("Bradley-Terry scores", () => {
  it("are those that are known of the American League of 1987 (Agresti, Categorical Data Analysis)", () => {
    const teams = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"];
    const wins = [
      [0, 7, 9, 7, 7, 9, 11],
      [6, 0, 7, 5, 11, 9, 9],
      [4, 6, 0, 7, 7, 8, 12],
      [6, 8, 6, 0, 6, 7, 10],
      [6, 2, 6, 7, 0, 7, 12],
      [4, 4, 5, 6, 6, 0, 6],
      [2, 4, 1, 3, 1, 7, 0],
    ];
    const scores = fitBradleyTerry(wins);
    const overBaltimore = Object.fromEntries(
      teams.map((team, at) => [team, (scores[at] ?? 0) - (scores[6] ?? 0)]),
    );
    const known = {
      Milwaukee: 1.581,
      Detroit: 1.436,
      Toronto: 1.294,
      "New York": 1.248,
      Boston: 1.108,
      Cleveland: 0.684,
    };
    for (const [team, score] of Object.entries(known)) expect(overBaltimore[team]).toBeCloseTo(score, 1);
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(0, 9);
  });

  it("of two methods are the log odds of their wins", () => {
    const [one = 0, two = 0] = fitBradleyTerry([
      [0, 3000],
      [1000, 0],
    ]);
    expect(one - two).toBeCloseTo(Math.log(3), 3);
  });

  it("are finite of who never lost, and of who was never compared", () => {
    const [first = 0, second = 0, alone = Number.NaN] = fitBradleyTerry([
      [0, 40, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(first - second).toBeGreaterThan(4);
    expect(Number.isFinite(first)).toBe(true);
    expect(alone).toBeCloseTo(0, 6);
  });

  it("of simulated voters lie in their intervals in 95 % of 1,000 studies, within 2", () => {
    const spread = { personSpread: 0.4, pictureSpread: 0.4 };
    const scores: Record<string, number> = { a: 0.6, b: 0, c: -0.4 };
    const study: SimulatedStudy = { scores, people: 40, pictures: 40, votesEach: 15, ...spread };
    const names = Object.keys(scores);
    // What the model says of all such people and pictures, whose shares are nearer to a half than those of one of them.
    const shareOf = (one: string, two: string) =>
      one === two ? 0 : 1e6 * trueShare((scores[one] ?? 0) - (scores[two] ?? 0), 0.4, 0.4);
    const truths = fitBradleyTerry(names.map((one) => names.map((two) => shareOf(one, two))));
    let [covered, all] = [0, 0];
    for (let seed = 0; seed < 1000; seed++) {
      const found = bradleyTerry(simulateVotes(study, seed), names, { resamples: 100, seed });
      for (const { method, low, high } of found) {
        const truth = truths[names.indexOf(method)] ?? Number.NaN;
        all++;
        if (low <= truth && truth <= high) covered++;
      }
    }
    expect((100 * covered) / all).toBeGreaterThanOrEqual(93);
    expect((100 * covered) / all).toBeLessThanOrEqual(97);
  }, 300_000);

  it("come most liked first, ties half a win for each", () => {
    const votes = simulateVotes(
      {
        ...{ scores: { a: 0, b: 2, c: 1 }, people: 30, pictures: 20, votesEach: 20 },
        ...{ personSpread: 0.2, pictureSpread: 0.2, ties: 0.1 },
      },
      3,
    );
    expect(bradleyTerry(votes, ["a", "b", "c"]).map(({ method }) => method)).toEqual(["b", "c", "a"]);
    const tied = votes.map((vote) => ({ ...vote, share: 0.5 }));
    for (const { score } of bradleyTerry(tied, ["a", "b", "c"])) expect(score).toBeCloseTo(0, 6);
  });
});
