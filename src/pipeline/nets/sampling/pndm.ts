import { z } from "zod";
import { required } from "../required.ts";
import {
  cumulativeAlphas,
  levelOfAlpha,
  noiseScheduleSchema,
  predictionAt,
  roundHalfToEven,
  spacedTimesteps,
  timestepSpacingSchema,
  valueAt,
} from "./noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "./sampler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("leading"),
  set_alpha_to_one: z.boolean().default(false),
  /** The Runge-Kutta start of the paper is not built; Stable Diffusion skips it. */
  skip_prk_steps: z.literal(true),
});

/** Weights of the newest and the earlier outputs, by how many there are (Adams-Bashforth). */
const multistepWeights = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
] as const;

/**
 * Pseudo linear multistep sampling, equation 9 of https://arxiv.org/abs/2202.09778. The second timestep is taken
 * twice, first to look ahead, so there is one timestep more than steps. As in diffusers the look-ahead is taken
 * from the second step of any sampling, wherever it begins.
 */
export function createPndm(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const alphas = cumulativeAlphas({ ...config, rescale_betas_zero_snr: false });
  const stride = Math.floor(config.num_train_timesteps / steps);
  const plain = spacedTimesteps(config, config.timestep_spacing, steps).map(roundHalfToEven);
  const timesteps = [...plain.slice(0, 2), ...plain.slice(1, 2), ...plain.slice(2)];
  const finalAlpha = config.set_alpha_to_one ? 1 : valueAt(alphas, 0);
  const alphaAt = (timestep: number) =>
    timestep < 0 ? finalAlpha : valueAt(alphas, Math.min(timestep, alphas.length - 1));

  let stepsDone = 0;
  /** Newest first. */
  let outputs: Float32Array[] = [];
  let firstSample = new Float32Array();

  return {
    timesteps,
    sigmas: null,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const timestep = valueAt(timesteps, index);
      const combined = new Float32Array(sample.length);
      if (stepsDone === 1) {
        mix(0.5, modelOutput, 0.5, required(outputs[0], "the output of the first step"), combined);
        sample.set(firstSample);
        move(timestep + stride, timestep, combined, sample);
      } else {
        if (stepsDone === 0) firstSample = sample.slice();
        outputs = [modelOutput.slice(), ...outputs.slice(0, 3)];
        combine(outputs, combined);
        move(timestep, timestep - stride, combined, sample);
      }
      stepsDone++;
    },

    addNoise(original, noise, index, out) {
      const level = levelOfAlpha(alphaAt(valueAt(timesteps, index)));
      mix(level.signal, original, level.noise, noise, out);
    },
  };

  function move(from: number, to: number, output: Float32Array, sample: Float32Array): void {
    const level = levelOfAlpha(alphaAt(from));
    const next = levelOfAlpha(alphaAt(to));
    const prediction = predictionAt(config.prediction_type, level).noise;
    const kept = next.signal / level.signal;
    const change =
      -(next.signal ** 2 - level.signal ** 2) /
      (level.signal ** 2 * next.noise + level.signal * level.noise * next.signal);
    mix(kept + change * prediction.sample, sample, change * prediction.output, output, sample);
  }
}

function combine(outputs: readonly Float32Array[], out: Float32Array): void {
  const weights = required(multistepWeights[outputs.length - 1], "one to four outputs");
  for (const [order, output] of outputs.entries()) mix(1, out, valueAt(weights, order), output, out);
}
