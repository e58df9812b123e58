import type { Losses } from "../../types.ts";
import type { Picture } from "../image/picture.ts";
import type { Models } from "../models.ts";
import { cosine, type EditingLossOptions, prepareEditingLoss } from "../regions/losses.ts";
import { createViewer } from "./features.ts";

/** What came of one painted box: the editing loss (equation 3) and the cosines that rank it (equation 7). */
export interface Scores {
  readonly losses: Losses;
  readonly t2i: number;
  readonly i2i: number;
}

/** Compares edited pictures with the picture that they were made of and one prompt. */
export interface Scorer {
  /** The picture's own cosine with the prompt. */
  readonly pictureT2i: number;
  /** Pictures may still be in the making: each is looked at as soon as it is there. */
  score(edited: readonly (Picture | Promise<Picture>)[]): Promise<Scores[]>;
}

/** Makes the scorer of one edit; the picture's own similarities are computed once, here. */
export function createScorer(models: Models, reference: EditingLossOptions): Scorer {
  const lossesOf = prepareEditingLoss(reference);
  const viewer = createViewer(models);
  const { picture, prompt } = reference;
  return {
    pictureT2i: cosine(picture.embedding, prompt),
    async score(edited) {
      const views = await viewer.view(edited);
      return views.map((view) => ({
        losses: lossesOf(view),
        t2i: cosine(view.embedding, prompt),
        i2i: cosine(view.embedding, picture.embedding),
      }));
    },
  };
}
