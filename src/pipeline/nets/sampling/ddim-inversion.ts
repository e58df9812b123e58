import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { withoutNulls } from "../../../packs/text-file.ts";
import type { SchedulerConfig } from "./create-sampler.ts";
import {
  cumulativeAlphas,
  levelOfAlpha,
  noiseScheduleSchema,
  predictionAt,
  roundHalfToEven,
  spacedTimesteps,
  valueAt,
} from "./noise-schedule.ts";

/** DDIM walked the other way, from a picture's latents to the noise that they would have come from. */
export interface DdimInversion {
  /** The timestep that the UNet is given at each step, from clean to noisy. */
  readonly timesteps: readonly number[];
  /** Replaces `sample` by the one with the noise of step `index`'s timestep. Steps are taken in order. */
  step(index: number, modelOutput: Float32Array, sample: Float32Array): void;
  /** DDIM's own step back over step `index`: the cleaner sample is these times sample and model output. */
  back(index: number): BackStep;
}

/** Factors of a noisy sample and of the model's output for it. */
export interface BackStep {
  readonly sample: number;
  readonly output: number;
}

const schema = noiseScheduleSchema.extend({
  timestep_spacing: z.enum(["leading", "trailing"]).default("leading"),
  set_alpha_to_one: z.boolean().default(true),
});

/**
 * The inverse of the DDIM of as many steps (section 4.3 of https://arxiv.org/abs/2010.02502; diffusers' DDIMInverseScheduler,
 * eta 0, nothing clipped), on the noise schedule of any scheduler's configuration.
 * @throws EditError `network-unsupported` for timesteps that lie otherwise, `setting-out-of-range` for steps that the schedule lacks
 */
export function createDdimInversion(
  config: SchedulerConfig,
  { steps }: { readonly steps: number },
): DdimInversion {
  const parsed = schema.safeParse(withoutNulls(config));
  if (!parsed.success) {
    const { path = [], message = "" } = parsed.error.issues[0] ?? {};
    throw new EditError(
      "network-unsupported",
      `Expected a scheduler config that DDIM's inversion can follow, got ${path.join(".")}: ${message}.`,
    );
  }
  const { data } = parsed;
  const alphas = cumulativeAlphas(data);
  const timesteps = spacedTimesteps(data, data.timestep_spacing, steps).map(roundHalfToEven).reverse();
  const stride = Math.floor(data.num_train_timesteps / steps);
  const firstAlpha = data.set_alpha_to_one ? 1 : valueAt(alphas, 0);
  const alphaAt = (timestep: number) =>
    timestep < 0 ? firstAlpha : valueAt(alphas, Math.min(timestep, alphas.length - 1));

  return {
    timesteps,
    step(index, modelOutput, sample) {
      const timestep = valueAt(timesteps, index);
      const from = levelOfAlpha(alphaAt(timestep - stride));
      const to = levelOfAlpha(alphaAt(timestep));
      const { clean, noise } = predictionAt(data.prediction_type, from);
      for (let i = 0; i < sample.length; i++) {
        const x = sample[i] as number;
        const output = modelOutput[i] as number;
        const predictedClean = clean.sample * x + clean.output * output;
        const predictedNoise = noise.sample * x + noise.output * output;
        sample[i] = to.signal * predictedClean + to.noise * predictedNoise;
      }
    },
    back(index) {
      const timestep = valueAt(timesteps, index);
      const from = levelOfAlpha(alphaAt(timestep));
      const to = levelOfAlpha(alphaAt(timestep - stride));
      const { clean, noise } = predictionAt(data.prediction_type, from);
      return {
        sample: to.signal * clean.sample + to.noise * noise.sample,
        output: to.signal * clean.output + to.noise * noise.output,
      };
    },
  };
}
