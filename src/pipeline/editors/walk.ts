import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../../errors.ts";
import type { Sampler } from "../nets/sampling/sampler.ts";

export interface WalkOptions {
  readonly sampler: Sampler;
  /** The entry of the sampler's timesteps that is begun at; 0 by default. */
  readonly start?: number;
  /** Changed in place. */
  readonly latents: Float32Array;
  /** What the UNet says, guided, for latents that are scaled as it is given them. */
  predict(input: Float32Array, timestep: number, index: number): Promise<Float32Array>;
  /** Standard normal numbers for a step that draws them. */
  readonly noise?: (index: number) => Float32Array;
  /** After each step, before the next. */
  readonly onStep?: ((latents: Float32Array, index: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Samples latents with whatever predicts. @throws EditError `cancelled` between steps */
export async function walk(options: WalkOptions): Promise<Float32Array> {
  const { sampler, start = 0, latents, predict, noise, onStep, signal } = options;
  for (let index = start; index < sampler.timesteps.length; index++) {
    throwIfCancelled(signal);
    const scale = sampler.inputScale(index);
    const input = scale === 1 ? latents : latents.map((value) => value * scale);
    const output = await predict(input, sampler.timesteps[index] as number, index);
    sampler.step(index, output, latents, sampler.drawsNoise(index) ? noise?.(index) : undefined);
    onStep?.(latents, index);
    await nextTurn();
  }
  return latents;
}
