import type { Tensor } from "../../pipeline/nets/tensor.ts";
import { cosine } from "../../pipeline/regions/losses.ts";
import type { Box } from "../../types.ts";

/** A learned distance inside and outside a box, 0 (looks the same) to 2; `null` where no patch lies there. */
export interface SeenDistance {
  readonly inside: number | null;
  readonly outside: number | null;
}

/**
 * How differently the ViT sees two pictures of one size: 1 less the cosine of each patch's features, in the mean over patches whose
 * middle lies inside the box, and over the others. A ViT's patch sees all of the picture, so what lies outside a change differs a little too.
 * @param before `[d, rows, columns]`, as `after`.
 */
export function seenDistanceOf(
  before: Tensor,
  after: Tensor,
  picture: { readonly width: number; readonly height: number },
  box: Box,
): SeenDistance {
  const [depth = 0, rows = 0, columns = 0] = before.shape;
  const sums = { inside: 0, outside: 0, insideCount: 0, outsideCount: 0 };
  const at = ({ data }: Tensor, patch: number) =>
    Float32Array.from({ length: depth }, (_, channel) => data[channel * rows * columns + patch] ?? 0);
  for (let patch = 0; patch < rows * columns; patch++) {
    const x = (((patch % columns) + 0.5) * picture.width) / columns;
    const y = ((Math.floor(patch / columns) + 0.5) * picture.height) / rows;
    const isInside = x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
    const distance = 1 - cosine(at(before, patch), at(after, patch));
    if (isInside) [sums.inside, sums.insideCount] = [sums.inside + distance, sums.insideCount + 1];
    else [sums.outside, sums.outsideCount] = [sums.outside + distance, sums.outsideCount + 1];
  }
  return {
    inside: sums.insideCount === 0 ? null : sums.inside / sums.insideCount,
    outside: sums.outsideCount === 0 ? null : sums.outside / sums.outsideCount,
  };
}
