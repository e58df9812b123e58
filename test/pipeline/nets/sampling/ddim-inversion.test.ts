import { describe, expect, it } from "vitest";
import { createSampler } from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import { createDdimInversion } from "../../../../src/pipeline/nets/sampling/ddim-inversion.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";

const config = { _class_name: "DDIMScheduler", beta_schedule: "scaled_linear", clip_sample: false };

describe("the step back over one of an inversion", () => {
  it.each([
    { prediction_type: "epsilon", timestep_spacing: "leading", set_alpha_to_one: false },
    { prediction_type: "v_prediction", timestep_spacing: "trailing", set_alpha_to_one: true },
  ])("is DDIM's own, with $prediction_type and $timestep_spacing timesteps", (options) => {
    const steps = 7;
    const scheduler = { ...config, ...options };
    const ddim = createSampler(scheduler, { steps });
    const inversion = createDdimInversion(scheduler, { steps });
    expect([...inversion.timesteps].reverse()).toEqual(ddim.timesteps);
    const random = createRandom(1, "back");
    for (let index = 0; index < steps; index++) {
      const [sample, output] = [random.gaussians(20), random.gaussians(20)];
      const back = inversion.back(steps - 1 - index);
      const expected = sample.map((value, i) => back.sample * value + back.output * (output[i] as number));
      ddim.step(index, output, sample);
      for (const [i, value] of expected.entries()) expect(value).toBeCloseTo(sample[i] as number, 5);
    }
  });
});
