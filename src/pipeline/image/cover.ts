import type { Box } from "../../types.ts";
import type { Size } from "./framing.ts";

/** Colours of a grid in levels, which may be negative: `width * height * 3` values, row-major. */
export interface Field extends Size {
  readonly rgb: Float32Array;
}

/** How much of a painting shows inside its box, on a grid over that box: as fine as the box, or coarser. */
export interface Cover extends Size {
  /** 0 is the picture's own pixel, 255 the painting's; `width * height` values, row-major. */
  readonly values: Uint8Array;
  /** What is added to the painting's levels, over the same box and as a rule on a coarser grid; `null` for nothing. */
  readonly tone: Field | null;
}

/** The painting shows in all of its box. */
export const wholeCover: Cover = { width: 1, height: 1, values: Uint8Array.of(255), tone: null };

/** Where a pixel of a line lies among the cells of a coarser one: between two of them, `part` of the way. */
export interface Step {
  readonly low: number;
  readonly high: number;
  readonly part: number;
}

/** The middles of `length` pixels among the middles of `cells` cells over the same stretch; the ends hold beyond the last. */
export function stepsOf(length: number, cells: number): Step[] {
  return Array.from({ length }, (_, pixel) => {
    const at = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / length - 0.5));
    const low = Math.min(cells - 1, Math.floor(at));
    return { low, high: Math.min(cells - 1, low + 1), part: at - low };
  });
}

/**
 * Reads a grid of `channels` values a cell, line by line, at the size of what it covers: linearly interpolated between the
 * middles of its cells. What the function returned gives is written over by its next call.
 */
export function linesOf(
  grid: Size & { readonly values: ArrayLike<number> },
  channels: number,
  size: Size,
): (row: number) => Float32Array {
  const columns = stepsOf(size.width, grid.width);
  const rows = stepsOf(size.height, grid.height);
  const between = new Float32Array(grid.width * channels);
  const line = new Float32Array(size.width * channels);
  return (row) => {
    const { low, high, part } = rows[row] as Step;
    const [above, below] = [low * between.length, high * between.length];
    for (let at = 0; at < between.length; at++) {
      const first = grid.values[above + at] as number;
      between[at] = first + ((grid.values[below + at] as number) - first) * part;
    }
    let to = 0;
    for (const step of columns) {
      const [left, right] = [step.low * channels, step.high * channels];
      for (let channel = 0; channel < channels; channel++) {
        const first = between[left + channel] as number;
        line[to++] = first + ((between[right + channel] as number) - first) * step.part;
      }
    }
    return line;
  };
}

/** How deep the seam reaches into the box, over the box's shorter side. */
const featherShare = 0.06;

/** How much of a patch shows along each axis of its box, 0 to 1. */
export interface Fades {
  readonly columns: Float32Array;
  readonly rows: Float32Array;
}

/**
 * A patch fades in from its box's edges over 6 % of the shorter side (at least a pixel) along a smoothstep, except at
 * edges on the picture's border, where there is nothing to blend with.
 */
export function fadesOf(box: Box, picture: Size): Fades {
  const feather = Math.max(1, Math.round(Math.min(box.width, box.height) * featherShare));
  return {
    columns: fadeOf(box.left, box.width, picture.width, feather),
    rows: fadeOf(box.top, box.height, picture.height, feather),
  };
}

/** How much of the patch shows at each pixel of one axis, 0 to 1, for a box from `start` over `length` pixels. */
function fadeOf(start: number, length: number, limit: number, feather: number): Float32Array {
  const fadesIn = start > 0;
  const fadesOut = start + length < limit;
  return Float32Array.from({ length }, (_, index) => {
    const before = fadesIn ? index + 0.5 : feather;
    const after = fadesOut ? length - index - 0.5 : feather;
    return smoothstep(Math.min(1, before / feather, after / feather));
  });
}

/** 0 and 1 stay, and the way between them is flat at both ends. */
export function smoothstep(t: number): number {
  return t * t * (3 - 2 * t);
}

/**
 * The cover of a box, line by line, in bytes at the box's own size, the seam at the box's edges in it; 0 where the picture
 * keeps its pixel bit for bit. What the function returned gives is written over by its next call.
 */
export function coverLinesOf(cover: Cover, box: Box, picture: Size): (row: number) => Uint8Array {
  const lineOf = linesOf(cover, 1, box);
  const { columns, rows } = fadesOf(box, picture);
  const line = new Uint8Array(box.width);
  return (row) => {
    const values = lineOf(row);
    const rowFade = rows[row] as number;
    for (let column = 0; column < line.length; column++) {
      line[column] = Math.round((values[column] as number) * rowFade * (columns[column] as number));
    }
    return line;
  };
}
