import { z } from "zod";
import { distilledSchedule, distilledSchema } from "../distilled-schedule.ts";
import { clippingLimit, clippingSchema, levelOfAlpha, predictionAt, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = distilledSchema.extend({
  timestep_scaling: z.number().positive().default(10),
  ...clippingSchema.shape,
});

/** Standard deviation of the data that the boundary condition of a consistency model supposes. */
const sigmaData = 0.5;

/** Multistep sampling of latent consistency models, https://arxiv.org/abs/2310.04378. */
export function createLcm(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const { alphas, timesteps } = distilledSchedule(config, steps);
  const levelAt = (index: number) => levelOfAlpha(valueAt(alphas, valueAt(timesteps, index)));
  const limit = clippingLimit(config);

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: (index) => index < timesteps.length - 1,

    step(index, modelOutput, sample, noise) {
      const scaled = valueAt(timesteps, index) * config.timestep_scaling;
      const square = scaled * scaled + sigmaData * sigmaData;
      const skip = (sigmaData * sigmaData) / square;
      const through = scaled / Math.sqrt(square);
      const prediction = predictionAt(config.prediction_type, levelAt(index)).clean;
      const isLast = index === timesteps.length - 1;
      const next = isLast ? { signal: 1, noise: 0 } : levelAt(index + 1);
      for (let i = 0; i < sample.length; i++) {
        const x = sample[i] as number;
        const clean = prediction.sample * x + prediction.output * (modelOutput[i] as number);
        const denoised = through * Math.min(Math.max(clean, -limit), limit) + skip * x;
        sample[i] = next.signal * denoised + next.noise * (noise?.[i] ?? 0);
      }
    },

    addNoise(original, noise, index, out) {
      const level = levelAt(index);
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}
