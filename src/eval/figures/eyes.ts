import type { Cache } from "../../pipeline/cache.ts";
import type { Picture } from "../../pipeline/image/picture.ts";
import type { Models } from "../../pipeline/models.ts";
import { cosine } from "../../pipeline/regions/losses.ts";
import { quality } from "../../pipeline/regions/rank.ts";
import { viewPictures } from "../../pipeline/steps/features.ts";
import { embedText, readText, withArticle } from "../../pipeline/steps/prompt.ts";
import type { Box } from "../../types.ts";
import type { SetPicture } from "../set.ts";
import { createJudge } from "./judge.ts";

/** What one CLIP says of a result. */
export interface Seen {
  /** Cosines of the result with the prompt and with the picture, and S = 2 t2i + i2i. */
  readonly t2i: number;
  readonly i2i: number;
  readonly quality: number;
  /** Cosine of how the picture changed with how the text did; `null` where no one knows what was there. */
  readonly directional: number | null;
  /** The painted box is taken for what was asked for; `null` where the set does not say what that is, or the pack has no such noun. */
  readonly recognised: boolean | null;
  /** The thing that was to be replaced is seen no more where it lay; `null` where the set does not say. */
  readonly gone: boolean | null;
}

/** A CLIP that looks at results. */
export interface Eyes {
  /** The pack's name. */
  readonly name: string;
  /** @param source What is replaced, as a noun; empty where nobody knows. */
  openFor(entry: SetPicture, picture: Picture, source: string): Promise<EyesOnPicture>;
}

export interface EyesOnPicture {
  /** @param box What was painted. */
  look(result: Picture, box: Box): Promise<Seen>;
}

export function createEyes(models: Models, nouns: Cache<readonly Float32Array[]>): Eyes {
  const judge = createJudge(models, nouns);
  const embed = (text: string) => embedText(models, readText(models, text).text);
  return {
    name: models.pack.manifest.name,
    async openFor(entry, picture, source) {
      const [before] = await viewPictures(models, [picture]);
      if (!before) throw new RangeError("Expected one view of one picture, got none.");
      const prompt = await embed(entry.prompt);
      const replaced = source === "" ? null : await embed(withArticle(source));
      const isKnown = entry.target !== null && models.nouns.includes(entry.target);
      return {
        async look(result, box) {
          const [after] = await viewPictures(models, [result]);
          if (!after) throw new RangeError("Expected one view of one picture, got none.");
          const scores = {
            t2i: cosine(after.embedding, prompt),
            i2i: cosine(after.embedding, before.embedding),
          };
          const judged = entry.source !== null && entry.box !== null && models.nouns.includes(entry.source);
          return {
            ...scores,
            quality: quality(scores),
            directional:
              replaced && cosine(minus(after.embedding, before.embedding), minus(prompt, replaced)),
            recognised: isKnown ? (await judge.nounIn(result, box)) === entry.target : null,
            gone:
              judged && entry.box && entry.source
                ? await judge.isGone(result, entry.box, entry.source)
                : null,
          };
        },
      };
    },
  };
}

/** Of normalised embeddings: CLIP's scale says nothing. */
function minus(a: Float32Array, b: Float32Array): Float32Array {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  return a.map((value, index) => value / lengthA - (b[index] ?? 0) / lengthB);
}
