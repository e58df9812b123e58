import type { Tensor } from "../tensor.ts";

/**
 * The guidance as a latent consistency model takes it: sines, then cosines, of 1000 w at falling frequencies
 * (https://arxiv.org/abs/2310.04378, appendix F). Phases of thousands of radians are rounded to 32 bits on the
 * way, as they were in training.
 *
 * @param weights w = guidance scale - 1, one a row.
 * @returns `[weights, width]`.
 */
export function guidanceEmbedding(weights: readonly number[], width: number): Tensor {
  const half = Math.floor(width / 2);
  const falling = Math.fround(Math.log(10_000) / (half - 1));
  const data = new Float32Array(weights.length * width);
  for (const [row, weight] of weights.entries()) {
    const scaled = Math.fround(Math.fround(weight) * 1000);
    for (let index = 0; index < half; index++) {
      const frequency = Math.fround(Math.exp(Math.fround(-falling * index)));
      const phase = Math.fround(scaled * frequency);
      data[row * width + index] = Math.sin(phase);
      data[row * width + half + index] = Math.cos(phase);
    }
  }
  return { data, shape: [weights.length, width] };
}
