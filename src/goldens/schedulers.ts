import path from "node:path";
import { z } from "zod";
import { createSampler } from "../pipeline/nets/sampling/create-sampler.ts";
import type { Sampler } from "../pipeline/nets/sampling/sampler.ts";
import { type GoldenCase, type Outputs, readJson } from "./case.ts";

const schedulersSchema = z.record(
  z.string(),
  z.object({
    scheduler_config: z.record(z.string(), z.unknown()),
    num_inference_steps: z.int(),
    eta: z.number().optional(),
  }),
);

/** Walks every scheduler of `schedulers.json` along its recorded model outputs. */
export async function computeSchedulers(golden: GoldenCase): Promise<Outputs> {
  const entries = schedulersSchema.parse(await readJson(path.join(golden.folder, "schedulers.json")));
  const outputs: Outputs = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const sampler = createSampler(entry.scheduler_config, {
      steps: entry.num_inference_steps,
      ...(entry.eta === undefined ? {} : { eta: entry.eta }),
    });
    await walkSampler(golden, name, sampler, outputs);
  }
  return outputs;
}

/** Timesteps and noise levels of a sampler, samples with noise, and its walk along recorded model outputs. */
export async function walkSampler(
  golden: GoldenCase,
  name: string,
  sampler: Sampler,
  outputs: Outputs,
): Promise<void> {
  outputs.set(`${name}.timesteps`, vector(sampler.timesteps));
  outputs.set(`${name}.init_noise_sigma`, vector([sampler.initNoiseSigma]));
  if (sampler.sigmas) outputs.set(`${name}.sigmas`, vector(sampler.sigmas));
  await addNoise(golden, name, sampler, outputs);
  await walk(golden, name, sampler, outputs);
}

/** The clean sample with noise at the first, middle and last timestep: `[3, ...sample]`. */
async function addNoise(golden: GoldenCase, name: string, sampler: Sampler, outputs: Outputs): Promise<void> {
  const original = await golden.floatInput("original");
  const noise = await golden.floatInput("add_noise");
  const size = original.data.length;
  const count = sampler.timesteps.length;
  const noisy = new Float32Array(3 * size);
  for (const [row, index] of [0, Math.floor(count / 2), count - 1].entries()) {
    sampler.addNoise(original.data, noise.data, index, noisy.subarray(row * size, (row + 1) * size));
  }
  outputs.set(`${name}.add_noise`, { data: noisy, shape: [3, ...original.shape] });
}

/** What the UNet would be shown before, and the sample after each step: `[steps, ...sample]` each. */
async function walk(golden: GoldenCase, name: string, sampler: Sampler, outputs: Outputs): Promise<void> {
  const start = await golden.floatInput("start_noise");
  const modelOutputs = await golden.floatInput(`${name}.model_outputs`);
  const noise = golden.inputNames.includes(`${name}.noise`) ? await golden.floatInput(`${name}.noise`) : null;
  const size = start.data.length;
  const sample = start.data.map((value) => value * sampler.initNoiseSigma);
  const scaled = new Float32Array(modelOutputs.data.length);
  const trajectory = new Float32Array(modelOutputs.data.length);
  for (const index of sampler.timesteps.keys()) {
    const from = index * size;
    const to = from + size;
    const scale = sampler.inputScale(index);
    scaled.set(
      sample.map((value) => value * scale),
      from,
    );
    sampler.step(index, modelOutputs.data.subarray(from, to), sample, noise?.data.subarray(from, to));
    trajectory.set(sample, from);
  }
  outputs.set(`${name}.scaled`, { data: scaled, shape: modelOutputs.shape });
  outputs.set(`${name}.trajectory`, { data: trajectory, shape: modelOutputs.shape });
}

function vector(values: readonly number[]): { data: Float32Array; shape: readonly number[] } {
  return { data: Float32Array.from(values), shape: [values.length] };
}
