import type { Picture } from "../../pipeline/image/picture.ts";
import { cosine } from "../../pipeline/regions/losses.ts";
import { cutOut } from "../../pipeline/steps/source-noun.ts";
import type { Box } from "../../types.ts";
import type { Looker } from "./looker.ts";

/** Says what parts of pictures show: zero-shot over all nouns of a pack. */
export interface Judge {
  /** The likeliest noun of what a box shows. */
  nounIn(picture: Picture, box: Box): Promise<string>;
  /**
   * Nothing of the thing is left: neither its box nor any of the four overlapping quarters of it (0.6 of its sides) is
   * taken for the noun.
   */
  isGone(picture: Picture, box: Box, noun: string): Promise<boolean>;
}

/** Where its looker makes the losses as well, what this judge says flatters. */
export function createJudge(looker: Looker): Judge {
  async function nounsIn(picture: Picture, boxes: readonly Box[]): Promise<string[]> {
    const nounEmbeddings = await looker.nounEmbeddings();
    const views = await looker.view(boxes.map((box) => cutOut(picture, box)));
    return views.map((view) => {
      const cosines = nounEmbeddings.map((noun) => cosine(view, noun));
      return looker.nouns[cosines.indexOf(Math.max(...cosines))] ?? "";
    });
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
