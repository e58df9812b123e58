import type { Box } from "../../../types.ts";
import type { RegionChooser } from "./chooser.ts";

/** Chooses the one box that a person gave, without a look at anything. */
export function createGivenBox(box: Box): RegionChooser {
  return {
    name: "given",
    plannedSteps: ({ budget }) => budget.steps,
    choose: async () => ({
      ...{ order: [], probabilities: [] },
      choices: [{ anchor: null, proposal: null, box }],
    }),
  };
}
