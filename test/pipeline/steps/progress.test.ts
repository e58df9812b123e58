import { describe, expect, it } from "vitest";
import { createProgressMeter } from "../../../src/pipeline/steps/progress.ts";
import type { Progress } from "../../../src/types.ts";

function meter() {
  const sent: Progress[] = [];
  return { ...createProgressMeter((progress) => sent.push(progress)), sent };
}

describe("the progress meter", () => {
  it("sends each report with the steps done and in all, in order", () => {
    const { plan, advance, report, sent } = meter();
    plan(10);
    report({ phase: "loading" });
    advance(4, 2000);
    report({ phase: "result", rank: 1, file: "result-1.png" });
    expect(sent).toEqual([
      { version: 1, phase: "loading", stepsDone: 0, stepsTotal: 10, secondsLeft: null },
      {
        version: 1,
        phase: "result",
        rank: 1,
        file: "result-1.png",
        stepsDone: 4,
        stepsTotal: 10,
        secondsLeft: 3,
      },
    ]);
  });

  it("estimates what is left by the mean of all steps so far", () => {
    const { plan, advance, report, sent } = meter();
    plan(20);
    advance(5, 1000);
    advance(5, 3000);
    report({ phase: "loading" });
    advance(10, 0);
    report({ phase: "done" });
    expect(sent.map(({ secondsLeft }) => secondsLeft)).toEqual([4, 0]);
  });

  it("never says more steps done than there are, even where more was painted than planned", () => {
    const { plan, advance, report, sent } = meter();
    plan(3);
    advance(3.0000001, 10);
    report({ phase: "done" });
    expect(sent[0]).toMatchObject({ stepsDone: 3.0000001, stepsTotal: 3.0000001, secondsLeft: 0 });
  });
});
