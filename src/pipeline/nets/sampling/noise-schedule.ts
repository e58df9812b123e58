import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { required } from "../required.ts";

/** What all schedulers' `scheduler_config.json` share: how much noise each training timestep has. */
export const noiseScheduleSchema = z.object({
  num_train_timesteps: z.int().min(1).default(1000),
  beta_start: z.number().default(0.0001),
  beta_end: z.number().default(0.02),
  beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2"]).default("linear"),
  trained_betas: z.array(z.number()).nullish(),
  rescale_betas_zero_snr: z.boolean().default(false),
  prediction_type: z.enum(["epsilon", "v_prediction"]).default("epsilon"),
  /** Stable Diffusion was trained and is walked with 1, and early configurations leave it out. */
  steps_offset: z.int().default(1),
});

export type NoiseScheduleConfig = z.infer<typeof noiseScheduleSchema>;
export type PredictionType = NoiseScheduleConfig["prediction_type"];

export const timestepSpacingSchema = z.enum(["linspace", "leading", "trailing"]);
export type TimestepSpacing = z.infer<typeof timestepSpacingSchema>;

/** An option that this project has in its `off` position alone. */
export const unsupportedOption = z.union([z.literal(false), z.null()]).optional();

/**
 * Whether predicted clean latents are clipped. Off where a configuration says nothing: diffusers' own default is on in some
 * schedulers, which its Stable Diffusion pipelines take back, since latents reach to about ±4.
 */
export const clippingSchema = z.object({
  clip_sample: z.boolean().default(false),
  clip_sample_range: z.number().positive().default(1),
});

/** The largest size of a predicted clean latent; infinity where nothing is clipped. */
export function clippingLimit(config: z.infer<typeof clippingSchema>): number {
  return config.clip_sample ? config.clip_sample_range : Number.POSITIVE_INFINITY;
}

/** alpha-bar of each training timestep: the share of the signal's variance that is left, falling from about 1. */
export function cumulativeAlphas(config: NoiseScheduleConfig): Float64Array {
  let product = 1;
  const alphas = Float64Array.from(betas(config), (beta) => {
    product *= 1 - beta;
    return product;
  });
  return config.rescale_betas_zero_snr ? withoutTerminalSignal(alphas) : alphas;
}

/** sqrt((1 - alpha-bar) / alpha-bar): noise over signal of each training timestep, rising. */
export function trainingSigmas(config: NoiseScheduleConfig): Float64Array {
  const alphas = cumulativeAlphas(config);
  if (config.rescale_betas_zero_snr) {
    // The last alpha-bar is 0; fp16's smallest subnormal keeps its sigma finite.
    alphas[alphas.length - 1] = 2 ** -24;
  }
  return alphas.map((alpha) => Math.sqrt((1 - alpha) / alpha));
}

/** Square roots of alpha-bar and its complement: a sample is `signal * clean + noise * noise`. */
export interface Level {
  readonly signal: number;
  readonly noise: number;
}

export function levelOfAlpha(alpha: number): Level {
  return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha) };
}

export function levelOfSigma(sigma: number): Level {
  const signal = 1 / Math.sqrt(sigma * sigma + 1);
  return { signal, noise: sigma * signal };
}

/** What a model output says, as factors of the sample and of the output. */
export interface Prediction {
  readonly clean: { readonly sample: number; readonly output: number };
  readonly noise: { readonly sample: number; readonly output: number };
}

export function predictionAt(type: PredictionType, level: Level): Prediction {
  if (type === "v_prediction") {
    return {
      clean: { sample: level.signal, output: -level.noise },
      noise: { sample: level.noise, output: level.signal },
    };
  }
  return {
    clean: { sample: 1 / level.signal, output: -level.noise / level.signal },
    noise: { sample: 0, output: 1 },
  };
}

/**
 * `steps` timesteps from noisy to clean, as DDIM, PNDM and Euler space them (table 2 of
 * https://arxiv.org/abs/2305.08891). Those spaced linearly are not rounded.
 */
export function spacedTimesteps(
  config: NoiseScheduleConfig,
  spacing: TimestepSpacing,
  steps: number,
): number[] {
  const count = config.num_train_timesteps;
  checkSteps(steps, count);
  if (spacing === "linspace") return linspace(0, count - 1, steps).reverse();
  if (spacing === "trailing") return trailingTimesteps(count, count, steps);
  const ratio = Math.floor(count / steps);
  return Array.from({ length: steps }, (_, index) => (steps - 1 - index) * ratio + config.steps_offset);
}

