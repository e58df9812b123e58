import { z } from "zod";
import {
  checkSteps,
  interpolate,
  karrasSigmas,
  linspace,
  noiseScheduleSchema,
  roundHalfToEven,
  timestepOfSigma,
  timestepSpacingSchema,
  trailingTimesteps,
  trainingSigmas,
  unsupportedOption,
  valueAt,
} from "./noise-schedule.ts";

/** What DPM-Solver++, UniPC and DEIS share of their configurations. */
export const multistepSchema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("linspace"),
  lower_order_final: z.boolean().default(true),
  use_karras_sigmas: z.boolean().nullish(),
  final_sigmas_type: z.enum(["zero", "sigma_min"]).default("zero"),
  lambda_min_clipped: z.number().nullish(),
  thresholding: unsupportedOption,
  use_exponential_sigmas: unsupportedOption,
  use_beta_sigmas: unsupportedOption,
  use_lu_lambdas: unsupportedOption,
  use_flow_sigmas: unsupportedOption,
  use_dynamic_shifting: unsupportedOption,
});

export type MultistepConfig = z.infer<typeof multistepSchema>;

/**
 * Timesteps from noisy to clean, and noise over signal at each of them and after the last.
 * @throws EditError `setting-out-of-range`
 */
export function multistepSchedule(
  config: MultistepConfig,
  steps: number,
): { timesteps: number[]; sigmas: number[] } {
  checkSteps(steps, config.num_train_timesteps);
  const trained = trainingSigmas(config);
  const last = config.final_sigmas_type === "zero" ? 0 : valueAt(trained, 0);
  if (config.use_karras_sigmas) {
    const sigmas = karrasSigmas(valueAt(trained, trained.length - 1), valueAt(trained, 0), steps);
    const positions = sigmas.map((sigma) => timestepOfSigma(sigma, trained));
    const round = config.beta_schedule === "squaredcos_cap_v2" ? Math.trunc : roundHalfToEven;
    return { timesteps: positions.map(round), sigmas: [...sigmas, last] };
  }
  const timesteps = timestepsOf(config, trained, steps);
  return { timesteps, sigmas: [...timesteps.map((timestep) => interpolate(trained, timestep)), last] };
}

/** One stride more than the steps, whose clean end the last step reaches by itself. */
function timestepsOf(config: MultistepConfig, trained: Float64Array, steps: number): number[] {
  const noisiest = Math.exp(-(config.lambda_min_clipped ?? Number.NEGATIVE_INFINITY));
  const count = trained.filter((sigma) => sigma <= noisiest).length;
  if (config.timestep_spacing === "trailing") {
    return trailingTimesteps(count, config.num_train_timesteps, steps);
  }
  if (config.timestep_spacing === "leading") {
    const stride = Math.floor(count / (steps + 1));
    return Array.from({ length: steps }, (_, index) => (steps - index) * stride + config.steps_offset);
  }
  return linspace(0, count - 1, steps + 1)
    .map(roundHalfToEven)
    .reverse()
    .slice(0, -1);
}
