import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  createSampler,
  type SchedulerConfig,
} from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import {
  entryOfStep,
  type Sampler,
  type SamplerKind,
  samplerKinds,
} from "../../../../src/pipeline/nets/sampling/sampler.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { openGolden } from "../goldens.ts";

interface RecordedSchedule {
  readonly scheduler_config: SchedulerConfig;
  readonly num_inference_steps: number;
  readonly eta?: number;
  readonly timesteps: readonly number[];
  readonly init_noise_sigma: number;
  readonly arrays: readonly string[];
}

const cases = await Promise.all(
  ["schedulers", "../more-goldens/schedulers"].map(async (name) => {
    const file = path.join(import.meta.dirname, "../../../fixtures/goldens", name, "schedulers.json");
    const schedules: Record<string, RecordedSchedule> = JSON.parse(await readFile(file, "utf8"));
    const golden = await openGolden(name);
    return Object.entries(schedules).map(([name, schedule]) => ({ name, schedule, golden }));
  }),
);

function samplerOf({ scheduler_config, num_inference_steps, eta }: RecordedSchedule): Sampler {
  const said = eta === undefined ? {} : { eta };
  return createSampler(scheduler_config, { steps: num_inference_steps, ...said });
}

describe.each(cases.flat())("the recorded schedule $name", ({ name, schedule, golden }) => {
  it("has the recorded timesteps, noise levels and starting noise", () => {
    const { timesteps, sigmas, initNoiseSigma } = samplerOf(schedule);
    golden.expectOutput(`out.${name}.timesteps`, {
      data: Float32Array.from(timesteps),
      shape: [timesteps.length],
    });
    golden.expectOutput(`out.${name}.init_noise_sigma`, {
      data: Float32Array.of(initNoiseSigma),
      shape: [1],
    });
    if (sigmas)
      golden.expectOutput(`out.${name}.sigmas`, { data: Float32Array.from(sigmas), shape: [sigmas.length] });
  });

  it("walks the recorded trajectory", () => {
    const sampler = samplerOf(schedule);
    const outputs = golden.floats(`in.${name}.model_outputs`);
    const noise = schedule.arrays.includes("noise") ? golden.floats(`in.${name}.noise`).data : null;
    const sample = golden.floats("in.start_noise").data.map((value) => value * sampler.initNoiseSigma);
    const size = sample.length;
    const trajectory = new Float32Array(outputs.data.length);
    for (const index of sampler.timesteps.keys()) {
      const step = [index * size, (index + 1) * size] as const;
      const drawsLast = name === "ddim-eta" || name === "ddpm-v-large";
      expect(sampler.drawsNoise(index)).toBe(noise !== null && !(isLast(sampler, index) && !drawsLast));
      sampler.step(index, outputs.data.subarray(...step), sample, noise?.subarray(...step));
      trajectory.set(sample, index * size);
    }
    golden.expectOutput(`out.${name}.trajectory`, { data: trajectory, shape: outputs.shape });
  });

  it("adds the recorded noise at the first, middle and last timestep", () => {
    const sampler = samplerOf(schedule);
    const original = golden.floats("in.original");
    const noise = golden.floats("in.add_noise").data;
    const size = original.data.length;
    const count = sampler.timesteps.length;
    const noisy = new Float32Array(3 * size);
    for (const [row, index] of [0, Math.floor(count / 2), count - 1].entries()) {
      sampler.addNoise(original.data, noise, index, noisy.subarray(row * size, (row + 1) * size));
    }
    golden.expectOutput(`out.${name}.add_noise`, { data: noisy, shape: [3, ...original.shape] });
  });
});

function isLast(sampler: Sampler, index: number): boolean {
  return index === sampler.timesteps.length - 1;
}

/** The noise schedule of Stable Diffusion, in no class's name. */
const stableDiffusion = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  clip_sample: false,
};

/** alpha-bar of that schedule at a whole timestep. */
function alphaAt(timestep: number): number {
  let product = 1;
  for (let step = 0; step <= timestep; step++) {
    const root = Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * step) / 999;
    product *= 1 - root * root;
  }
  return product;
}

