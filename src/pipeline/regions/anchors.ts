import type { Anchor, Box, PicturePart } from "../../types.ts";
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
  /** The part of the picture that anchors lie in; all of it where it is `null` or absent. */
  readonly where?: PicturePart | null;
}

/** Whether a spot of a picture, in pixels, lies in a part of it. */
export function liesIn(
  { x, y }: { readonly x: number; readonly y: number },
  picture: { readonly width: number; readonly height: number },
  where: PicturePart | null,
): boolean {
  if (where === null) return true;
  const [across, down] = [(100 * x) / picture.width, (100 * y) / picture.height];
  const isAcross = across >= where.left && across <= where.left + where.width;
  return isAcross && down >= where.top && down <= where.top + where.height;
}

/**
 * The anchors of section 3.1: the patches with the highest CLS attention, strongest first, by greedy
 * non-maximum suppression. Without a spacing the strongest patches are neighbours and all anchors say the same.
 * Equal attentions are taken in row-major order. A small map holds fewer than K anchors that far apart. A part of the picture that
 * no patch has its centre in gets one anchor, in its middle.
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
  const where = options.where ?? null;
  const chosen = [...placed];
  for (const index of strongestFirst(attention.data)) {
    if (chosen.length === options.anchors) break;
    const row = Math.floor(index / columns);
    const column = index % columns;
    const x = ((column + 0.5) * picture.width) / columns;
    const y = ((row + 0.5) * picture.height) / rows;
    if (!liesIn({ x, y }, picture, where)) continue;
    if (chosen.every((other) => (other.x - x) ** 2 + (other.y - y) ** 2 >= leastSquared)) {
      chosen.push({ x, y, attention: attention.data[index] ?? 0, row, column });
    }
  }
  if (chosen.length > 0 || where === null) return chosen;
  const x = ((where.left + where.width / 2) * picture.width) / 100;
  const y = ((where.top + where.height / 2) * picture.height) / 100;
  return [{ x, y, ...patchAt({ x, y }, attention, picture) }];
}

/** The patch that a spot of the picture lies in. */
function patchAt(
  { x, y }: { readonly x: number; readonly y: number },
  attention: Tensor,
  picture: { readonly width: number; readonly height: number },
): Pick<PatchAnchor, "row" | "column" | "attention"> {
  const [rows = 0, columns = 0] = attention.shape;
  const row = Math.min(rows - 1, Math.floor((y * rows) / picture.height));
  const column = Math.min(columns - 1, Math.floor((x * columns) / picture.width));
  return { row, column, attention: attention.data[row * columns + column] ?? 0 };
}

/**
 * Anchors in the middle of things whose boxes are known, each with its box, then those of attention that lie apart from them.
 * The attention of a thing's anchor is that of the patch in its middle.
 * @param options.things Boxes of things, in pixels, the clearest first; all of them have their middles in `options.where`.
 */
export function placeAnchors(
  attention: Tensor,
  picture: { readonly width: number; readonly height: number },
  { things, ...options }: AnchorOptions & { readonly things: readonly Box[] },
): (PatchAnchor & Place)[] {
  const placed = things.slice(0, options.anchors).map((thing) => {
    const spot = middleOf(thing);
    return { ...spot, ...patchAt(spot, attention, picture), thing };
  });
  return findAnchors(attention, picture, options, placed);
}

/** The middle of a box, in pixels. */
export function middleOf({ left, top, width, height }: Box): { readonly x: number; readonly y: number } {
  return { x: left + width / 2, y: top + height / 2 };
}

function strongestFirst(attention: Float32Array): number[] {
  const value = (index: number) => attention[index] ?? 0;
  return Array.from(attention.keys()).sort((a, b) => value(b) - value(a) || a - b);
}
