import { describe, expect, it } from "vitest";
import { preferencesOf } from "../../../src/eval/statistics/people-preference.ts";
import { votesNeeded } from "../../../src/eval/statistics/votes-needed.ts";
import { simulateVotes } from "./simulated-voters.ts";

const nothing = {
  votes: 0,
  deviation: Number.NaN,
  variance: { byVotes: Number.NaN, byPictures: Number.NaN },
};

describe("the votes that are needed for ±3 %", () => {
  it("are 1,068 before anything is known, and 385 for ±5 %, as every table of polls has it", () => {
    expect(votesNeeded(nothing, 60)).toEqual({ kind: "votes", more: 1068 });
    expect(votesNeeded(nothing, 60, 0.05)).toEqual({ kind: "votes", more: 385 });
  });

  it("are what is missing where votes are independent", () => {
    const found = {
      votes: 400,
      deviation: Math.sqrt(0.16 / 400),
      variance: { byVotes: 0.16 / 400, byPictures: 0 },
    };
    // 1.96² · 0.16 / 0.03² = 683
    expect(votesNeeded(found, 60)).toEqual({ kind: "votes", more: 283 });
    expect(
      votesNeeded({ ...found, votes: 800, variance: { byVotes: 0.16 / 800, byPictures: 0 } }, 60),
    ).toEqual({
      kind: "votes",
      more: 0,
    });
  });

  it("are more pictures where the pictures differ too much for any number of votes", () => {
    const variance = { byVotes: 0.0001, byPictures: 0.001 };
    expect(votesNeeded({ votes: 400, deviation: 0.033, variance }, 20)).toEqual({
      kind: "pictures",
      atLeast: 87,
    });
  });

  it("bring a study of simulated voters to that width", () => {
    const study = {
      ...{ scores: { a: 0.7, b: 0 }, pictures: 400, votesEach: 10 },
      ...{ personSpread: 0.4, pictureSpread: 0 },
    };
    const of = (people: number) =>
      preferencesOf(simulateVotes({ ...study, people }, 11), [["a", "b"]])[0] ?? nothing;
    const needed = votesNeeded(of(40), study.pictures);
    expect(needed.kind).toBe("votes");
    const more = needed.kind === "votes" ? needed.more : 0;
    const later = of(40 + Math.round(more / study.votesEach));
    expect(later.deviation * 1.96).toBeGreaterThan(0.024);
    expect(later.deviation * 1.96).toBeLessThan(0.036);
  });
});
