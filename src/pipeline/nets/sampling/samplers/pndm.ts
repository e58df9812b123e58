import { z } from "zod";
import { required } from "../../required.ts";
import {
  cumulativeAlphas,
  levelOfAlpha,
  noiseScheduleSchema,
  predictionAt,
  roundHalfToEven,
  spacedTimesteps,
  timestepAfter,
  timestepSpacingSchema,
  valueAt,
} from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("leading"),
  set_alpha_to_one: z.boolean().default(false),
  /** The Runge-Kutta start of the paper is not built; Stable Diffusion skips it, also where a configuration says nothing. */
  skip_prk_steps: z.literal(true).default(true),
});

/** Weights of the newest and the earlier noise, by how many there are (Adams-Bashforth). */
const multistepWeights = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
] as const;

/**
 * Pseudo linear multistep sampling, equation 9 of https://arxiv.org/abs/2202.09778. The second timestep is taken
 * twice, first to look ahead, so there is one timestep more than steps. A sampling that begins later does not look ahead:
 * diffusers does there, and shows the UNet from then on the noise of one step before.
 */
export function createPndm(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const alphas = cumulativeAlphas({ ...config, rescale_betas_zero_snr: false });
  const stride = Math.floor(config.num_train_timesteps / steps);
  const spacing = { spacing: config.timestep_spacing, stride };
  const plain = spacedTimesteps(config, config.timestep_spacing, steps).map(roundHalfToEven);
  const timesteps = [...plain.slice(0, 2), ...plain.slice(1, 2), ...plain.slice(2)];
  const finalAlpha = config.set_alpha_to_one ? 1 : valueAt(alphas, 0);
  const alphaAt = (timestep: number) =>
    timestep < 0 ? finalAlpha : valueAt(alphas, Math.min(timestep, alphas.length - 1));

  /** Predicted noise of the newest and earlier steps, newest first: outputs of other kinds hang on their own timestep. */
  let noises: Float32Array[] = [];
  /** What the look-ahead goes back to. */
  let first: { readonly sample: Float32Array; readonly timestep: number } | null = null;

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const timestep = valueAt(timesteps, index);
      const noise = noiseOf(modelOutput, sample, timestep);
      const combined = new Float32Array(sample.length);
      if (index === 1) {
        if (first === null) return;
        mix(0.5, noise, 0.5, required(noises[0], "the noise of the first step"), combined);
        sample.set(first.sample);
        const from = spacing.spacing === "linspace" ? first.timestep : timestep + stride;
        move(from, timestep, combined, sample);
        return;
      }
      if (index === 0) first = { sample: sample.slice(), timestep };
      noises = [noise, ...noises.slice(0, 3)];
      combine(noises, combined);
      move(timestep, timestepAfter(timesteps, index, spacing), combined, sample);
    },

    addNoise(original, noise, index, out) {
      const level = levelOfAlpha(alphaAt(valueAt(timesteps, index)));
      mix(level.signal, original, level.noise, noise, out);
    },
  };

  function noiseOf(output: Float32Array, sample: Float32Array, timestep: number): Float32Array {
    const prediction = predictionAt(config.prediction_type, levelOfAlpha(alphaAt(timestep))).noise;
    const noise = new Float32Array(sample.length);
    mix(prediction.sample, sample, prediction.output, output, noise);
    return noise;
  }

  function move(from: number, to: number, noise: Float32Array, sample: Float32Array): void {
    const level = levelOfAlpha(alphaAt(from));
    const next = levelOfAlpha(alphaAt(to));
    const kept = next.signal / level.signal;
    const change =
      -(next.signal ** 2 - level.signal ** 2) /
      (level.signal ** 2 * next.noise + level.signal * level.noise * next.signal);
    mix(kept, sample, change, noise, sample);
  }
}

function combine(noises: readonly Float32Array[], out: Float32Array): void {
  const weights = required(multistepWeights[noises.length - 1], "noise of one to four steps");
  for (const [order, noise] of noises.entries()) mix(1, out, valueAt(weights, order), noise, out);
}
