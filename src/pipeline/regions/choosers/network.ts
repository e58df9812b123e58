import type { Estimator } from "../../../types.ts";
import type { Size } from "../../image/framing.ts";
import type { Tensor } from "../../nets/tensor.ts";
import type { LearningBackend } from "../learning/backend.ts";
import { learnRegions } from "../learning/learn.ts";
import { poolProposals } from "../proposal-features.ts";
import { boxKey } from "../proposals.ts";
import type { RegionChooser } from "./chooser.ts";
import { distinctChoices } from "./distinct-choices.ts";

export interface NetworkChooserOptions {
  /** F of the ViT, `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** Of the upright picture, in pixels. */
  readonly picture: Size;
  readonly estimator: Estimator;
  readonly backend: LearningBackend;
}

/**
 * Step 5 of the paper with the network alone: it is trained on drafts and says which to make next, and each anchor takes
 * the painted box of the lowest loss.
 */
export function createNetworkChooser(options: NetworkChooserOptions): RegionChooser {
  const { patchFeatures, picture, estimator, backend } = options;
  return {
    name: "network",
    plannedSteps: ({ budget }) => budget.steps * budget.budget,
    async choose({ proposals, budget, seed, signal, draft, onRound }) {
      const learned = await learnRegions({
        features: poolProposals(patchFeatures, proposals, picture),
        proposals: proposals[0]?.length ?? 0,
        boxKeys: proposals.map((boxes) => boxes.map(boxKey)),
        budget,
        estimator,
        seed,
        network: null,
        backend,
        signal,
        evaluate: draft,
        onRound,
      });
      const { order, probabilities } = learned;
      return { order, choices: distinctChoices(order, proposals), probabilities };
    },
  };
}
