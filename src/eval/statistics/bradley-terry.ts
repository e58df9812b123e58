import { type CrossedBootstrapOptions, crossedBootstrap } from "./crossed-bootstrap.ts";
import type { Comparison } from "./people-preference.ts";
import { student975 } from "./student.ts";

/** How good a method is beside the others. */
export interface BradleyTerryScore {
  readonly method: string;
  /** In log odds: a method is preferred to another with probability 1 / (1 + exp(other - its)). All scores add up to 0. */
  readonly score: number;
  /** Over people and pictures; `NaN` where it is not known. */
  readonly deviation: number;
  /** Of 95 %. */
  readonly low: number;
  readonly high: number;
}

/**
 * Scores of the model of Bradley and Terry (1952), most liked first. A tie is half a win for each.
 * @param methods Those that the comparisons name, each once.
 */
export function bradleyTerry(
  comparisons: readonly Comparison[],
  methods: readonly string[],
  options: CrossedBootstrapOptions = {},
): BradleyTerryScore[] {
  const size = methods.length;
  const numbers = new Map(methods.map((method, index) => [method, index]));
  const cellOf = (winner: string, loser: string) =>
    (numbers.get(winner) ?? 0) * size + (numbers.get(loser) ?? 0);
  const won = Int32Array.from(comparisons, ({ first, second }) => cellOf(first, second));
  const lost = Int32Array.from(comparisons, ({ first, second }) => cellOf(second, first));
  const shares = Float64Array.from(comparisons, ({ share }) => share);
  const cells = new Float64Array(size * size);
  const wins = methods.map((_, row) => cells.subarray(row * size, (row + 1) * size));
  // Of all votes, counted first: those of resamplings are near.
  let near: readonly number[] | undefined;
  const fit = (weights: Float64Array) => {
    cells.fill(0);
    for (let vote = 0; vote < weights.length; vote++) {
      const weight = weights[vote] ?? 0;
      const share = shares[vote] ?? 0;
      const [winner, loser] = [won[vote] ?? 0, lost[vote] ?? 0];
      cells[winner] = (cells[winner] ?? 0) + weight * share;
      cells[loser] = (cells[loser] ?? 0) + weight * (1 - share);
    }
    const scores = fitBradleyTerry(wins, near);
    near ??= scores;
    return scores;
  };
  return crossedBootstrap(comparisons, fit, options)
    .map(({ value: score, deviation, degrees }, index) => {
      const half = student975(degrees) * deviation;
      return { method: methods[index] ?? "", score, deviation, low: score - half, high: score + half };
    })
    .toSorted((a, b) => b.score - a.score);
}

/**
 * Imaginary ties of each method with one of score 0, each worth so much of a vote: a method that never lost has a finite score,
 * and methods that were never compared, directly or through others, have one too.
 */
const imaginaryTies = 0.1;

/** Newton's steps end when no score moves more than this, or after so many. */
const smallestStep = 1e-8;
const mostSteps = 100;

/**
 * The likeliest scores for a table of wins, of which all add up to 0.
 * @param start Scores near the likeliest, which are found sooner from there. Default 0 of each.
 * @param wins How often the method of the row was preferred to that of the column; ties count half on either side.
 */
export function fitBradleyTerry(
  wins: readonly ArrayLike<number>[],
  start: readonly number[] = wins.map(() => 0),
): number[] {
  const size = wins.length;
  let scores = [...start];
  for (let step = 0; step < mostSteps; step++) {
    const { slope, curvature } = derivativesAt(scores, wins);
    const full = solve(curvature, slope);
    // The likelihood has one peak and is flat far from it: steps are kept short.
    const largest = Math.max(...full.map(Math.abs));
    const shrink = Math.min(1, 2 / largest);
    scores = scores.map((score, index) => score + shrink * (full[index] ?? 0));
    if (largest < smallestStep) break;
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / size;
  return scores.map((score) => score - mean);
}

/** Gradient of the log likelihood, and the negative of its second derivatives. */
function derivativesAt(scores: readonly number[], wins: readonly ArrayLike<number>[]) {
  const size = scores.length;
  const slope = new Array<number>(size).fill(0);
  const curvature = scores.map(() => new Array<number>(size).fill(0));
  const add = (row: number, column: number, value: number) => {
    const entries = curvature[row];
    if (entries) entries[column] = (entries[column] ?? 0) + value;
  };
  for (let one = 0; one < size; one++) {
    const against = 1 / (1 + Math.exp(-(scores[one] ?? 0)));
    slope[one] = (slope[one] ?? 0) + imaginaryTies * (0.5 - against);
    add(one, one, imaginaryTies * against * (1 - against));
    for (let two = 0; two < one; two++) {
      const won = wins[one]?.[two] ?? 0;
      const games = won + (wins[two]?.[one] ?? 0);
      if (games === 0) continue;
      const expected = 1 / (1 + Math.exp((scores[two] ?? 0) - (scores[one] ?? 0)));
      slope[one] = (slope[one] ?? 0) + won - games * expected;
      slope[two] = (slope[two] ?? 0) - won + games * expected;
      const information = games * expected * (1 - expected);
      add(one, one, information);
      add(two, two, information);
      add(one, two, -information);
      add(two, one, -information);
    }
  }
  return { slope, curvature };
}

/** Gauss' elimination of a positive definite system; needs no pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (const [at, pivot] of rows.entries()) {
    for (const row of rows.slice(at + 1)) {
      const factor = (row[at] ?? 0) / (pivot[at] ?? 1);
      if (factor === 0) continue;
      for (let column = at; column < row.length; column++)
        row[column] = (row[column] ?? 0) - factor * (pivot[column] ?? 0);
    }
  }
  const solution = new Array<number>(rows.length).fill(0);
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at] ?? [];
    let rest = row.at(-1) ?? 0;
    for (let column = at + 1; column < rows.length; column++)
      rest -= (row[column] ?? 0) * (solution[column] ?? 0);
    solution[at] = rest / (row[at] ?? 1);
  }
  return solution;
}
