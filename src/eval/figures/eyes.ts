import type { Picture } from "../../pipeline/image/picture.ts";
import { cosine } from "../../pipeline/regions/losses.ts";
import { quality } from "../../pipeline/regions/rank.ts";
import { withArticle } from "../../pipeline/steps/prompt.ts";
import type { Box } from "../../types.ts";
import type { SetPicture } from "../set.ts";
import { createJudge } from "./judge.ts";
import type { Looker } from "./looker.ts";

/** What one scorer says of a result. */
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

/** A scorer that looks at results. */
export interface Eyes {
  /** As reports state it. */
  readonly name: string;
  /** @param source What is replaced, as a noun; empty where nobody knows. */
  openFor(entry: SetPicture, picture: Picture, source: string): Promise<EyesOnPicture>;
}

export interface EyesOnPicture {
  /** @param box What was painted. */
  look(result: Picture, box: Box): Promise<Seen>;
}

export function createEyes(looker: Looker): Eyes {
  const judge = createJudge(looker);
  const look = async (picture: Picture) => {
    const [view] = await looker.view([picture]);
    if (!view) throw new RangeError("Expected one view of one picture, got none.");
    return view;
  };
  return {
    name: looker.name,
    async openFor(entry, picture, source) {
      const before = await look(picture);
      const prompt = await looker.embed(entry.prompt);
      const replaced = source === "" ? null : await looker.embed(withArticle(source));
      const isKnown = entry.target !== null && looker.nouns.includes(entry.target);
      return {
        async look(result, box) {
          const after = await look(result);
          const scores = { t2i: cosine(after, prompt), i2i: cosine(after, before) };
          const { source: old, box: place } = entry;
          return {
            ...scores,
            quality: quality(scores),
            directional: replaced && cosine(minus(after, before), minus(prompt, replaced)),
            recognised: isKnown ? (await judge.nounIn(result, box)) === entry.target : null,
            gone:
              old !== null && place !== null && looker.nouns.includes(old)
                ? await judge.isGone(result, place, old)
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
