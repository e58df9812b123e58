import type { Box } from "../../../types.ts";
import { sidesOf, type Tensor } from "../../nets/tensor.ts";

/** A second thing of the same name counts from this share of the first one's evidence on. */
const leastShare = 0.4;

/**
 * The things that a map of evidence shows, the clearest first: boxes in pixels of the picture. Each is the rectangle of the
 * largest sum; what lies in it is struck out before the next is looked for. None where no cell is above 0.
 *
 * @param evidence `[rows, columns]` over the whole picture, above 0 where the thing is.
 * @param most How many at most.
 */
export function findThings(
  evidence: Tensor,
  picture: { readonly width: number; readonly height: number },
  most: number,
): Box[] {
  const [rows, columns] = sidesOf(evidence, 2);
  const left = Float32Array.from(evidence.data);
  const things: Box[] = [];
  let first = 0;
  while (things.length < most) {
    const found = largestRectangle({ data: left, shape: [rows, columns] });
    if (found.sum <= leastShare * first || found.sum <= 0) break;
    first ||= found.sum;
    for (let row = found.top; row < found.bottom; row++)
      left.fill(-1, row * columns + found.left, row * columns + found.right);
    const [x, y] = [picture.width / columns, picture.height / rows];
    const [start, top] = [Math.round(found.left * x), Math.round(found.top * y)];
    things.push({
      left: start,
      top,
      width: Math.round(found.right * x) - start,
      height: Math.round(found.bottom * y) - top,
    });
  }
  return things;
}

interface Rectangle {
  readonly sum: number;
  readonly left: number;
  readonly top: number;
  /** The far edges are not inside. */
  readonly right: number;
  readonly bottom: number;
}

/** The rectangle of cells with the largest sum, by Kadane's scan over the columns of every band of rows. */
function largestRectangle({ data, shape: [rows = 0, columns = 0] }: Tensor): Rectangle {
  let best: Rectangle = { sum: Number.NEGATIVE_INFINITY, left: 0, top: 0, right: 0, bottom: 0 };
  for (let top = 0; top < rows; top++) {
    const band = new Float64Array(columns);
    for (let bottom = top; bottom < rows; bottom++) {
      let sum = 0;
      let left = 0;
      for (let column = 0; column < columns; column++) {
        band[column] = (band[column] ?? 0) + (data[bottom * columns + column] ?? 0);
        if (sum <= 0) [sum, left] = [0, column];
        sum += band[column] ?? 0;
        if (sum > best.sum) best = { sum, left, top, right: column + 1, bottom: bottom + 1 };
      }
    }
  }
  return best;
}
