import type { Box } from "../../types.ts";
import type { Tensor } from "../nets/tensor.ts";
import { pooledSide } from "./learning/region-network.ts";
import { roiAlign } from "./roi-pool.ts";

/**
 * Equation 1 for all proposals, as the region network takes them: the features of an anchor's proposals one after
 * the other along the channels.
 *
 * @param features of the whole picture, `[d, rows, columns]`.
 * @param proposals `[anchor][proposal]`, in pixels of the picture.
 * @returns `[anchors, proposals * d, 7, 7]`.
 */
export function poolProposals(
  features: Tensor,
  proposals: readonly (readonly Box[])[],
  picture: { readonly width: number; readonly height: number },
): Tensor {
  const [depth = 0, rows = 0, columns = 0] = features.shape;
  const corners = proposals
    .flat()
    .map(({ left, top, width, height }) => [left, top, left + width, top + height]);
  const { data } = roiAlign(
    features,
    corners,
    [columns / picture.width, rows / picture.height],
    pooledSide,
    2,
  );
  return { data, shape: [proposals.length, (proposals[0]?.length ?? 0) * depth, pooledSide, pooledSide] };
}
