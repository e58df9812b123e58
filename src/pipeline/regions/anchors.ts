import type { Anchor, Box } from "../../types.ts";
import type { Tensor } from "../nets/tensor.ts";
import type { Place } from "./proposals.ts";

/** An anchor and the patch of the attention map whose centre it is. */
export interface PatchAnchor extends Anchor {
  readonly row: number;
  readonly column: number;
}

export interface AnchorOptions {
  /** K, at least 1. */
  readonly anchors: number;
  /** Least distance between two anchors in pixels; `null` is 1/8 of the short side, 0 the paper's plain top-K. */
  readonly spacing: number | null;
}

/**
 * The anchors of section 3.1: the patches with the highest CLS attention, strongest first, by greedy
 * non-maximum suppression. Without a spacing the strongest patches are neighbours and all anchors say the same.
 * Equal attentions are taken in row-major order. A small map holds fewer than K anchors that far apart.
 *
 * @param attention `[rows, columns]` over the whole picture.
 * @param picture its size in pixels; anchors are the centres of patches in these pixels.
 * @param placed Anchors that stand already: they come first and count, and the others keep their distance from them.
 */
export function findAnchors(
  attention: Tensor,
  picture: { readonly width: number; readonly height: number },
  options: AnchorOptions,
  placed: readonly PatchAnchor[] = [],
): PatchAnchor[] {
  const [rows = 0, columns = 0] = attention.shape;
  const spacing = options.spacing ?? Math.min(picture.width, picture.height) / 8;
  // Patch centres are fractions: two that lie exactly `spacing` apart must not fail by a rounding error.
  const leastSquared = (spacing - 1e-6 * spacing) ** 2;
  const chosen = [...placed];
  for (const index of strongestFirst(attention.data)) {
    if (chosen.length === options.anchors) break;
    const row = Math.floor(index / columns);
    const column = index % columns;
    const x = ((column + 0.5) * picture.width) / columns;
    const y = ((row + 0.5) * picture.height) / rows;
    if (chosen.every((other) => (other.x - x) ** 2 + (other.y - y) ** 2 >= leastSquared)) {
      chosen.push({ x, y, attention: attention.data[index] ?? 0, row, column });
    }
  }
  return chosen;
}

/**
 * Anchors in the middle of things whose boxes are known, each with its box, then those of attention that lie apart from them.
 * The attention of a thing's anchor is that of the patch in its middle.
 * @param options.things Boxes of things, in pixels, the clearest first.
 */
export function placeAnchors(
  attention: Tensor,
  picture: { readonly width: number; readonly height: number },
  { things, ...options }: AnchorOptions & { readonly things: readonly Box[] },
): (PatchAnchor & Place)[] {
  const [rows = 0, columns = 0] = attention.shape;
  const placed = things.slice(0, options.anchors).map((thing) => {
    const [x, y] = [thing.left + thing.width / 2, thing.top + thing.height / 2];
    const row = Math.min(rows - 1, Math.floor((y * rows) / picture.height));
    const column = Math.min(columns - 1, Math.floor((x * columns) / picture.width));
    return { x, y, row, column, attention: attention.data[row * columns + column] ?? 0, thing };
  });
  return findAnchors(attention, picture, options, placed);
}

function strongestFirst(attention: Float32Array): number[] {
  const value = (index: number) => attention[index] ?? 0;
  return Array.from(attention.keys()).sort((a, b) => value(b) - value(a) || a - b);
}
