import { type Cover, type Field, smoothstep } from "../image/cover.ts";
import { candidateCells } from "./candidates.ts";
import { type BoxPixels, differenceOf } from "./difference.ts";
import { distancesTo } from "./distance.ts";
import type { Cells, Grid } from "./grid.ts";
import { interpolated } from "./membrane.ts";

/** Over the grid's shorter side: so far round the chosen cells all is painted, and over so much more it fades out. */
const marginShare = 0.01;
const featherShare = 0.035;

export interface SoftenOptions {
  /**
   * In levels of 255: a cell of the border that differs by so much is half trusted, one of twice as much hardly. Where an old
   * thing crosses the border they differ much, and its colour would smear in. `Infinity` trusts all: plain Poisson cloning.
   */
  readonly trusted: number;
}

const standard: SoftenOptions = { trusted: 16 };

/** The chosen cells with a margin, a soft edge, and the membrane that brings the painting's tone to the picture's at it. */
export function softened(cells: Cells, pixels: BoxPixels, options: SoftenOptions = standard): Cover {
  const { width, height } = cells;
  const side = Math.min(width, height);
  const margin = Math.max(0.5, marginShare * side);
  const feather = Math.max(1.5, featherShare * side);
  const distances = distancesTo(cells);
  const values = Uint8Array.from(distances.values, (distance) => {
    const outside = Math.min(1, Math.max(0, (distance - margin) / feather));
    return Math.round(255 * smoothstep(1 - outside));
  });
  const border = { from: margin + feather, to: margin + feather + 2 };
  return { width, height, values, tone: toneOf(distances, border, pixels, options) };
}

function toneOf(
  distances: Grid,
  border: { readonly from: number; readonly to: number },
  pixels: BoxPixels,
  { trusted }: SoftenOptions,
): Field {
  const { before, painted } = pixels;
  const { values: differences } = differenceOf(pixels);
  const weights = distances.values.map((distance, index) =>
    distance >= border.from && distance <= border.to
      ? 0.5 ** (((differences[index] as number) / trusted) ** 2)
      : 0,
  );
  const rgb = Float32Array.from(before.rgb, (value, index) => value - (painted.rgb[index] as number));
  return interpolated({ width: before.width, height: before.height, rgb }, weights);
}

/** The covers of all candidates, smallest first. */
export function candidateCovers(pixels: BoxPixels): Cover[] {
  return candidateCells(pixels).map((cells) => softened(cells, pixels));
}
