import { describe, expect, it } from "vitest";
import { expectedStarts } from "../../src/queue/estimates.ts";

describe("expected starts", () => {
  const seconds = (job: string) => ({ short: 10, long: 60 })[job] ?? null;

  it("put each job on the lane that is free first", () => {
    const lanes = [
      { name: "cuda:0", secondsLeft: 5 },
      { name: "cuda:1", secondsLeft: 0 },
    ];
    expect(expectedStarts(["long", "short", "short", "short"], lanes, seconds)).toEqual([0, 5, 15, 25]);
  });

  it("ask how long a job takes on that very lane", () => {
    const lanes = [
      { name: "slow", secondsLeft: 0 },
      { name: "fast", secondsLeft: 1 },
    ];
    const starts = expectedStarts([1, 2, 3, 4], lanes, (_, lane) => (lane === "slow" ? 100 : 10));
    expect(starts).toEqual([0, 1, 11, 21]);
  });

  it("are unknown without lanes, and behind what nobody can say", () => {
    expect(expectedStarts(["short"], [], seconds)).toEqual([null]);
    expect(expectedStarts(["short"], [{ name: "cpu", secondsLeft: null }], seconds)).toEqual([null]);
    const lanes = [{ name: "cpu", secondsLeft: 3 }];
    expect(expectedStarts(["unknown", "short"], lanes, seconds)).toEqual([3, null]);
  });
});
