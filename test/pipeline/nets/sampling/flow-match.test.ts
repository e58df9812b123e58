import { describe, expect, it } from "vitest";
import { createSampler } from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import { createFlowMatchEuler, flux2Shift } from "../../../../src/pipeline/nets/sampling/flow-match.ts";

const dynamic = { use_dynamic_shifting: true };

describe("Euler's method on flow matching", () => {
  it("walks from noise to the picture in a straight line, whatever the steps, where the network is right", () => {
    const [clean, noise] = [Float32Array.of(0.5, -2, 3), Float32Array.of(1, 0.25, -1)];
    const velocity = noise.map((value, index) => value - (clean[index] as number));
    for (const steps of [1, 4, 17]) {
      const mu = flux2Shift(4096, steps);
      const sampler = createFlowMatchEuler(dynamic, { steps, mu, levels: "whole" });
      const sample = noise.slice();
      for (const index of sampler.timesteps.keys()) {
        const met = new Float32Array(3);
        sampler.addNoise(clean, noise, index, met);
        for (const [at, value] of sample.entries()) expect(value).toBeCloseTo(met[at] as number, 5);
        sampler.step(index, velocity, sample);
      }
      for (const [at, value] of sample.entries()) expect(value).toBeCloseTo(clean[at] as number, 5);
    }
  });

  it("begins with noise alone, and spends more of few steps near it the larger the picture is", () => {
    const levelsFor = (tokens: number) =>
      createFlowMatchEuler(dynamic, { steps: 4, mu: flux2Shift(tokens, 4), levels: "whole" }).sigmas ?? [];
    const [small, large] = [levelsFor(256), levelsFor(4096)];
    expect([small[0], small.at(-1), large[0], large.at(-1)]).toEqual([1, 0, 1, 0]);
    for (const index of [1, 2, 3]) expect(large[index]).toBeGreaterThan(small[index] as number);
  });

  it.each([
    ["steps that there are none of", dynamic, { steps: 0, mu: 1 }, /1 to 1000 sampling steps, got 0/],
    ["a schedule by size without a size", dynamic, { steps: 4 }, /a shift for this picture's size/],
    ["a schedule that draws noise", { stochastic_sampling: true }, { steps: 4 }, /stochastic_sampling/],
    ["levels of another kind", { use_beta_sigmas: true }, { steps: 4 }, /use_beta_sigmas/],
  ])("refuses %s", (_, config, options, said) => {
    expect(() => createFlowMatchEuler(config, options)).toThrow(said);
  });

  it("is no sampler of a pack's UNet: its class is refused by name there", () => {
    expect(() => createSampler({ _class_name: "FlowMatchEulerDiscreteScheduler" }, { steps: 4 })).toThrow(
      /got "FlowMatchEulerDiscreteScheduler"/,
    );
  });
});
