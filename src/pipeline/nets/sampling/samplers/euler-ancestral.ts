import {
  interpolate,
  noiseScheduleSchema,
  spacedTimesteps,
  timestepSpacingSchema,
  trainingSigmas,
  valueAt,
} from "../noise-schedule.ts";
import type { Sampler, SamplerOptions } from "../sampler.ts";
import { moveAlongSlope, sigmaSpace } from "./euler.ts";

const schema = noiseScheduleSchema.extend({
  timestep_spacing: timestepSpacingSchema.default("linspace"),
});

/** Euler's method that steps past the next noise level and draws noise to come back to it. */
export function createEulerAncestral(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const trained = trainingSigmas(config);
  const timesteps = spacedTimesteps(config, config.timestep_spacing, steps).map(Math.fround);
  const sigmas = [...timesteps.map((timestep) => interpolate(trained, timestep)), 0];

  return {
    ...sigmaSpace(sigmas, config.timestep_spacing !== "leading"),
    timesteps,
    drawsNoise: (index) => valueAt(sigmas, index + 1) > 0,

    step(index, modelOutput, sample, noise) {
      const from = valueAt(sigmas, index);
      const to = valueAt(sigmas, index + 1);
      const up = (to / from) * Math.sqrt(from * from - to * to);
      const down = Math.sqrt(to * to - up * up);
      moveAlongSlope(config.prediction_type, from, down - from, modelOutput, sample);
      if (up > 0) {
        for (let i = 0; i < sample.length; i++) {
          sample[i] = (sample[i] as number) + up * (noise?.[i] ?? 0);
        }
      }
    },
  };
}
