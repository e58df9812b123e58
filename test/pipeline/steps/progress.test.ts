import { describe, expect, it } from "vitest";
import { createProgressMeter } from "../../../src/pipeline/steps/progress.ts";
import type { Progress } from "../../../src/types.ts";

function meter() {
  const sent: Progress[] = [];
  return { ...createProgressMeter((progress) => sent.push(progress)), sent };
}

const standing = {
  file: "result-1.png",
  anchor: 2,
  box: { left: 0, top: 0, width: 8, height: 8 },
  scores: { t2i: 0.3, i2i: 0.8, quality: 1.4 },
  losses: { clip: 0.7, structure: 0.1, direction: 0.2, total: 1 },
  unsafe: null,
};

describe("the progress meter", () => {
  it("tells of the first result when it stands, and with every report after that", () => {
    const { plan, reportFirst, report, sent } = meter();
    plan(10);
    report({ phase: "loading" });
    reportFirst({ ...standing, isUnsafe: false });
    report({ phase: "done" });
    expect(sent.map(({ phase, first }) => [phase, first])).toEqual([
      ["loading", undefined],
      ["result", { ...standing, isUnsafe: false }],
      ["done", { ...standing, isUnsafe: false }],
    ]);
    expect(sent[1]).toMatchObject({ rank: null, ...standing });
  });

  it("sends each report with the steps done and in all, in order", () => {
    const { plan, advance, report, sent } = meter();
    plan(10);
    report({ phase: "loading" });
    advance(4, 2000);
    report({ phase: "result", rank: 1, ...standing });
    expect(sent).toEqual([
      { version: 1, phase: "loading", stepsDone: 0, stepsTotal: 10, secondsLeft: null },
      {
        version: 1,
        phase: "result",
        rank: 1,
        ...standing,
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
