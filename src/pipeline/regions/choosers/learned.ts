import type { Estimator } from "../../../types.ts";
import type { Size } from "../../image/framing.ts";
import type { Tensor } from "../../nets/tensor.ts";
import type { LearningBackend } from "../learning/backend.ts";
import { type Learned, learnRegions } from "../learning/learn.ts";
import { poolProposals } from "../proposal-features.ts";
import { boxKey } from "../proposals.ts";
import { type Choice, type ChooserRequest, choiceAt, type RegionChooser } from "./chooser.ts";

export interface LearnedOptions {
  /** F of the ViT, `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  /** Of the upright picture, in pixels. */
  readonly picture: Size;
  readonly estimator: Estimator;
  readonly backend: LearningBackend;
}

/** Step 5 of the paper: a region network is trained on drafts, and each anchor takes the box of the lowest loss. */
export function createLearnedChooser(options: LearnedOptions): RegionChooser {
  const { patchFeatures, picture, estimator, backend } = options;
  return {
    name: "learned",
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
      return { choices: distinctChoices(learned, proposals), probabilities: learned.probabilities };
    },
  };
}

/**
 * An anchor whose best box another anchor already has takes its next best. An anchor all of whose boxes are taken
 * gets none.
 */
function distinctChoices(
  learned: Pick<Learned, "order">,
  proposals: ChooserRequest["proposals"],
): readonly Choice[] {
  const taken = new Set<string>();
  return learned.order.flatMap((order, anchor) => {
    const free = order
      .map((proposal) => choiceAt(proposals, anchor, proposal))
      .find(({ box }) => !taken.has(boxKey(box)));
    if (free) taken.add(boxKey(free.box));
    return free ? [free] : [];
  });
}