/**
 * The timestep that a step arrives at, for DDIM and PNDM: one stride further down, as they were recorded; where timesteps
 * lie otherwise, the next of the list. Below 0 is the clean end.
 */
export function timestepAfter(
  timesteps: readonly number[],
  index: number,
  { spacing, stride }: { readonly spacing: TimestepSpacing; readonly stride: number },
): number {
  const timestep = valueAt(timesteps, index);
  if (spacing !== "linspace") return timestep - stride;
  return timesteps.slice(index + 1).find((later) => later < timestep) ?? -1;
}

/** From `last` down in strides of `count / steps`, each rounded and one less. */
export function trailingTimesteps(last: number, count: number, steps: number): number[] {
  const stride = count / steps;
  const length = Math.min(steps, Math.ceil(last / stride));
  return Array.from({ length }, (_, index) => roundHalfToEven(last - index * stride) - 1);
}

/** @throws EditError `setting-out-of-range`. */
export function checkSteps(steps: number, most: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > most) {
    throw new EditError(
      "setting-out-of-range",
      `Expected 1 to ${most} sampling steps, got ${steps}. Set another number of steps.`,
      { setting: "steps" },
    );
  }
}

/** `count` numbers from `first` to `last`, both included. */
export function linspace(first: number, last: number, count: number): number[] {
  const stride = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) =>
    index > 0 && index === count - 1 ? last : first + index * stride,
  );
}

/** Rounds as numpy does, which the published schedules depend on: 166.5 becomes 166. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The value at a whole position of a table of timesteps or noise levels.
 * @throws EditError `internal` where it has none: any other value would be another schedule.
 */
export function valueAt(table: ArrayLike<number>, position: number): number {
  return required(table[position], `a value at ${position} of ${table.length}`);
}

/** The value between two whole positions of a table; the table's ends beyond it. */
export function interpolate(table: ArrayLike<number>, position: number): number {
  const clamped = Math.min(Math.max(position, 0), table.length - 1);
  const low = Math.floor(clamped);
  const from = valueAt(table, low);
  if (low === table.length - 1) return from;
  return from + (valueAt(table, low + 1) - from) * (clamped - low);
}

/** Noise levels of equation 5 of https://arxiv.org/abs/2206.00364, rho = 7, from the largest down. */
export function karrasSigmas(largest: number, smallest: number, steps: number): number[] {
  const rho = 7;
  const from = largest ** (1 / rho);
  const to = smallest ** (1 / rho);
  return linspace(0, 1, steps).map((ramp) => (from + ramp * (to - from)) ** rho);
}

/** The position of a noise level between the training timesteps, interpolated in its logarithm. */
export function timestepOfSigma(sigma: number, trained: Float64Array): number {
  let low = 0;
  while (low < trained.length - 2 && valueAt(trained, low + 1) <= sigma) low++;
  const logLow = Math.log(valueAt(trained, low));
  const logHigh = Math.log(valueAt(trained, low + 1));
  const share = (Math.log(Math.max(sigma, 1e-10)) - logLow) / (logHigh - logLow);
  return low + Math.min(Math.max(share, 0), 1);
}

function betas(config: NoiseScheduleConfig): number[] {
  const { beta_start, beta_end, num_train_timesteps: count, trained_betas } = config;
  if (trained_betas) return trained_betas;
  switch (config.beta_schedule) {
    case "linear":
      return linspace(beta_start, beta_end, count);
    case "scaled_linear":
      return linspace(Math.sqrt(beta_start), Math.sqrt(beta_end), count).map((root) => root * root);
    case "squaredcos_cap_v2":
      return Array.from({ length: count }, (_, index) =>
        Math.min(1 - cosineAlpha((index + 1) / count) / cosineAlpha(index / count), 0.999),
      );
  }
}

function cosineAlpha(time: number): number {
  return Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;
}

/** Algorithm 1 of https://arxiv.org/abs/2305.08891: the last timestep keeps no signal, the first what it had. */
function withoutTerminalSignal(alphas: Float64Array): Float64Array {
  const roots = alphas.map(Math.sqrt);
  const first = valueAt(roots, 0);
  const last = valueAt(roots, roots.length - 1);
  return roots.map((root) => (((root - last) * first) / (first - last)) ** 2);
}
