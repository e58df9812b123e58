import { required } from "../../required.ts";
import { clippingLimit, clippingSchema, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";
import { cleanInSigmaSpace, sigmaSchedule, sigmaSpace, sigmaSpaceSchema } from "./euler.ts";

const schema = sigmaSpaceSchema.extend({
  ...clippingSchema.shape,
});

/**
 * Heun's method on the probability flow, algorithm 1 of https://arxiv.org/abs/2206.00364. Each step but the last asks
 * the UNet twice: at even entries it goes to the next noise level, at odd ones it goes there again from where it was, by the
 * mean of the slopes at both ends.
 */
export function createHeun(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const spaced = sigmaSchedule(config, steps);
  const timesteps = spaced.timesteps.flatMap((timestep, step) =>
    step === 0 ? [timestep] : [timestep, timestep],
  );
  const sigmas = [...spaced.sigmas.flatMap((sigma, step) => (step === 0 ? [sigma] : [sigma, sigma])), 0];
  const limit = clippingLimit(config);
  let begun: { readonly sample: Float32Array; readonly slope: Float32Array } | null = null;

  function slopeAt(index: number, modelOutput: Float32Array, sample: Float32Array): Float32Array {
    const sigma = valueAt(sigmas, index);
    const { sample: ofSample, output: ofOutput } = cleanInSigmaSpace(config.prediction_type, sigma);
    return sample.map((x, i) => {
      const clean = ofSample * x + ofOutput * (modelOutput[i] as number);
      return (x - Math.max(-limit, Math.min(limit, clean))) / sigma;
    });
  }

  return {
    ...sigmaSpace(sigmas, config.timestep_spacing !== "leading"),
    timesteps,
    evaluations: 2,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const slope = slopeAt(index, modelOutput, sample);
      if (index % 2 === 0) {
        begun = { sample: sample.slice(), slope };
        mix(1, sample, valueAt(sigmas, index + 1) - valueAt(sigmas, index), slope, sample);
        return;
      }
      const first = required(begun, "the first half of the step");
      const width = valueAt(sigmas, index) - valueAt(sigmas, index - 1);
      mix(1, first.sample, width / 2, first.slope, sample);
      mix(1, sample, width / 2, slope, sample);
    },
  };
}
