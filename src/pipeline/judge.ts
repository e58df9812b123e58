import type { Losses, StructureNorm } from "../types.ts";
import type { Models } from "./models.ts";
import type { Picture } from "./picture.ts";
import { cosine, editingLoss, prepareSource } from "./regions/losses.ts";
import { type ClipView, viewPictures } from "./sight.ts";

/** What came of one painted box: the editing loss (equation 3) and the cosines that rank it (equation 7). */
export interface Verdict {
  readonly losses: Losses;
  readonly t2i: number;
  readonly i2i: number;
}

export interface Judge {
  /** The source picture's own cosine with the prompt. */
  readonly sourceT2i: number;
  judge(edited: readonly Picture[]): Promise<Verdict[]>;
}

/** Everything that the edited pictures are compared with. */
export interface Reference {
  readonly source: ClipView;
  /** CLIP embeddings of the prompt and of T_ROI, `[projection]`. */
  readonly prompt: Float32Array;
  readonly sourceText: Float32Array;
  readonly structureNorm: StructureNorm;
}

/** Judges edited pictures against one source and one prompt; the source's own similarities are computed once. */
export function createJudge(models: Models, reference: Reference): Judge {
  const source = prepareSource(reference.source, reference.structureNorm);
  return {
    sourceT2i: cosine(reference.source.embedding, reference.prompt),
    async judge(edited) {
      const views = await viewPictures(models, edited);
      return views.map((view) => ({
        losses: editingLoss({
          edited: view,
          source,
          prompt: reference.prompt,
          sourceText: reference.sourceText,
        }),
        t2i: cosine(view.embedding, reference.prompt),
        i2i: cosine(view.embedding, reference.source.embedding),
      }));
    },
  };
}
