import type { Cache } from "../../pipeline/cache.ts";
import type { Picture } from "../../pipeline/image/picture.ts";
import type { Models } from "../../pipeline/models.ts";
import { findSourceNoun } from "../../pipeline/regions/zero-shot.ts";
import { viewPictures } from "../../pipeline/steps/features.ts";
import { cutOut, nounEmbeddingsOf } from "../../pipeline/steps/source-noun.ts";
import type { Box } from "../../types.ts";

/** Says what parts of pictures show, by a pack's CLIP: zero-shot over all of its nouns. */
export interface Judge {
  /** The likeliest noun of what a box shows. */
  nounIn(picture: Picture, box: Box): Promise<string>;
  /**
   * Nothing of the thing is left: neither its box nor any of the four overlapping quarters of it (0.6 of its sides) is
   * taken for the noun.
   */
  isGone(picture: Picture, box: Box, noun: string): Promise<boolean>;
}

/** Where the pack's CLIP makes the losses as well, what this judge says flatters. */
export function createJudge(models: Models, nouns: Cache<readonly Float32Array[]>): Judge {
  async function nounsIn(picture: Picture, boxes: readonly Box[]): Promise<string[]> {
    const nounEmbeddings = await nounEmbeddingsOf(models, nouns);
    const views = await viewPictures(
      models,
      boxes.map((box) => cutOut(picture, box)),
    );
    const { logitScale } = models.clip;
    return views.map(
      ({ embedding }) =>
        findSourceNoun({ crops: [embedding], nounEmbeddings, nouns: models.nouns, logitScale }).text,
    );
  }
  return {
    async nounIn(picture, box) {
      const [noun = ""] = await nounsIn(picture, [box]);
      return noun;
    },
    async isGone(picture, box, noun) {
      const found = await nounsIn(picture, [box, ...quartersOf(box)]);
      return !found.includes(noun);
    },
  };
}

const quarterShare = 0.6;

function quartersOf({ left, top, width, height }: Box): Box[] {
  const size = {
    width: Math.max(1, Math.round(quarterShare * width)),
    height: Math.max(1, Math.round(quarterShare * height)),
  };
  return [left, left + width - size.width].flatMap((x) =>
    [top, top + height - size.height].map((y) => ({ left: x, top: y, ...size })),
  );
}
