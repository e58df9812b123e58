import { z } from "zod";
import { required } from "../required.ts";
import { checkSteps, linspace, unsupportedOption, valueAt } from "./noise-schedule.ts";
import { mix, type Sampler } from "./sampler.ts";

const schema = z.object({
  num_train_timesteps: z.int().min(1).default(1000),
  shift: z.number().positive().default(1),
  use_dynamic_shifting: z.boolean().default(false),
  time_shift_type: z.enum(["exponential", "linear"]).default("exponential"),
  shift_terminal: z.number().min(0).lt(1).nullish(),
  invert_sigmas: unsupportedOption,
  use_karras_sigmas: unsupportedOption,
  use_exponential_sigmas: unsupportedOption,
  use_beta_sigmas: unsupportedOption,
  stochastic_sampling: unsupportedOption,
});

export interface FlowMatchOptions {
  /** 1 to the number of training timesteps. */
  readonly steps: number;
  /** How far noise levels are shifted up for a picture of this size, where the configuration shifts by size: `flux2Shift` of FLUX.2. */
  readonly mu?: number;
  /**
   * Where levels lie before they are shifted: `whole` from 1 down to 1 / steps, as FLUX's pipelines have them; `trained`, the default,
   * down to the least that the schedule has.
   */
  readonly levels?: "whole" | "trained";
}

/**
 * Euler's method on flow matching (https://arxiv.org/abs/2210.02747), diffusers' FlowMatchEulerDiscreteScheduler: a sample is
 * `(1 - sigma) * clean + sigma * noise`, and the network says `noise - clean`.
 * @throws z.ZodError where the configuration has what is not built; EditError `setting-out-of-range`
 */
export function createFlowMatchEuler(rawConfig: unknown, options: FlowMatchOptions): Sampler {
  const config = schema.parse(rawConfig);
  const { steps } = options;
  const { num_train_timesteps: trained } = config;
  checkSteps(steps, trained);
  const shifted = levelsBefore(config, options).map(shiftOf(config, options));
  const levels = stretched(shifted, config.shift_terminal ?? 0).map(Math.fround);
  const sigmas = [...levels, 0];

  return {
    timesteps: levels.map((sigma) => Math.fround(sigma * trained)),
    sigmas,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,
    step(index, modelOutput, sample) {
      mix(1, sample, valueAt(sigmas, index + 1) - valueAt(sigmas, index), modelOutput, sample);
    },
    addNoise(original, noise, index, out) {
      const sigma = valueAt(sigmas, index);
      mix(1 - sigma, original, sigma, noise, out);
    },
  };
}

/**
 * The shift that FLUX.2's pipelines fitted, by how many tokens a picture has (a token is 16 × 16 pixels) and how many steps are
 * walked (`compute_empirical_mu`, https://github.com/black-forest-labs/flux2).
 */
export function flux2Shift(tokens: number, steps: number): number {
  const atMany = 0.00016927 * tokens + 0.45666666;
  if (tokens > 4300) return atMany;
  const atFew = 8.73809524e-5 * tokens + 1.89833333;
  const slope = (atMany - atFew) / 190;
  return slope * steps + atMany - 200 * slope;
}

type Config = z.infer<typeof schema>;

function levelsBefore(
  { num_train_timesteps: trained, ...config }: Config,
  { steps, levels }: FlowMatchOptions,
) {
  if (levels === "whole") return linspace(1, 1 / steps, steps).map(Math.fround);
  // diffusers shifts the least trained level once here, and once more with all others.
  const least = config.use_dynamic_shifting ? 1 / trained : shiftBy(config.shift, 1 / trained);
  return linspace(1, least, steps);
}

function shiftOf({ use_dynamic_shifting, time_shift_type, shift }: Config, { mu }: FlowMatchOptions) {
  if (!use_dynamic_shifting) return (level: number) => shiftBy(shift, level);
  const by = required(mu, "a shift for this picture's size");
  return (level: number) => {
    const weight = time_shift_type === "exponential" ? Math.exp(by) : by;
    return weight / (weight + (1 / level - 1));
  };
}

function shiftBy(shift: number, level: number): number {
  return (shift * level) / (1 + (shift - 1) * level);
}

/** Levels spread so that the last is `terminal`; as they are where that is 0. */
function stretched(levels: readonly number[], terminal: number): number[] {
  if (terminal === 0) return [...levels];
  const scale = (1 - valueAt(levels, levels.length - 1)) / (1 - terminal);
  return levels.map((level) => 1 - (1 - level) / scale);
}
