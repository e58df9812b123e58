import { coverLinesOf, wholeCover } from "../image/cover.ts";
import type { Size } from "../image/framing.ts";
import type { Picture } from "../image/picture.ts";
import type { Marking } from "../marks/marking.ts";
import type { Patch, Patches } from "./patches.ts";

export interface MarkedParts {
  /** The source's size. */
  readonly picture: Size;
  readonly patches: Pick<Patches, "compose">;
  readonly watermark: Marking["watermark"];
}

/**
 * The picture with a patch as it is delivered, after all that looks at it: with the invisible mark where the painting shows. Elsewhere every
 * pixel is as `compose` gives it.
 */
export async function composeMarked(
  patch: Patch,
  { picture, patches, watermark }: MarkedParts,
): Promise<Picture> {
  const composed = await patches.compose(patch);
  const { box, cover } = patch;
  watermark?.(composed, { box, coverLine: coverLinesOf(cover ?? wholeCover, box, picture) });
  return composed;
}
