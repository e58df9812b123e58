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
} from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

/** What Euler's, Heun's and the linear multistep sampler share of their configurations. */
export const sigmaSpaceSchema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("linspace"),
  use_karras_sigmas: z.boolean().nullish(),
  use_exponential_sigmas: unsupportedOption,
  use_beta_sigmas: unsupportedOption,
});

const schema = sigmaSpaceSchema.extend({
  interpolation_type: z.literal("linear").default("linear"),
  timestep_type: z.literal("discrete").default("discrete"),
  final_sigmas_type: z.enum(["zero", "sigma_min"]).default("zero"),
  sigma_min: z.null().optional(),
  sigma_max: z.null().optional(),
});

/** Euler's method on the probability flow, algorithm 2 without churn of https://arxiv.org/abs/2206.00364. */
export function createEuler(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const last = config.final_sigmas_type === "zero" ? 0 : valueAt(trainingSigmas(config), 0);
  const spaced = sigmaSchedule(config, steps);
  const { timesteps } = spaced;
  const sigmas = [...spaced.sigmas, last];

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

/** Timesteps from noisy to clean, and noise over signal at each; Karras's lie between those at the ends. */
export function sigmaSchedule(
  config: z.infer<typeof sigmaSpaceSchema>,
  steps: number,
): { timesteps: number[]; sigmas: number[] } {
  const trained = trainingSigmas(config);
  const timesteps = spacedTimesteps(config, config.timestep_spacing, steps).map(Math.fround);
  const sigmas = timesteps.map((timestep) => interpolate(trained, timestep));
  if (!config.use_karras_sigmas) return { timesteps, sigmas };
  const spread = karrasSigmas(valueAt(sigmas, 0), valueAt(sigmas, steps - 1), steps);
  return { timesteps: spread.map((sigma) => timestepOfSigma(sigma, trained)), sigmas: spread };
}

/** What a model output says of the clean sample where samples are clean plus sigma times noise, as factors of both. */
export function cleanInSigmaSpace(
  type: PredictionType,
  sigma: number,
): { readonly sample: number; readonly output: number } {
  const square = sigma * sigma + 1;
  return type === "epsilon"
    ? { sample: 1, output: -sigma }
    : { sample: 1 / square, output: -sigma / Math.sqrt(square) };
}

/** What samplers share whose samples are not scaled: samples are clean plus sigma times noise, not scaled to unit variance. */
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
