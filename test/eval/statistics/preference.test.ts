import { describe, expect, it } from "vitest";
import { automaticPreference } from "../../../src/eval/statistics/preference.ts";

const judged = (one: number, other: number, ...recognised: number[]) => ({
  qualities: [one, other] as const,
  recognised,
});

describe("the automatic preference", () => {
  it("is for the result that both scorers prefer, unless it is recognised less often", () => {
    expect(automaticPreference(judged(2, 2, 1, 1), judged(1, 1, 1, 1))).toBe(1);
    expect(automaticPreference(judged(1, 1, 1, 1), judged(2, 2, 1, 1))).toBe(0);
    expect(automaticPreference(judged(2, 2, 0, 1), judged(1, 1, 1, 1))).toBe(0.5);
    expect(automaticPreference(judged(2, 2, 1, 1), judged(1, 1, 0, 1))).toBe(1);
  });

  it("is a tie where the scorers do not agree, or see no difference", () => {
    expect(automaticPreference(judged(2, 1, 1), judged(1, 2, 0))).toBe(0.5);
    expect(automaticPreference(judged(1, 1), judged(1, 1))).toBe(0.5);
    expect(automaticPreference(judged(2, 1), judged(1, 1))).toBe(0.5);
  });

  it("does not depend on which comes first", () => {
    const [a, b] = [judged(2, 3, 1, 0), judged(1, 2, 0, 0)];
    expect(automaticPreference(a, b)).toBe(1 - automaticPreference(b, a));
  });
});
