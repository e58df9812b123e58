import { z } from "zod";
import {
  interpolate,
  karrasSigmas,
  noiseScheduleSchema,
  type PredictionType,
  spacedTimesteps,
  timestepOfSigma,
  timestepSpacingSchema,
  trainingSigmas,
  unsupportedOption,
  valueAt,
} from "./noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "./sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("linspace"),
  interpolation_type: z.literal("linear").default("linear"),
  timestep_type: z.literal("discrete").default("discrete"),
  use_karras_sigmas: z.boolean().nullish(),
  final_sigmas_type: z.enum(["zero", "sigma_min"]).default("zero"),
  sigma_min: z.null().optional(),
  sigma_max: z.null().optional(),
  use_exponential_sigmas: unsupportedOption,
  use_beta_sigmas: unsupportedOption,
});

/** Euler's method on the probability flow, algorithm 2 without churn of https://arxiv.org/abs/2206.00364. */
export function createEuler(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const trained = trainingSigmas(config);
  const spaced = spacedTimesteps(config, config.timestep_spacing, steps).map(Math.fround);
  const interpolated = spaced.map((timestep) => interpolate(trained, timestep));
  const spacedSigmas = config.use_karras_sigmas
    ? karrasSigmas(valueAt(interpolated, 0), valueAt(interpolated, steps - 1), steps)
    : interpolated;
  const timesteps = config.use_karras_sigmas
    ? spacedSigmas.map((sigma) => timestepOfSigma(sigma, trained))
    : spaced;
  const sigmas = [...spacedSigmas, config.final_sigmas_type === "zero" ? 0 : valueAt(trained, 0)];

  return {
    ...sigmaSpace(sigmas, config.timestep_spacing !== "leading"),
    timesteps,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const sigma = valueAt(sigmas, index);
      moveAlongSlope(config.prediction_type, sigma, valueAt(sigmas, index + 1) - sigma, modelOutput, sample);
    },
  };
}

/** What the Euler samplers share: samples are clean plus sigma times noise, not scaled to unit variance. */
export function sigmaSpace(
  sigmas: readonly number[],
  startsAtLargest: boolean,
): Pick<Sampler, "sigmas" | "initNoiseSigma" | "inputScale" | "addNoise"> {
  const largest = Math.max(...sigmas);
  return {
    sigmas,
    initNoiseSigma: startsAtLargest ? largest : Math.sqrt(largest * largest + 1),
    inputScale: (index) => 1 / Math.sqrt(valueAt(sigmas, index) ** 2 + 1),
    addNoise: (original, noise, index, out) => mix(1, original, valueAt(sigmas, index), noise, out),
  };
}

/** Adds `width` times (sample - predicted clean sample) / sigma, in place. */
export function moveAlongSlope(
  type: PredictionType,
  sigma: number,
  width: number,
  modelOutput: Float32Array,
  sample: Float32Array,
): void {
  if (type === "epsilon") {
    mix(1, sample, width, modelOutput, sample);
    return;
  }
  const square = sigma * sigma + 1;
  mix(1 + (width * sigma) / square, sample, width / Math.sqrt(square), modelOutput, sample);
}
