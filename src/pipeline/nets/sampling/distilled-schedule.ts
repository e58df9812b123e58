import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { checkSteps, cumulativeAlphas, noiseScheduleSchema, unsupportedOption } from "./noise-schedule.ts";

/** What models that were distilled on a part of the timesteps (LCM, TCD) share of their configurations. */
export const distilledSchema = noiseScheduleSchema.extend({
  beta_start: z.number().default(0.00085),
  beta_end: z.number().default(0.012),
  beta_schedule: noiseScheduleSchema.shape.beta_schedule.unwrap().default("scaled_linear"),
  original_inference_steps: z.int().min(1).default(50),
  thresholding: unsupportedOption,
});

export type DistilledConfig = z.infer<typeof distilledSchema>;

/**
 * Cumulative alphas of all trained timesteps, and `steps` of those that the model was distilled on, evenly spread from the
 * noisiest down.
 * @throws EditError `network-unsupported`, `setting-out-of-range`
 */
export function distilledSchedule(config: DistilledConfig, steps: number) {
  const { num_train_timesteps: trained, original_inference_steps: distilled } = config;
  if (distilled > trained) {
    throw new EditError(
      "network-unsupported",
      `Expected at most ${trained} original_inference_steps, got ${distilled}.`,
    );
  }
  checkSteps(steps, distilled);
  const stride = Math.floor(trained / distilled);
  const timesteps = Array.from({ length: steps }, (_, index) => {
    const skipped = Math.floor(index * (distilled / steps));
    return (distilled - skipped) * stride - 1;
  });
  return { alphas: cumulativeAlphas(config), timesteps };
}
