import type { Picture } from "../../pipeline/image/picture.ts";
import type { Tensor } from "../../pipeline/nets/tensor.ts";
import type { Box } from "../../types.ts";
import type { SetPicture } from "../set.ts";
import type { EyesOnPicture, Seen } from "./eyes.ts";
import { type Fidelity, fidelityOf } from "./fidelity.ts";
import { coveredFrom, type Placing, placingOf } from "./placing.ts";
import { type SeenDistance, seenDistanceOf } from "./seen-distance.ts";

/** What is measured of one result. */
export interface ResultFigures {
  /** By the CLIP that the losses are made with, and by one that they are not made with; `null` without one. */
  readonly training: Seen;
  readonly second: Seen | null;
  readonly pixels: Fidelity;
  readonly distance: SeenDistance;
  /** How the painted box lies on the thing to replace; `null` where the set does not say where that is. */
  readonly placing: (Placing & { readonly isCovered: boolean }) | null;
}

export interface ResultOptions {
  readonly entry: SetPicture;
  readonly picture: Picture;
  readonly result: Picture;
  /** What was painted; the whole picture of a method that edits that. */
  readonly box: Box;
  readonly training: EyesOnPicture;
  readonly second: EyesOnPicture | null;
  /** The ViT's features, `[d, rows, columns]`. */
  featuresOf(picture: Picture): Promise<Tensor>;
}

/** A box with a shorter side than this share of the picture's is not painted recognisably often enough. */
const leastShare = 1 / 4;

/**
 * Looks at a result from all sides. Inside and outside are those of the thing to replace, where the set says where it lies; else of the
 * painted box.
 */
export async function resultFigures(options: ResultOptions): Promise<ResultFigures> {
  const { entry, picture, result, box, training, second, featuresOf } = options;
  const around = entry.box ?? box;
  const placing =
    entry.box && placingOf(box, entry.box, leastShare * Math.min(picture.width, picture.height));
  return {
    training: await training.look(result, box),
    second: second && (await second.look(result, box)),
    pixels: fidelityOf(picture, result, around),
    distance: seenDistanceOf(await featuresOf(picture), await featuresOf(result), picture, around),
    placing: placing && { ...placing, isCovered: placing.covered >= coveredFrom },
  };
}
