import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import { createSampler } from "../../../../src/pipeline/nets/sampling/create-sampler.ts";
import {
  type DenoiseOptions,
  denoise,
  firstEntry,
  firstStep,
  type TextState,
} from "../../../../src/pipeline/nets/sampling/denoise.ts";
import { guidanceEmbedding } from "../../../../src/pipeline/nets/sampling/guidance-embedding.ts";
import type { Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import { loadUnet, type Unet } from "../../../../src/pipeline/nets/unet/unet.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { openGolden } from "../goldens.ts";

describe("the first step that is walked", () => {
  it.each([
    // steps, strength; first: all but int(steps * strength), as diffusers counts
    [5, 1, 0],
    [5, 0.75, 2],
    [50, 0.75, 13],
    [50, 0.8, 10],
    [12, 0.5, 6],
    [4, 0.99, 1],
    [4, 0.1, 3],
    [1, 0.01, 0],
    [10, 2, 0],
  ])("of %i steps at strength %d is step %i", (steps, strength, first) => {
    expect(firstStep(steps, strength)).toBe(first);
  });

  it("begins at its own entry where steps ask the UNet twice", () => {
    const config = { beta_schedule: "scaled_linear" };
    const heun = createSampler(config, { steps: 10, kind: "heun" });
    expect(heun.timesteps).toHaveLength(19);
    expect([firstEntry(heun, 10, 1), firstEntry(heun, 10, 0.7)]).toEqual([0, 6]);
    expect(firstEntry(createSampler(config, { steps: 10, kind: "euler" }), 10, 0.7)).toBe(3);
  });

  it("always leaves a step to walk", () => {
    for (let steps = 1; steps <= 60; steps++) {
      for (let strength = 0.01; strength <= 1; strength += 0.01) {
        const first = firstStep(steps, strength);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThan(steps);
      }
    }
  });
});

describe("the guidance embedding of a latent consistency model", () => {
  it.each(["square", "wide"])("is the recorded one (%s)", async (run) => {
    const golden = await openGolden("unet-lcm");
    const weights = golden.floats(`in.${run}.guidance_minus_one`);
    const { shape } = golden.floats(`out.${run}.timestep_cond`);
    const embedded = guidanceEmbedding([...weights.data], shape[1] ?? 0);
    golden.expectOutput(`out.${run}.timestep_cond`, embedded);
  });
});

describe("denoising", () => {
  let runtime: Runtime;
  const unets = new Map<string, Unet>();
  beforeAll(async () => {
    runtime = await openRuntime({ threads: 1 });
    for (const name of ["unet-sd15", "unet-sd15-inpaint", "unet-lcm"]) {
      const golden = await openGolden(name);
      unets.set(name, await loadUnet({ folder: path.join(golden.model, "unet"), runtime }));
    }
  });
  afterAll(() => runtime[Symbol.asyncDispose]());

  const [height, width] = [4, 6];
  const drawn = (seed: number, ...shape: number[]): Tensor => ({
    data: createRandom(seed, "tensor").gaussians(shape.reduce((product, side) => product * side, 1)),
    shape,
  });

  /** What a UNet is told of a text, drawn. */
  const text = (seed: number, tokens: number, width: number): TextState => ({
    states: drawn(seed, 1, tokens, width),
    pooled: null,
  });

  /** A walk of three steps over `count` pictures by one of the tiny UNets. */
  async function walk(name: string, change: Partial<DenoiseOptions> = {}, count = 2): Promise<Tensor> {
    const unet = unets.get(name);
    if (!unet) throw new Error(`Expected the UNet ${name}, got none.`);
    const golden = await openGolden(name);
    const [, tokens = 0, states = 0] = golden.floats("in.square.encoder_hidden_states").shape;
    return denoise({
      unet,
      sampler: createSampler({ beta_schedule: "scaled_linear" }, { steps: 3, kind: "ddim" }),
      guidance: 3,
      text: { prompt: text(1, tokens, states), negative: text(2, tokens, states) },
      known: {
        mask: { data: new Float32Array(count * height * width).fill(1), shape: [count, 1, height, width] },
        masked: drawn(3, count, 4, height, width),
        image: drawn(4, count, 4, height, width),
      },
      start: 0,
      noise: drawn(5, 1, 4, height, width),
      stepNoise: () => new Float32Array(4 * height * width),
      ...change,
    });
  }

  it.each(["unet-sd15", "unet-sd15-inpaint", "unet-lcm"])(
    "gives finite latents in the shape of the pictures (%s)",
    async (name) => {
      const { data, shape } = await walk(name);
      expect(shape).toEqual([2, 4, height, width]);
      expect(data.every(Number.isFinite)).toBe(true);
    },
  );

  it.each([1, 3])(
    "fails at a prediction of another shape than the latents', guidance %i",
    async (guidance) => {
      const unet = {
        inChannels: 4,
        conditionWidth: null,
        added: null,
        run: async () => drawn(6, 1, 4, height, width),
      };
      await expect(walk("unet-sd15", { unet, guidance })).rejects.toMatchObject({
        code: "internal",
        message: expect.stringMatching(/Expected a prediction of the shape \[/),
      });
    },
  );

  it("by a UNet of 4 channels keeps what is known outside the mask, and paints inside it", async () => {
    const image = drawn(4, 1, 4, height, width);
    const mask = {
      data: Float32Array.from({ length: height * width }, (_, i) => i % 2),
      shape: [1, 1, height, width],
    };
    const { data } = await walk("unet-sd15", { known: { mask, masked: null, image } }, 1);
    for (const [index, value] of data.entries()) {
      if (index % 2 === 0) expect(value).toBe(image.data[index]);
      else expect(value).not.toBe(image.data[index]);
    }
  });

  it("without guidance takes no notice of a negative prompt, and needs none", async () => {
    const with1 = await walk("unet-sd15", { guidance: 1 });
    const golden = await openGolden("unet-sd15");
    const [, tokens = 0, states = 0] = golden.floats("in.square.encoder_hidden_states").shape;
    const without = await walk("unet-sd15", {
      guidance: 1,
      text: { prompt: text(1, tokens, states), negative: null },
    });
    expect(without.data).toEqual(with1.data);
    const guided = await walk("unet-sd15", { guidance: 3 });
    expect(guided.data).not.toEqual(with1.data);
  });

  it("by a UNet that is told its guidance hangs on it though nothing is guided away from", async () => {
    const golden = await openGolden("unet-lcm");
    const [, tokens = 0, states = 0] = golden.floats("in.square.encoder_hidden_states").shape;
    const told = { prompt: text(1, tokens, states), negative: null };
    const [weak, strong] = [
      await walk("unet-lcm", { text: told, guidance: 2 }),
      await walk("unet-lcm", { text: told, guidance: 8 }),
    ];
    expect(weak.data).not.toEqual(strong.data);
  });

  it("reports the start without a prediction, then every step with one", async () => {
    const predictions: boolean[] = [];
    await walk("unet-sd15", { onStep: (_, prediction) => predictions.push(prediction !== null) });
    expect(predictions).toEqual([false, true, true, true]);
    predictions.length = 0;
    await walk("unet-sd15", { start: 2, onStep: (_, prediction) => predictions.push(prediction !== null) });
    expect(predictions).toEqual([false, true]);
  });

  it("stops between two steps once it is cancelled", async () => {
    const controller = new AbortController();
    let steps = 0;
    const walking = walk("unet-sd15", {
      signal: controller.signal,
      onStep: (_, prediction) => {
        if (prediction) steps++;
        if (steps === 2) controller.abort();
      },
    });
    await expect(walking).rejects.toMatchObject({ code: "cancelled" });
    expect(steps).toBe(2);
  });

  it("says what is missing: negative states, the masked picture, the whole picture", async () => {
    const mask = { data: new Float32Array(height * width), shape: [1, 1, height, width] };
    const image = drawn(4, 1, 4, height, width);
    const golden = await openGolden("unet-sd15");
    const [, tokens = 0, states = 0] = golden.floats("in.square.encoder_hidden_states").shape;
    const attempts: [string, Partial<DenoiseOptions>, string][] = [
      ["unet-sd15", { text: { prompt: text(1, tokens, states), negative: null } }, "negative prompt"],
      ["unet-sd15-inpaint", { known: { mask, masked: null, image } }, "masked picture"],
      ["unet-sd15", { start: 1, known: { mask, masked: null, image: null } }, "whole picture"],
    ];
    for (const [name, change, named] of attempts) {
      await expect(walk(name, change), named).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining(named),
      });
    }
  });

  it("refuses a UNet whose channels fit no known layout", async () => {
    const noise = drawn(5, 1, 3, height, width);
    await expect(walk("unet-sd15-inpaint", { noise })).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining("9"),
    });
  });
});
