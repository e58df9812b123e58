import { distilledSchedule, distilledSchema } from "../distilled-schedule.ts";
import { levelOfAlpha, predictionAt, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

/** What the authors of trajectory consistency distillation paint with. */
const standardEta = 0.3;

/**
 * Strategic stochastic sampling of https://arxiv.org/abs/2402.19159, algorithm 2: each step goes past the next timestep, by
 * `eta` of the way to the clean end, and draws noise to come back to it.
 */
export function createTcd(rawConfig: unknown, { steps, eta = standardEta }: SamplerOptions): Sampler {
  const config = distilledSchema.parse(rawConfig);
  const { alphas, timesteps } = distilledSchedule(config, steps);
  const alphaAt = (index: number) => valueAt(alphas, valueAt(timesteps, index));
  const drawsNoise = (index: number) => eta > 0 && index < timesteps.length - 1;

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise,

    step(index, modelOutput, sample, noise) {
      const next = timesteps[index + 1] ?? 0;
      // In 32 bits, as it was recorded: a product just below a whole number is that number.
      const beyond = valueAt(alphas, Math.floor(Math.fround(Math.fround(1 - eta) * next)));
      const level = levelOfAlpha(beyond);
      const prediction = predictionAt(config.prediction_type, levelOfAlpha(alphaAt(index)));
      const ofSample = level.signal * prediction.clean.sample + level.noise * prediction.noise.sample;
      const ofOutput = level.signal * prediction.clean.output + level.noise * prediction.noise.output;
      mix(ofSample, sample, ofOutput, modelOutput, sample);
      if (!drawsNoise(index) || noise === undefined) return;
      const kept = valueAt(alphas, next) / beyond;
      mix(Math.sqrt(kept), sample, Math.sqrt(Math.max(0, 1 - kept)), noise, sample);
    },

    addNoise(original, noise, index, out) {
      const level = levelOfAlpha(alphaAt(index));
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}
