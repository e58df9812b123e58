import { throwIfCancelled } from "../../errors.ts";
import { createSampler } from "../nets/sampling/create-sampler.ts";
import type { SamplerKind } from "../nets/sampling/sampler.ts";
import type { Tensor } from "../nets/tensor.ts";
import type { EditedPicture, EditorOptions, EditorPicture } from "./editor.ts";
import { invert } from "./inversion.ts";
import { type EditorParts, openStreams, type Streams } from "./streams.ts";
import { walk } from "./walk.ts";

/** A step from noise to the result. */
export interface NoiseStep {
  /** Latents of what is painted, scaled as the UNet is given them. */
  readonly input: Float32Array;
  /** The picture's own latents at the same level of noise. */
  readonly walked: Float32Array;
  readonly timestep: number;
  /** From the noisy end. */
  readonly index: number;
}

export interface FromNoiseOptions extends EditorOptions {
  /** What the picture shows. */
  readonly shown: Tensor;
  /** The pack's own by default. */
  readonly sampler?: SamplerKind;
  /** What the UNet says, guided. */
  predict(streams: Streams, step: NoiseStep): Promise<Float32Array>;
}

/**
 * Turns a picture into the noise that it would be painted from, and paints another from there in as many steps.
 * @throws EditError `inversion-diverged`, `cancelled`
 */
export async function paintFromNoise(
  parts: EditorParts,
  picture: EditorPicture,
  { steps, shown, sampler: kind, predict, signal, onStep, onLatents }: FromNoiseOptions,
): Promise<EditedPicture> {
  throwIfCancelled(signal);
  const streams = await openStreams(parts, picture);
  const sampler = createSampler(parts.scheduler, { steps, kind });
  const all = steps + sampler.timesteps.length;
  let done = 0;
  const tick = () => onStep?.(++done, all);
  const inverted = await invert(parts, streams, { steps, text: shown, signal, onStep: tick });
  const byEntry = inverted.toReversed();
  const latents = (byEntry[0] ?? streams.clean.data).slice();
  await walk({
    ...{ sampler, latents, signal },
    predict: (input, timestep, index) =>
      predict(streams, { input, walked: byEntry[index] ?? streams.clean.data, timestep, index }),
    onStep(now) {
      tick();
      onLatents?.(now);
    },
  });
  return { rgb: await streams.decode(latents), mask: null };
}
