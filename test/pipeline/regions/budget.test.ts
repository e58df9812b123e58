import { describe, expect, it } from "vitest";
import { learningSteps, planBudget } from "../../../src/pipeline/regions/budget.ts";

describe("the plan of a budget", () => {
  it.each([
    // wanted, budget, steps, draft steps; anchors served, steps for drafts
    [8, 14, 12, 4, 8, 72],
    [8, 11, 12, 4, 8, 36],
    [8, 10, 12, 4, 7, 36],
    [8, 9, 12, 4, 6, 36],
    [8, 9, 12, 1, 8, 12],
    [8, 2, 12, 4, 1, 12],
    [1, 2, 12, 12, 1, 12],
    [2, 2, 12, 4, 1, 12],
    [2, 2.5, 12, 1, 1, 18],
    [3, 4, 1, 1, 2, 2],
    [64, 10_000, 50, 10, 64, 496_800],
  ])(
    "for %i anchors and %d paintings of %i steps with drafts of %i serves %i and leaves %i steps",
    (wanted, budget, steps, draftSteps, anchors, left) => {
      const plan = planBudget({ anchors: wanted, budget, steps, draftSteps });
      expect(plan).toMatchObject({ anchors, budget, steps, draftSteps });
      expect(learningSteps(plan, plan.anchors)).toBe(left);
      expect(plan.warnings.map(({ code }) => code)).toEqual(
        anchors < wanted ? ["budget-lowered-anchors"] : [],
      );
    },
  );

  it("says in the warning what the budget serves and what was wanted", () => {
    const { warnings } = planBudget({ anchors: 8, budget: 5, steps: 12, draftSteps: 4 });
    expect(warnings[0]?.text).toContain("5 full paintings serves 3 of 8 anchors");
  });

  it("never drafts in more steps than it paints in", () => {
    expect(planBudget({ anchors: 4, budget: 14, steps: 2, draftSteps: 4 }).draftSteps).toBe(2);
  });

  it("always pays for a draft and a painting of every anchor, and never serves fewer than it could", () => {
    for (let budget = 2; budget <= 20; budget += 0.5) {
      for (const steps of [1, 2, 5, 12]) {
        for (let draftSteps = 1; draftSteps <= steps; draftSteps++) {
          const plan = planBudget({ anchors: 8, budget, steps, draftSteps });
          const pays = (anchors: number) =>
            anchors * draftSteps <= (budget - anchors) * steps && anchors + 1 <= budget;
          const told = JSON.stringify(plan);
          expect(pays(plan.anchors), told).toBe(true);
          expect(plan.anchors === 8 || !pays(plan.anchors + 1), told).toBe(true);
        }
      }
    }
  });

  it("gives drafts what anchors that were not found do not take", () => {
    const plan = planBudget({ anchors: 8, budget: 14, steps: 12, draftSteps: 4 });
    expect(learningSteps(plan, 5)).toBe(9 * 12);
  });
});
