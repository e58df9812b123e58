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
  timestepSpacingSchema,
  unsupportedOption,
  valueAt,
} from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("leading"),
  variance_type: z.enum(["fixed_small", "fixed_small_log", "fixed_large"]).default("fixed_small"),
  ...clippingSchema.shape,
  thresholding: unsupportedOption,
});

/** Denoising diffusion probabilistic models, equations 6, 7 and 15 of https://arxiv.org/abs/2006.11239, over strides of timesteps. */
export function createDdpm(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const alphas = cumulativeAlphas(config);
  const timesteps = spacedTimesteps(config, config.timestep_spacing, steps).map(roundHalfToEven);
  const limit = clippingLimit(config);
  const alphaOf = (timestep: number) => valueAt(alphas, Math.min(timestep, alphas.length - 1));
  const alphaAt = (index: number) => alphaOf(valueAt(timesteps, index));
  const alphaAfter = (index: number) => (index + 1 < timesteps.length ? alphaAt(index + 1) : 1);

  /** Of the noise that a step draws. */
  const deviationAt = (index: number): number => {
    const beta = 1 - alphaAt(index) / alphaAfter(index);
    if (valueAt(timesteps, index) <= 0) return 0;
    if (config.variance_type === "fixed_large") return Math.sqrt(beta);
    return Math.sqrt(((1 - alphaAfter(index)) / (1 - alphaAt(index))) * beta);
  };

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: (index) => deviationAt(index) > 0,

    step(index, modelOutput, sample, noise) {
      const alpha = alphaAt(index);
      const nextAlpha = alphaAfter(index);
      const kept = alpha / nextAlpha;
      const ofClean = (Math.sqrt(nextAlpha) * (1 - kept)) / (1 - alpha);
      const ofSample = (Math.sqrt(kept) * (1 - nextAlpha)) / (1 - alpha);
      const deviation = deviationAt(index);
      const prediction = predictionAt(config.prediction_type, levelOfAlpha(alpha)).clean;
      for (let i = 0; i < sample.length; i++) {
        const x = sample[i] as number;
        const clean = prediction.sample * x + prediction.output * (modelOutput[i] as number);
        const clipped = Math.max(-limit, Math.min(limit, clean));
        const added = deviation === 0 ? 0 : deviation * (noise?.[i] ?? 0);
        sample[i] = ofClean * clipped + ofSample * x + added;
      }
    },

    addNoise(original, noise, index, out) {
      const level = levelOfAlpha(alphaAt(index));
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}
