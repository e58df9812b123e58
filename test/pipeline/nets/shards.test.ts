import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { openWeights, weightFiles } from "../../../src/pipeline/nets/safetensors.ts";
import { loadUnet } from "../../../src/pipeline/nets/unet/unet.ts";
import { openGolden } from "./goldens.ts";
import { readTensors, type Tensors, writeTensors } from "./weights.ts";

const name = "diffusion_pytorch_model";
const shards = [`${name}-00001-of-00002.safetensors`, `${name}-00002-of-00002.safetensors`] as const;

let runtime: Runtime;
let root: string;
let whole: string;
let tensors: Tensors;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  root = await mkdtemp(path.join(tmpdir(), "shards-"));
  whole = path.join((await openGolden("unet-sd15")).model, "unet");
  tensors = await readTensors(path.join(whole, `${name}.safetensors`));
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** The UNet with every other tensor in the second file, and its index under a name. */
async function inShards(index: string): Promise<string> {
  const folder = await mkdtemp(path.join(root, "unet-"));
  await cp(path.join(whole, "config.json"), path.join(folder, "config.json"));
  const entries = Object.entries(tensors);
  const map = Object.fromEntries(entries.map(([tensor], i) => [tensor, shards[i % 2 === 0 ? 0 : 1]]));
  for (const shard of shards) {
    const own = entries.filter(([tensor]) => map[tensor] === shard);
    await writeTensors(path.join(folder, shard), Object.fromEntries(own));
  }
  await writeFile(path.join(folder, index), JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
  return folder;
}

async function predict(folder: string): Promise<Float32Array> {
  const golden = await openGolden("unet-sd15");
  await using unet = await loadUnet({ folder, runtime });
  const { data } = await unet.run({
    sample: golden.floats("in.square.sample"),
    timestep: Number(golden.ids("in.square.timestep").data[0]),
    encoderHiddenStates: golden.floats("in.square.encoder_hidden_states"),
  });
  return data;
}

const indexes = [`${name}.safetensors.index.json`, `${name}.safetensors.index.fp16.json`] as const;

describe("weights in several files", () => {
  it.each(indexes)("are found by %s and give what one file gives", async (index) => {
    expect(await predict(await inShards(index))).toEqual(await predict(whole));
  });

  it("count only where no whole file is there", async () => {
    const folder = await inShards(indexes[0]);
    await writeFile(path.join(folder, indexes[0]), "no index");
    await cp(path.join(whole, `${name}.safetensors`), path.join(folder, `${name}.safetensors`));
    expect((await openWeights(folder, weightFiles.diffusers)).files).toBeNull();
  });

  it.each([
    ["is no JSON", () => "no index", "pack-invalid", indexes[0]],
    [
      "leads out of the folder",
      () => '{"weight_map": {"a": "../b.safetensors"}}',
      "pack-invalid",
      "weight_map.a",
    ],
    [
      "names a file that is not there",
      () => '{"weight_map": {"a": "b.safetensors"}}',
      "pack-file-missing",
      "b.safetensors",
    ],
    [
      "names a tensor that its file lacks",
      () => `{"weight_map": {"a": "${shards[0]}"}}`,
      "weights-tensor-missing",
      "tensor a",
    ],
  ])("whose index %s are refused by name", async (_what, text, code, named) => {
    const folder = await inShards(indexes[0]);
    await writeFile(path.join(folder, indexes[0]), text());
    await expect(openWeights(folder, weightFiles.diffusers)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(named),
    });
  });

  it("that end too early are damaged, and the file is named", async () => {
    const folder = await inShards(indexes[0]);
    const bytes = await readFile(path.join(folder, shards[1]));
    await writeFile(path.join(folder, shards[1]), bytes.subarray(0, -8));
    await expect(openWeights(folder, weightFiles.diffusers)).rejects.toMatchObject({
      code: "weights-corrupt",
      message: expect.stringContaining(shards[1]),
    });
  });
});
