import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLora } from "../../../src/pipeline/nets/lora/lora.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import type { Tensor } from "../../../src/pipeline/nets/tensor.ts";
import {
  loadUnet,
  type ReusedFeatures,
  type Unet,
  type UnetInputs,
} from "../../../src/pipeline/nets/unet/unet.ts";
import { openGolden } from "./goldens.ts";
import { randomTensor, readTensors, writeTensors } from "./weights.ts";

const names = ["unet-sd15-inpaint-fp16", "unet-sd2", "unet-lcm"];
const tolerance = 1e-5;

let runtime: Runtime;
let scratch: string;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  scratch = await mkdtemp(path.join(tmpdir(), "feature-reuse-"));
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

async function folderOf(name: string): Promise<string> {
  return path.join((await openGolden(name)).model, "unet");
}

/** Random inputs of the UNet of that golden for latents of such sides. */
async function inputsFor(
  unet: Unet,
  name: string,
  seed: string,
  height: number,
  width: number,
): Promise<UnetInputs> {
  const config = JSON.parse(await readFile(path.join(await folderOf(name), "config.json"), "utf8"));
  return {
    sample: randomTensor(`${seed} sample`, [2, unet.inChannels, height, width]),
    timestep: 500,
    encoderHiddenStates: randomTensor(`${seed} states`, [2, 7, config.cross_attention_dim]),
    timestepCond:
      unet.conditionWidth === null ? undefined : randomTensor(`${seed} condition`, [2, unet.conditionWidth]),
  };
}

/** Runs the steps of one sampling. */
function startWalk(unet: Unet): (inputs: UnetInputs) => Promise<Tensor> {
  const reused: ReusedFeatures = { steps: 0, deep: null };
  return (inputs) => unet.run({ ...inputs, reused });
}

function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const largest = b.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 0))), 0) / largest;
}

describe.each(names)("a sampling of %s", (name) => {
  it("without reuse computes what lone runs do, bit for bit", async () => {
    await using unet = await loadUnet({ folder: await folderOf(name), runtime });
    const step = startWalk(unet);
    for (const seed of ["first", "second", "third"]) {
      const inputs = await inputsFor(unet, name, seed, 8, 8);
      expect((await step(inputs)).data).toEqual((await unet.run(inputs)).data);
    }
  });

  it.each([
    [8, 8],
    [4, 12],
    [5, 7],
  ])(
    "predicts the same from the outermost level and the deep state of the same latents (%i by %i)",
    async (height, width) => {
      const folder = await folderOf(name);
      await using plain = await loadUnet({ folder, runtime });
      await using reusing = await loadUnet({ folder, runtime, featureReuse: 2 });
      const inputs = await inputsFor(plain, name, "same", height, width);
      const expected = await plain.run(inputs);
      const step = startWalk(reusing);
      expect(difference(await step(inputs), expected)).toBeLessThan(tolerance);
      expect(difference(await step(inputs), expected)).toBeLessThan(tolerance);
      expect(difference(await reusing.run(inputs), expected)).toBeLessThan(tolerance);
    },
  );

  it("computes the deep levels in each third step, and anew in another walk", async () => {
    await using unet = await loadUnet({ folder: await folderOf(name), runtime, featureReuse: 3 });
    const step = startWalk(unet);
    const areWhole: boolean[] = [];
    for (const seed of ["a", "b", "c", "d", "e"]) {
      const inputs = await inputsFor(unet, name, seed, 8, 8);
      areWhole.push(difference(await step(inputs), await unet.run(inputs)) < tolerance);
    }
    expect(areWhole).toEqual([true, false, false, true, false]);
    const inputs = await inputsFor(unet, name, "f", 8, 8);
    expect((await startWalk(unet)(inputs)).data).toEqual((await unet.run(inputs)).data);
  });
});

describe("the outermost level alone", () => {
  it.each([
    ["16-bit floats", { floats: "float16" }, 0.02],
    ["plain operators", { dialect: "plain" }, tolerance],
  ] as const)("predicts the same in %s", async (_, target, bound) => {
    await using other = await openRuntime({ threads: 1, target });
    const options = { folder: await folderOf("unet-sd2"), runtime: other };
    await using unet = await loadUnet({ ...options, featureReuse: 2 });
    const inputs = await inputsFor(unet, "unet-sd2", "same", 8, 8);
    const step = startWalk(unet);
    const whole = await step(inputs);
    expect(difference(await step(inputs), whole)).toBeLessThan(bound);
  });

  it.each([0, Number.POSITIVE_INFINITY])(
    "is changed by a LoRA as the whole is (added above %d)",
    async (addAbove) => {
      const folder = await folderOf("unet-sd15");
      const file = path.join(scratch, "lora.safetensors");
      const weights = await readTensors(path.join(folder, "diffusion_pytorch_model.safetensors"));
      // Of the outermost level, of an inner one, and of what lies between the two.
      const layers = [
        "down_blocks.0.attentions.0.proj_in",
        "mid_block.resnets.0.conv1",
        "up_blocks.2.upsamplers.0.conv",
      ];
      const pairs = layers.flatMap((layer) => {
        const [to = 0, ...rest] = weights[`${layer}.weight`]?.shape ?? [];
        const [from = 0, ...kernel] = rest;
        return [
          [`unet.${layer}.lora_A.weight`, randomTensor(`${layer} down`, [3, from, ...kernel])],
          [`unet.${layer}.lora_B.weight`, randomTensor(`${layer} up`, [to, 3, ...kernel.map(() => 1)])],
        ] as const;
      });
      await writeTensors(file, Object.fromEntries(pairs));
      const loras = [await openLora(file, 1, { addAbove })];
      await using unet = await loadUnet({ folder, runtime, loras, featureReuse: 2 });
      await using plain = await loadUnet({ folder, runtime });
      const inputs = await inputsFor(unet, "unet-sd15", "same", 8, 8);
      const step = startWalk(unet);
      const whole = await step(inputs);
      expect(difference(await step(inputs), whole)).toBeLessThan(tolerance);
      expect(difference(whole, await plain.run(inputs))).toBeGreaterThan(1e-3);
    },
  );
});
