import { z } from "zod";
import { multistepSchedule, multistepSchema } from "../multistep-schedule.ts";
import { levelOfSigma, predictionAt, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = multistepSchema.extend({
  // Names of other solvers' variants stand for this one where a config was written for another class.
  algorithm_type: z.enum(["deis", "dpmsolver", "dpmsolver++"]).default("deis"),
  solver_type: z.enum(["logrho", "midpoint", "heun", "bh1", "bh2"]).default("logrho"),
  solver_order: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
  variance_type: z.null().optional(),
});

/**
 * Diffusion exponential integrator sampling, log-rho of https://arxiv.org/abs/2204.13902, first to third order: predicted
 * noise is taken as a polynomial of the logarithm of rho, noise over signal, and integrated over rho. As in diffusers the
 * walk ends at the first trained noise level.
 */
export function createDeis(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const { timesteps, sigmas } = multistepSchedule({ ...config, final_sigmas_type: "sigma_min" }, steps);
  /** Predicted noise of the newest and earlier steps, newest first. */
  let noises: { readonly sigma: number; readonly values: Float32Array }[] = [];

  const orderAt = (index: number): number => {
    const isShort = config.lower_order_final && timesteps.length < 15;
    return Math.min(config.solver_order, isShort ? timesteps.length - index : config.solver_order);
  };

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const sigma = valueAt(sigmas, index);
      const next = valueAt(sigmas, index + 1);
      const [level, nextLevel] = [levelOfSigma(sigma), levelOfSigma(next)];
      const prediction = predictionAt(config.prediction_type, level).noise;
      const values = new Float32Array(sample.length);
      mix(prediction.sample, sample, prediction.output, modelOutput, values);
      // Of equal levels, as a thousand steps have them, the newest counts.
      const earlier = noises.filter((noise) => noise.sigma !== sigma);
      noises = [{ sigma, values }, ...earlier].slice(0, config.solver_order);
      const used = noises.slice(0, orderAt(index));
      const weights = integrals(
        used.map((noise) => noise.sigma),
        sigma,
        next,
      );
      const kept = nextLevel.signal / level.signal;
      for (let i = 0; i < sample.length; i++) sample[i] = kept * (sample[i] as number);
      for (const [back, noise] of used.entries()) {
        mix(1, sample, nextLevel.signal * valueAt(weights, back), noise.values, sample);
      }
    },

    addNoise(original, noise, index, out) {
      const level = levelOfSigma(valueAt(sigmas, index));
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}

/** The integrals over rho of the polynomials of its logarithm, up to the second degree, that are 1 at one node and 0 at the others. */
function integrals(nodes: readonly number[], from: number, to: number): number[] {
  const logs = nodes.map(Math.log);
  const difference = (antiderivative: (rho: number, log: number) => number) =>
    antiderivative(to, Math.log(to)) - antiderivative(from, Math.log(from));
  const moments = [
    to - from,
    difference((rho, log) => rho * (log - 1)),
    difference((rho, log) => rho * (log * log - 2 * log + 2)),
  ] as const;
  return logs.map((log, node) => {
    const [first, second] = logs.filter((_, other) => other !== node);
    if (first === undefined) return moments[0];
    if (second === undefined) return (moments[1] - first * moments[0]) / (log - first);
    const numerator = moments[2] - (first + second) * moments[1] + first * second * moments[0];
    return numerator / ((log - first) * (log - second));
  });
}
