import { z } from "zod";
import { multistepSchedule, multistepSchema } from "../multistep-schedule.ts";
import { levelOfSigma, predictionAt, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = multistepSchema.extend({
  // Names of other solvers' variants stand for these where a config was written for another class.
  algorithm_type: z.enum(["dpmsolver++", "deis"]).default("dpmsolver++"),
  solver_type: z.enum(["midpoint", "heun", "logrho", "bh1", "bh2"]).default("midpoint"),
  solver_order: z.union([z.literal(1), z.literal(2)]).default(2),
  euler_at_final: z.boolean().default(false),
  variance_type: z.null().optional(),
});

/** DPM-Solver++ of first or second order (2M), https://arxiv.org/abs/2211.01095. */
export function createDpmSolverMultistep(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const { timesteps, sigmas } = multistepSchedule(config, steps);
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
