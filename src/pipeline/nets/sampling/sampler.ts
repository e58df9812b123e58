import { samplers } from "../../../packs/pack.ts";

/**
 * One sampling, from noise to a sample, made by `createSampler`. It works element by element, so that a batch of any
 * shape will do. A multistep sampler remembers earlier steps: use a new one for each sampling.
 */
export interface Sampler {
  /** The timestep that the UNet is given at each step, from noisy to clean; whole numbers except where `sigmas` are walked. */
  readonly timesteps: readonly number[];
  /** Times that each step but the last asks the UNet; `timesteps` has an entry for each. 1 where left out. */
  readonly evaluations?: number;
  /** Noise over signal at each step and after the last, for samplers that work with it. */
  readonly sigmas: readonly number[] | null;
  /** Standard deviation that pure noise starts with. */
  readonly initNoiseSigma: number;
  /** What the sample is multiplied by before the UNet sees it. */
  inputScale(index: number): number;
  /** Whether step `index` draws Gaussian noise. */
  drawsNoise(index: number): boolean;
  /**
   * Replaces `sample` by the one after step `index`. Steps are taken in order, from any first one on.
   * `noise` is standard normal, as long as `sample`, and needed where `drawsNoise(index)`.
   */
  step(index: number, modelOutput: Float32Array, sample: Float32Array, noise?: Float32Array): void;
  /** Writes `original` with as much `noise` as a sample has before step `index` into `out`. */
  addNoise(original: Float32Array, noise: Float32Array, index: number, out: Float32Array): void;
}

/** The entry of `timesteps` that a step begins at; steps count from 0. */
export function entryOfStep({ evaluations = 1 }: Pick<Sampler, "evaluations">, step: number): number {
  return evaluations * step;
}

/** All that are built, as packs name them. */
export const samplerKinds = samplers;
export type SamplerKind = (typeof samplerKinds)[number];

export interface SamplerOptions {
  /** Sampling steps of the whole schedule, 1 to the number of training timesteps. */
  readonly steps: number;
  /** Share of DDPM's noise that DDIM draws in each step, 0 (none, its default) to 1; TCD's stochasticity, 0.3 by default. */
  readonly eta?: number;
}

/** `out = a * original + b * noise`; `noise` repeats where it is shorter, so that a batch can share one. */
export function mix(
  a: number,
  original: Float32Array,
  b: number,
  noise: Float32Array,
  out: Float32Array,
): void {
  for (let start = 0; start < out.length; start += Math.max(noise.length, 1)) {
    const length = Math.min(noise.length, out.length - start);
    for (let index = 0; index < length; index++) {
      out[start + index] = a * (original[start + index] as number) + b * (noise[index] as number);
    }
  }
}
