import { EditError } from "../../../errors.ts";
import type { Tensor } from "../tensor.ts";
import type { Flux2Config } from "./config.ts";

/**
 * Where a token is: which picture it is of (0 is the one that is painted), row, column, and which word, each from 0. What an axis does
 * not say of a token is 0.
 */
export type Position = readonly [time: number, row: number, column: number, word: number];

/** Of the words of a prompt, in order. */
export function wordPositions(words: number): Position[] {
  return Array.from({ length: words }, (_, word) => [0, 0, 0, word]);
}

/** Of a picture's tokens, row by row. @param time `timeOfShown` of a picture that is shown, 0 of the one that is painted. */
export function gridPositions(height: number, width: number, time = 0): Position[] {
  return Array.from(
    { length: height * width },
    (_, index): Position => [time, Math.floor(index / width), index % width, 0],
  );
}

/** The time of the `index`-th picture that the model is shown, counted from 0: 10, 20, ... */
export function timeOfShown(index: number): number {
  return 10 * (index + 1);
}

/** How far each pair of a head's channels is turned at each position, as cosines and sines, `[tokens, attention_head_dim / 2]` each. */
export interface Rotations {
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/**
 * Rotary position embeddings (https://arxiv.org/abs/2104.09864) of several axes: each axis turns channels of its own, pair `j` of `n`
 * by `position * theta^(-j / n)`.
 */
export function rotationsAt(
  positions: readonly Position[],
  { axes_dims_rope: axes, rope_theta: theta }: Pick<Flux2Config, "axes_dims_rope" | "rope_theta">,
): Rotations {
  if (axes.length > 4)
    throw new EditError("internal", `Expected at most 4 axes of positions, got ${axes.length}.`);
  const frequencies = axes.flatMap((channels, axis) =>
    Array.from({ length: channels / 2 }, (_, pair) => ({
      axis,
      frequency: theta ** ((-2 * pair) / channels),
    })),
  );
  const pairs = frequencies.length;
  const shape = [positions.length, pairs];
  const cosines = new Float32Array(positions.length * pairs);
  const sines = new Float32Array(positions.length * pairs);
  for (const [token, position] of positions.entries()) {
    for (const [pair, { axis, frequency }] of frequencies.entries()) {
      const angle = (position[axis] ?? 0) * frequency;
      cosines[token * pairs + pair] = Math.cos(angle);
      sines[token * pairs + pair] = Math.sin(angle);
    }
  }
  return { cosines: { data: cosines, shape }, sines: { data: sines, shape } };
}
