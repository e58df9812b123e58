import type { Losses } from "../../types.ts";
import type { Picture } from "../image/picture.ts";
import type { Models } from "../models.ts";
import { cosine, type EditingLossOptions, prepareEditingLoss } from "../regions/losses.ts";
import { createViewer } from "./features.ts";

/** What came of one painted box: the editing loss (equation 3) and the cosines that rank it (equation 7). */
export interface Verdict {
  readonly losses: Losses;
  readonly t2i: number;
  readonly i2i: number;
}

/** Compares edited pictures with one source and one prompt. */
export interface Judge {
  /** The source picture's own cosine with the prompt. */
  readonly sourceT2i: number;
  /** Pictures may still be in the making: each is looked at as soon as it is there. */
  judge(edited: readonly (Picture | Promise<Picture>)[]): Promise<Verdict[]>;
}

/** Makes the judge of one edit; the source's own similarities are computed once, here. */
export function createJudge(models: Models, reference: EditingLossOptions): Judge {
  const lossesOf = prepareEditingLoss(reference);
  const viewer = createViewer(models);
  const { source, prompt } = reference;
  return {
    sourceT2i: cosine(source.embedding, prompt),
    async judge(edited) {
      const views = await viewer.view(edited);
      return views.map((view) => ({
        losses: lossesOf(view),
        t2i: cosine(view.embedding, prompt),
        i2i: cosine(view.embedding, source.embedding),
      }));
    },
  };
}
