import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSampler, readSchedulerConfig } from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import { samplerKinds } from "../../../../src/pipeline/nets/sampling/sampler.ts";

const kinds = samplerKinds.map((kind) => [kind] as const);

const base = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: "scaled_linear" };

describe("a scheduler config", () => {
  it.each([
    ["DDIMScheduler", 1000],
    ["PNDMScheduler", 1000],
    ["DPMSolverMultistepScheduler", 1000],
    ["EulerDiscreteScheduler", 1000],
    ["EulerAncestralDiscreteScheduler", 1000],
    ["LCMScheduler", 1000],
    ["DDPMScheduler", 1000],
    ["UniPCMultistepScheduler", 1000],
    ["DEISMultistepScheduler", 1000],
    ["HeunDiscreteScheduler", 1000],
    ["LMSDiscreteScheduler", 1000],
    ["TCDScheduler", 1000],
  ])("of the class %s makes its sampler", (name, trained) => {
    const { timesteps } = createSampler({ ...base, _class_name: name, skip_prk_steps: true }, { steps: 4 });
    expect(timesteps.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...timesteps)).toBeLessThan(trained);
    expect(timesteps).toEqual([...timesteps].sort((a, b) => b - a));
  });

  it.each([
    ["DDIMScheduler", "prediction_type", "sample"],
    ["DDIMScheduler", "thresholding", true],
    ["DDIMScheduler", "beta_schedule", "sigmoid"],
    ["DDIMScheduler", "timestep_spacing", "karras"],
    ["DDIMScheduler", "num_train_timesteps", 0],
    ["PNDMScheduler", "skip_prk_steps", false],
    ["DPMSolverMultistepScheduler", "algorithm_type", "sde-dpmsolver++"],
    ["DPMSolverMultistepScheduler", "solver_order", 3],
    ["DPMSolverMultistepScheduler", "use_flow_sigmas", true],
    ["DPMSolverMultistepScheduler", "variance_type", "learned"],
    ["EulerDiscreteScheduler", "timestep_type", "continuous"],
    ["EulerDiscreteScheduler", "interpolation_type", "log_linear"],
    ["EulerDiscreteScheduler", "use_exponential_sigmas", true],
    ["EulerDiscreteScheduler", "sigma_max", 700],
    ["EulerAncestralDiscreteScheduler", "prediction_type", "sample"],
    ["LCMScheduler", "thresholding", true],
    ["LCMScheduler", "original_inference_steps", 2000],
    ["DDPMScheduler", "variance_type", "learned_range"],
    ["DDPMScheduler", "prediction_type", "sample"],
    ["UniPCMultistepScheduler", "solver_order", 4],
    ["UniPCMultistepScheduler", "use_flow_sigmas", true],
    ["UniPCMultistepScheduler", "solver_p", { _class_name: "DDIMScheduler" }],
    ["DEISMultistepScheduler", "use_beta_sigmas", true],
    ["HeunDiscreteScheduler", "use_exponential_sigmas", true],
    ["HeunDiscreteScheduler", "beta_schedule", "exp"],
    ["LMSDiscreteScheduler", "use_beta_sigmas", true],
    ["TCDScheduler", "thresholding", true],
    ["TCDScheduler", "original_inference_steps", 2000],
  ])("of the class %s with %s = %j is refused by its name", (name, option, value) => {
    const config = { ...base, _class_name: name, skip_prk_steps: true, [option]: value };
    expect(() => createSampler(config, { steps: 4 })).toThrowError(
      expect.objectContaining({ code: "network-unsupported", message: expect.stringContaining(option) }),
    );
    expect(() => createSampler(config, { steps: 4 })).toThrowError(/^Expected .*, got .*\.$/);
  });

  it.each(["SASolverScheduler", undefined, 7])(
    "of the class %s is refused with the ones that are built",
    (name) => {
      expect(() => createSampler({ ...base, _class_name: name }, { steps: 4 })).toThrowError(
        expect.objectContaining({
          code: "network-unsupported",
          message: expect.stringContaining("DDIMScheduler"),
        }),
      );
    },
  );

  it("says nothing by null, and PNDM's costly start is skipped where nothing is said of it", () => {
    const nothing = {
      timestep_spacing: null,
      prediction_type: null,
      skip_prk_steps: null,
      thresholding: null,
    };
    for (const kind of samplerKinds) {
      const said = createSampler({ ...base, ...nothing }, { steps: 4, kind });
      expect(said.timesteps, kind).toEqual(createSampler(base, { steps: 4, kind }).timesteps);
    }
    expect(createSampler({ ...base, _class_name: "PNDMScheduler" }, { steps: 4 }).timesteps).toHaveLength(5);
  });

  it("can be followed by another sampler than its own class's", () => {
    const config = { ...base, _class_name: "PNDMScheduler", skip_prk_steps: true };
    expect(createSampler(config, { steps: 4, kind: "euler" }).sigmas).toHaveLength(5);
    expect(
      createSampler({ ...base, _class_name: "DDIMScheduler" }, { steps: 4, kind: "pndm" }).timesteps,
    ).toHaveLength(5);
  });
});

describe("a scheduler config's file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "schedulers-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function written(text: string): Promise<string> {
    const file = path.join(folder, "scheduler_config.json");
    await writeFile(file, text);
    return file;
  }

  it("may hold the infinities that Python writes", async () => {
    const file = await written(
      '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}',
    );
    expect(await readSchedulerConfig(file)).toEqual({
      _class_name: "DPMSolverMultistepScheduler",
      lambda_min_clipped: null,
    });
  });

  it.each(["{", "[1]", '"text"', "null"])("that holds %s makes the pack invalid", async (text) => {
    await expect(readSchedulerConfig(await written(text))).rejects.toMatchObject({ code: "pack-invalid" });
  });

  it("that is not there is a missing file of the pack", async () => {
    const file = path.join(folder, "absent.json");
    await expect(readSchedulerConfig(file)).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining(file),
    });
  });
});

describe("a sampler", () => {
  const start = (kind: (typeof samplerKinds)[number]) =>
    createSampler({ ...base, skip_prk_steps: true }, { steps: 4, kind });

  it.each(kinds)("%s fails at a prediction that is shorter than the sample", (kind) => {
    const sampler = start(kind);
    const step = () => sampler.step(0, new Float32Array(3), new Float32Array(4), new Float32Array(4));
    expect(step).toThrow(expect.objectContaining({ code: "internal" }));
  });

  it.each(kinds)("%s fails where it draws noise and is given none", (kind) => {
    const sampler = start(kind);
    const step = () => sampler.step(0, new Float32Array(4), new Float32Array(4));
    if (sampler.drawsNoise(0)) expect(step).toThrow(expect.objectContaining({ code: "internal" }));
    else expect(step).not.toThrow();
  });

  it.each(kinds)("%s fails at a step that its schedule does not have", (kind) => {
    const sampler = start(kind);
    const step = () => sampler.step(9, new Float32Array(4), new Float32Array(4), new Float32Array(4));
    expect(step).toThrow(expect.objectContaining({ code: "internal" }));
  });
});
