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
  /**
   * Over the grid's shorter side: the correction of tone is gone so far inside the chosen cells. The new thing keeps the
   * colours that it was painted with, which the loss asks for; `Infinity` corrects all of it.
   */
  readonly toneReach: number;
}

const standard: SoftenOptions = { trusted: 16, toneReach: 0.12 };

interface Border {
  readonly from: number;
  readonly to: number;
}

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

/** The membrane through what the painting lacks at the border, weaker and weaker towards the inside. */
function toneOf(distances: Grid, border: Border, pixels: BoxPixels, options: SoftenOptions): Field {
  const { before, painted } = pixels;
  const { values: differences } = differenceOf(pixels);
  const weights = distances.values.map((distance, index) =>
    distance >= border.from && distance <= border.to
      ? 0.5 ** (((differences[index] as number) / options.trusted) ** 2)
      : 0,
  );
  const rgb = Float32Array.from(before.rgb, (value, index) => value - (painted.rgb[index] as number));
  const membrane = interpolated({ width: before.width, height: before.height, rgb }, weights);
  return fadedInwards(membrane, distances, options.toneReach * Math.min(before.width, before.height));
}

/** @param distances To the chosen cells: 0 in them. @param reach In cells, from where they end. */
function fadedInwards(field: Field, distances: Grid, reach: number): Field {
  const outside = Uint8Array.from(distances.values, (distance) => (distance > 0 ? 1 : 0));
  const { width, height, values } = distancesTo({ ...distances, values: outside });
  const rgb = field.rgb.map((level, at) => {
    const cell = Math.floor(at / 3);
    const column = Math.floor((((cell % field.width) + 0.5) * width) / field.width);
    const row = Math.floor(((Math.floor(cell / field.width) + 0.5) * height) / field.height);
    return level * Math.max(0, 1 - (values[row * width + column] as number) / reach);
  });
  return { ...field, rgb };
}

/** The covers of all candidates, smallest first. */
export function candidateCovers(pixels: BoxPixels): Cover[] {
  return candidateCells(pixels).map((cells) => softened(cells, pixels));
}
