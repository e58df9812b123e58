import { valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";
import { cleanInSigmaSpace, sigmaSchedule, sigmaSpace, sigmaSpaceSchema } from "./euler.ts";

/** Slopes that a step is taken by, its own included. */
const order = 4;

/**
 * A linear multistep method on the probability flow of https://arxiv.org/abs/2206.00364: the polynomial over noise levels
 * through the last four slopes (Adams-Bashforth for levels that are unevenly spaced) is integrated to the next level.
 */
export function createLms(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = sigmaSpaceSchema.parse(rawConfig);
  const spaced = sigmaSchedule(config, steps);
  const sigmas = [...spaced.sigmas, 0];
  /** Newest first. */
  let slopes: { readonly sigma: number; readonly values: Float32Array }[] = [];

  return {
    ...sigmaSpace(sigmas, config.timestep_spacing !== "leading"),
    timesteps: spaced.timesteps,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const sigma = valueAt(sigmas, index);
      const clean = cleanInSigmaSpace(config.prediction_type, sigma);
      const values = new Float32Array(sample.length);
      mix((1 - clean.sample) / sigma, sample, -clean.output / sigma, modelOutput, values);
      // Of equal levels, as a thousand steps may have them, the newest counts.
      const earlier = slopes.filter((slope) => slope.sigma !== sigma);
      slopes = [{ sigma, values }, ...earlier].slice(0, order);
      const weights = integrals(
        slopes.map((slope) => slope.sigma),
        sigma,
        valueAt(sigmas, index + 1),
      );
      for (const [back, slope] of slopes.entries()) {
        mix(1, sample, valueAt(weights, back), slope.values, sample);
      }
    },
  };
}

/** The integrals over `from` to `to` of the polynomials that are 1 at one node and 0 at the others. */
function integrals(nodes: readonly number[], from: number, to: number): number[] {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  // Gauss's rule of two points is exact for polynomials up to the third degree.
  const points = [middle - half / Math.sqrt(3), middle + half / Math.sqrt(3)];
  return nodes.map((node) => {
    const others = nodes.filter((other) => other !== node);
    const at = (point: number) =>
      others.reduce((product, other) => (product * (point - other)) / (node - other), 1);
    return half * points.reduce((sum, point) => sum + at(point), 0);
  });
}
