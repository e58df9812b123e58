import { createRandom } from "../random.ts";
import type { Picture } from "./picture.ts";

/** Pieces in a row and in a column. */
const pieces = 6;

/**
 * The picture with its pieces in disorder: the same colours, and plainly spoilt to anybody who looks. Rows and columns that do not
 * divide stay where they are. Always the same disorder, in which no piece stays in its place.
 */
export function garbled({ width, height, rgb, alpha }: Picture): Picture {
  const [across, down] = [Math.floor(width / pieces), Math.floor(height / pieces)];
  const pixelOf = (piece: number, row: number) =>
    (Math.floor(piece / pieces) * down + row) * width + (piece % pieces) * across;
  const mixed = { rgb: rgb.slice(), alpha: alpha?.slice() ?? null };
  for (const [to, from] of disorder(pieces ** 2).entries()) {
    for (let row = 0; row < down; row++) {
      const start = pixelOf(from, row);
      const end = pixelOf(to, row);
      mixed.rgb.set(rgb.subarray(start * 3, (start + across) * 3), end * 3);
      if (alpha && mixed.alpha) mixed.alpha.set(alpha.subarray(start, start + across), end);
    }
  }
  return { width, height, ...mixed };
}

/** Sattolo's shuffle: one cycle through all places. */
function disorder(count: number): number[] {
  const random = createRandom(0, "garble");
  const order = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at--) {
    const other = random.integer(at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}