/** What a UNet that knows the clean picture would answer before step `index`. */
function knowing(
  clean: Float32Array,
  prediction: "epsilon" | "v_prediction",
  sampler: Sampler,
  kind: SamplerKind,
) {
  return (sample: Float32Array, index: number): Float32Array => {
    const sigma = sampler.sigmas?.[index];
    const alpha = sigma === undefined ? alphaAt(sampler.timesteps[index] ?? 0) : 1 / (1 + sigma * sigma);
    const [signal, noise] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
    // Samples that walk over noise levels are not scaled to unit variance.
    const scale = ["euler", "euler-ancestral", "heun", "lms"].includes(kind) ? signal : 1;
    return sample.map((value, i) => {
      const original = clean[i] ?? 0;
      const epsilon = (value * scale - signal * original) / noise;
      return prediction === "epsilon" ? epsilon : signal * epsilon - noise * original;
    });
  };
}

const predictions = ["epsilon", "v_prediction"] as const;
describe.each(samplerKinds.flatMap((kind) => predictions.map((prediction) => ({ kind, prediction }))))(
  "the $kind sampler with $prediction",
  ({ kind, prediction }) => {
    const config = { ...stableDiffusion, prediction_type: prediction };

    it.each([4, 11])("arrives at the clean picture in %i steps when the UNet knows it", (steps) => {
      const random = createRandom(steps, kind);
      const sampler = createSampler(config, { steps, kind });
      const clean = random.gaussians(24).map((value) => 0.5 * value);
      const predict = knowing(clean, prediction, sampler, kind);
      const sample = random.gaussians(24).map((value) => value * sampler.initNoiseSigma);
      for (const index of sampler.timesteps.keys()) {
        sampler.step(index, predict(sample, index), sample, random.gaussians(24));
      }
      // These stop at the first trained timestep and keep its noise; the others walk to none.
      const rest = ["pndm", "deis", "tcd"].includes(kind) ? 0.25 : 2e-3;
      for (const [index, value] of sample.entries()) {
        expect(Math.abs(value - (clean[index] ?? 0)), `seed ${steps}, entry ${index}`).toBeLessThan(rest);
      }
    });

    it("treats a batch as it treats each picture alone", () => {
      const random = createRandom(5, kind);
      const pictures = [random.gaussians(8), random.gaussians(8), random.gaussians(8)];
      const outputs = Array.from({ length: 9 }, () => random.gaussians(24));
      const noises = Array.from({ length: 9 }, () => random.gaussians(24));
      const batch = createSampler(config, { steps: 5, kind });
      const together = Float32Array.from(pictures.flatMap((picture) => [...picture]));
      for (const index of batch.timesteps.keys()) {
        batch.step(index, outputs[index] ?? new Float32Array(24), together, noises[index]);
      }
      for (const [row, picture] of pictures.entries()) {
        const alone = createSampler(config, { steps: 5, kind });
        const own = [row * 8, (row + 1) * 8] as const;
        const sample = picture.slice();
        for (const index of alone.timesteps.keys()) {
          alone.step(
            index,
            outputs[index]?.subarray(...own) ?? sample,
            sample,
            noises[index]?.subarray(...own),
          );
        }
        expect(together.subarray(...own)).toEqual(sample);
      }
    });

    it("adds the noise that a UNet that knows the picture finds again", () => {
      const random = createRandom(6, kind);
      const sampler = createSampler(config, { steps: 8, kind });
      const clean = random.gaussians(16).map((value) => 0.5 * value);
      const noise = random.gaussians(16);
      const sample = new Float32Array(16);
      sampler.addNoise(clean, noise, 3, sample);
      const answer = knowing(clean, "epsilon", sampler, kind)(sample, 3);
      for (const [index, value] of answer.entries()) expect(value).toBeCloseTo(noise[index] ?? 0, 3);
    });
  },
);

describe("a sampler", () => {
  it.each([0, -1, 2.5, 1001, Number.NaN])("of %d steps is refused", (steps) => {
    for (const kind of samplerKinds) {
      expect(() => createSampler(stableDiffusion, { steps, kind }), kind).toThrowError(
        expect.objectContaining({ code: "setting-out-of-range" }),
      );
    }
  });

  it("of one step walks one step", () => {
    for (const kind of samplerKinds) {
      const { timesteps } = createSampler(stableDiffusion, { steps: 1, kind });
      expect(timesteps, kind).toHaveLength(1);
    }
  });

  it("of as many steps as there were in training gives finite numbers", () => {
    for (const kind of samplerKinds) {
      const steps = kind === "lcm" || kind === "tcd" ? 50 : 1000;
      const sampler = createSampler(stableDiffusion, { steps, kind });
      const sample = createRandom(1, kind).gaussians(4);
      for (const index of sampler.timesteps.keys()) {
        sampler.step(index, Float32Array.of(0.1, -0.1, 0.2, 0), sample, new Float32Array(4));
      }
      expect(sample.every(Number.isFinite), kind).toBe(true);
    }
  });

  it.each(["lcm", "tcd"] as const)(
    "of a consistency model takes no more steps than it was distilled on (%s)",
    (kind) => {
      const config = { ...stableDiffusion, original_inference_steps: 50 };
      expect(() => createSampler(config, { steps: 51, kind })).toThrowError(
        expect.objectContaining({ code: "setting-out-of-range" }),
      );
    },
  );
});

