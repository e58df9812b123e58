import type { Box } from "../../../types.ts";
import type { Rgb } from "../../image/picture.ts";
import { createBlockReader, lumaLine } from "./coefficients.ts";
import { type Lattice, readableLattices, type Signs, waves } from "./lattice.ts";

/** What was found of the mark in a picture. */
export interface WatermarkFinding {
  readonly isFound: boolean;
  /** A picture without the mark looks like this with at most this probability, all places where it was looked for together. */
  readonly falseAlarm: number;
  /** Where it is strongest, in pixels; in what was painted, and not all of it. */
  readonly box: Box | null;
}

/** From here on a picture counts as marked. */
export const falseAlarmLimit = 1e-4;

/**
 * Looks for the mark without the picture as it was before: on all lattices, in windows of many sizes. How well a window's waves agree
 * with the signs is a sum of so many bounded numbers, each plus or minus by lot where there is no mark; the
 * number of windows is multiplied in.
 */
export function detectWatermark(picture: Rgb, signs: Signs): WatermarkFinding {
  const readers = readableLattices(picture).map((lattice) => createAgreement(picture.width, lattice, signs));
  const line = new Float32Array(picture.width);
  for (let y = 0; y < picture.height; y++) {
    lumaLine(picture, y, line);
    for (const { read } of readers) read(y, line);
  }
  let windows = 0;
  let best: Window = { strength: 0, box: null };
  for (const { strongest } of readers) {
    const found = strongest();
    windows += found.windows;
    if (found.strength > best.strength) best = found;
  }
  // Where nothing was looked at, nothing was found.
  const falseAlarm = windows === 0 ? 1 : Math.min(1, windows * lotTail(best.strength));
  const isFound = falseAlarm <= falseAlarmLimit;
  return { isFound, falseAlarm, box: isFound ? best.box : null };
}

/**
 * How probable it is at most that a sum of bounded numbers, each plus or minus by lot, comes to so many of its own standard
 * deviations: 3.18 times what a normal variable does (Bentkus, Dzindzalieta: "A tight Gaussian bound for weighted sums of Rademacher
 * random variables", 2015). The normal tail is bounded by its density over its argument.
 */
function lotTail(strength: number): number {
  return strength < 1 ? 1 : (3.18 * Math.exp(-(strength ** 2) / 2)) / (strength * Math.sqrt(2 * Math.PI));
}

interface Window {
  /** The sum over its own standard deviation, were there no mark. */
  readonly strength: number;
  readonly box: Box | null;
}

/**
 * Levels at which a wave counts most. What is much stronger is the picture's own, which whoever embedded left as it was: it counts
 * for next to nothing, as in the detector for hosts of a Cauchy distribution (Briassouli, Tsakalides, Stouraitis: "Hidden Messages in
 * Heavy-Tails: DCT-Domain Watermark Detection Using Alpha-Stable Models", 2005).
 */
const spread = 0.8;

/** How well the blocks of a lattice agree with the signs. */
function createAgreement(width: number, lattice: Lattice, signs: Signs) {
  const { columns, rows, side } = lattice;
  // Sums over all blocks above and to the left, with a row and a column of zeros.
  const stride = columns + 1;
  const sums = new Float64Array(stride * (rows + 1));
  const squares = new Float64Array(stride * (rows + 1));
  const whole = { column: 0, row: 0, columns, rows };
  const reader = createBlockReader(width, lattice, whole, (row, values) => {
    let [sum, square] = [0, 0];
    for (let column = 0, at = 0; column < columns; column++) {
      const bits = signs(lattice, column, row);
      for (let wave = 0; wave < waves.length; wave++, at++) {
        const value = values[at] as number;
        const score = (2 * value * spread) / (value * value + spread * spread);
        sum += (bits >>> wave) & 1 ? score : -score;
        square += score * score;
      }
      const to = (row + 1) * stride + column + 1;
      sums[to] = (sums[to - stride] as number) + sum;
      squares[to] = (squares[to - stride] as number) + square;
    }
  });
  const inside = (table: Float64Array, column: number, row: number, across: number, down: number) => {
    const [above, below] = [row * stride + column, (row + down) * stride + column];
    return (
      (table[below + across] as number) -
      (table[below] as number) -
      (table[above + across] as number) +
      (table[above] as number)
    );
  };

  return {
    read: reader.read,
    strongest(): Window & { readonly windows: number } {
      let windows = 0;
      let strength = 0;
      let place: readonly [number, number, number, number] | null = null;
      for (const down of windowSides(rows)) {
        for (const across of windowSides(columns)) {
          const [stepDown, stepAcross] = [strideOf(down), strideOf(across)];
          for (let row = 0; row + down <= rows; row += stepDown) {
            for (let column = 0; column + across <= columns; column += stepAcross) {
              windows++;
              const square = inside(squares, column, row, across, down);
              if (square < leastSquares) continue;
              const found = inside(sums, column, row, across, down) / Math.sqrt(square);
              if (found <= strength) continue;
              strength = found;
              place = [column, row, across, down];
            }
          }
        }
      }
      return { windows, strength, box: place && boxOf(place, side) };
    },
  };
}

/** Nothing is told by a flat place. */
const leastSquares = 1;

/** Blocks along a side of windows, up to all. */
function windowSides(most: number): number[] {
  const sides = [3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
  return [...sides.filter((side) => side < most), most];
}

function strideOf(side: number): number {
  return Math.max(1, Math.floor(side / 4));
}

function boxOf(place: readonly [number, number, number, number], side: number): Box {
  const [left, top, width, height] = place.map((blocks) => Math.round(blocks * side)) as [
    number,
    number,
    number,
    number,
  ];
  return { left, top, width, height };
}
