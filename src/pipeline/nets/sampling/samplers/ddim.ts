import { z } from "zod";
import {
  clippingLimit,
  clippingSchema,
  cumulativeAlphas,
  levelOfAlpha,
  noiseScheduleSchema,
  predictionAt,
  roundHalfToEven,
  spacedTimesteps,
  timestepAfter,
  timestepSpacingSchema,
  unsupportedOption,
  valueAt,
} from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("leading"),
  ...clippingSchema.shape,
  set_alpha_to_one: z.boolean().default(true),
  thresholding: unsupportedOption,
});

/** Denoising diffusion implicit models, equations 12 and 16 of https://arxiv.org/abs/2010.02502. */
export function createDdim(rawConfig: unknown, { steps, eta = 0 }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const alphas = cumulativeAlphas(config);
  const timesteps = spacedTimesteps(config, config.timestep_spacing, steps).map(roundHalfToEven);
  const spacing = {
    spacing: config.timestep_spacing,
    stride: Math.floor(config.num_train_timesteps / steps),
  };
  const finalAlpha = config.set_alpha_to_one ? 1 : valueAt(alphas, 0);
  const limit = clippingLimit(config);

  // With 1000 steps and an offset the first timestep lies one beyond the last trained one.
  const alphaAt = (timestep: number) =>
    timestep < 0 ? finalAlpha : valueAt(alphas, Math.min(timestep, alphas.length - 1));
  const alphaBefore = (index: number) => alphaAt(valueAt(timesteps, index));

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => eta > 0,

    step(index, modelOutput, sample, noise) {
      const alpha = alphaBefore(index);
      const nextAlpha = alphaAt(timestepAfter(timesteps, index, spacing));
      const variance = ((1 - nextAlpha) / (1 - alpha)) * (1 - alpha / nextAlpha);
      const drawn = eta * Math.sqrt(variance);
      const signal = Math.sqrt(nextAlpha);
      const direction = Math.sqrt(1 - nextAlpha - drawn * drawn);
      const prediction = predictionAt(config.prediction_type, levelOfAlpha(alpha));
      const { sample: cleanOfSample, output: cleanOfOutput } = prediction.clean;
      const { sample: noiseOfSample, output: noiseOfOutput } = prediction.noise;
      for (let i = 0; i < sample.length; i++) {
        const x = sample[i] as number;
        const output = modelOutput[i] as number;
        const clean = cleanOfSample * x + cleanOfOutput * output;
        const clipped = Math.max(-limit, Math.min(limit, clean));
        const predictedNoise = noiseOfSample * x + noiseOfOutput * output;
        const added = drawn === 0 ? 0 : drawn * (noise?.[i] ?? 0);
        sample[i] = signal * clipped + direction * predictedNoise + added;
      }
    },

    addNoise(original, noise, index, out) {
      const level = levelOfAlpha(alphaBefore(index));
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}