describe("the timesteps of a configuration that does not say where they begin", () => {
  it.each([{}, { steps_offset: null }, { steps_offset: 1 }])("begin at 1 (%j)", (said) => {
    const config = { ...stableDiffusion, ...said };
    expect(createSampler(config, { steps: 4, kind: "ddim" }).timesteps).toEqual([751, 501, 251, 1]);
    expect(createSampler(config, { steps: 4, kind: "pndm" }).timesteps).toEqual([751, 501, 501, 251, 1]);
  });

  it("begin where it says", () => {
    const config = { ...stableDiffusion, steps_offset: 0 };
    expect(createSampler(config, { steps: 4, kind: "ddim" }).timesteps).toEqual([750, 500, 250, 0]);
  });
});

describe("latents that reach beyond 1", () => {
  it.each(["ddim", "ddpm"] as const)("are not clipped by %s where nothing is said of it, or null", (kind) => {
    const { clip_sample: _, ...unsaid } = stableDiffusion;
    const clean = Float32Array.from([3.5, -4, 0.5, 2]);
    const arrivedAt = (config: Readonly<Record<string, unknown>>) => {
      const sampler = createSampler(config, { steps: 1, kind });
      const sample = new Float32Array(4);
      sampler.addNoise(clean, Float32Array.from([0.3, -1, 2, 0.1]), 0, sample);
      sampler.step(0, knowing(clean, "epsilon", sampler, kind)(sample, 0), sample, new Float32Array(4));
      return [...sample];
    };
    const kept = arrivedAt({ ...unsaid, clip_sample: false });
    expect(Math.max(...kept)).toBeGreaterThan(3);
    expect(arrivedAt(unsaid)).toEqual(kept);
    expect(arrivedAt({ ...unsaid, clip_sample: null })).toEqual(kept);
    expect(Math.max(...arrivedAt({ ...unsaid, clip_sample: true }))).toBeLessThan(1.1);
  });
});

const withoutNoise = samplerKinds.filter((kind) => !["ddpm", "euler-ancestral", "lcm", "tcd"].includes(kind));
describe.each(withoutNoise)("each step of the %s sampler", (kind) => {
  const spacings = ["leading", "linspace"] as const;
  const cases = spacings.flatMap((spacing) =>
    predictions.map((prediction) => [spacing, prediction] as const),
  );
  it.each(cases)("shows the UNet as much noise as its timestep has (%s, %s)", (spacing, prediction) => {
    for (const [steps, first] of [
      [10, 0],
      [10, 3],
      [7, 1],
      [50, 0],
    ] as const) {
      const config = { ...stableDiffusion, timestep_spacing: spacing, prediction_type: prediction };
      const sampler = createSampler(config, { steps, kind });
      const random = createRandom(steps, `${kind} ${spacing}`);
      const start = entryOfStep(sampler, first);
      const clean = random.gaussians(16);
      const noise = random.gaussians(16);
      const sample = new Float32Array(16);
      sampler.addNoise(clean, noise, start, sample);
      const predict = knowing(clean, prediction, sampler, kind);
      const find = knowing(clean, "epsilon", sampler, kind);
      for (let index = start; index < sampler.timesteps.length; index++) {
        const error = Math.max(...find(sample, index).map((found, i) => Math.abs(found - (noise[i] ?? 0))));
        // 32-bit floats leave more where there is hardly any noise.
        expect(error, `entry ${index} of ${steps} steps`).toBeLessThan(
          2e-5 / Math.sqrt(1 - alphaAt(sampler.timesteps[index] ?? 0)),
        );
        sampler.step(index, predict(sample, index), sample);
      }
    }
  });
});
