import { z } from "zod";
import {
  checkSteps,
  interpolate,
  karrasSigmas,
  levelOfSigma,
  linspace,
  noiseScheduleSchema,
  predictionAt,
  roundHalfToEven,
  timestepOfSigma,
  timestepSpacingSchema,
  trailingTimesteps,
  trainingSigmas,
  unsupportedOption,
  valueAt,
} from "./noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "./sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("linspace"),
  // Names of other solvers' variants stand for these where a config was written for another class.
  algorithm_type: z.enum(["dpmsolver++", "deis"]).default("dpmsolver++"),
  solver_type: z.enum(["midpoint", "heun", "logrho", "bh1", "bh2"]).default("midpoint"),
  solver_order: z.union([z.literal(1), z.literal(2)]).default(2),
  lower_order_final: z.boolean().default(true),
  euler_at_final: z.boolean().default(false),
  use_karras_sigmas: z.boolean().nullish(),
  final_sigmas_type: z.enum(["zero", "sigma_min"]).default("zero"),
  lambda_min_clipped: z.number().nullish(),
  thresholding: unsupportedOption,
  use_exponential_sigmas: unsupportedOption,
  use_beta_sigmas: unsupportedOption,
  use_lu_lambdas: unsupportedOption,
  use_flow_sigmas: unsupportedOption,
  use_dynamic_shifting: unsupportedOption,
  variance_type: z.null().optional(),
});

type Config = z.infer<typeof schema>;

/** DPM-Solver++ of first or second order (2M), https://arxiv.org/abs/2211.01095. */
export function createDpmSolverMultistep(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  checkSteps(steps, config.num_train_timesteps);
  const { timesteps, sigmas } = schedule(config, steps);
  let earlierClean: Float32Array | null = null;
  let clean: Float32Array | null = null;

  const firstOrderAt = (index: number) =>
    config.solver_order === 1 ||
    (index === timesteps.length - 1 &&
      (config.euler_at_final ||
        config.final_sigmas_type === "zero" ||
        (config.lower_order_final && timesteps.length < 15)));

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      [earlierClean, clean] = [clean, earlierClean ?? new Float32Array(sample.length)];
      const level = levelOfSigma(valueAt(sigmas, index));
      const prediction = predictionAt(config.prediction_type, level).clean;
      mix(prediction.sample, sample, prediction.output, modelOutput, clean);

      const next = levelOfSigma(valueAt(sigmas, index + 1));
      const width = Math.log(valueAt(sigmas, index)) - Math.log(valueAt(sigmas, index + 1));
      const gain = -next.signal * Math.expm1(-width);
      const kept = next.noise / level.noise;
      const widthBefore =
        earlierClean === null ? 0 : Math.log(valueAt(sigmas, index - 1)) - Math.log(valueAt(sigmas, index));
      // Equal neighbours, as a thousand steps have them, leave no difference to learn from.
      if (earlierClean === null || firstOrderAt(index) || !(widthBefore > 0)) {
        mix(kept, sample, gain, clean, sample);
        return;
      }
      const ratio = width / widthBefore;
      const slope =
        config.solver_type === "heun"
          ? next.signal * (Math.expm1(-width) / width + 1) * ratio
          : 0.5 * gain * ratio;
      for (let i = 0; i < sample.length; i++) {
        const now = clean[i] as number;
        sample[i] = kept * (sample[i] as number) + gain * now + slope * (now - (earlierClean[i] as number));
      }
    },

    addNoise(original, noise, index, out) {
      const level = levelOfSigma(valueAt(sigmas, index));
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}

function schedule(config: Config, steps: number): { timesteps: number[]; sigmas: number[] } {
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
function timestepsOf(config: Config, trained: Float64Array, steps: number): number[] {
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
