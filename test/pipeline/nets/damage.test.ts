import { cp, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAutoencoder } from "../../../src/pipeline/nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../../../src/pipeline/nets/autoencoders/tiny-autoencoder.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { loadTextEncoder } from "../../../src/pipeline/nets/text-encoder.ts";
import { loadUnet } from "../../../src/pipeline/nets/unet/unet.ts";
import { loadVit } from "../../../src/pipeline/nets/vit/vit.ts";
import { openGolden } from "./goldens.ts";

let runtime: Runtime;
let root: string;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  root = await mkdtemp(path.join(tmpdir(), "networks-"));
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** A copy of a recorded model's folder that a test may damage. */
async function copyOf(name: string, part = ""): Promise<string> {
  const folder = await mkdtemp(path.join(root, `${name}-`));
  const golden = await openGolden(name);
  await cp(path.join(golden.model, part), folder, { recursive: true });
  return folder;
}

async function editConfig(folder: string, changes: Record<string, unknown>): Promise<void> {
  const file = path.join(folder, "config.json");
  const config = JSON.parse(await readFile(file, "utf8")) as object;
  await writeFile(file, JSON.stringify({ ...config, ...changes }));
}

describe("a network", () => {
  it("that lacks a tensor is refused, and the tensor is named", async () => {
    const folder = await copyOf("text-encoder-sd15", "text_encoder");
    const loading = loadTextEncoder({ folder, runtime, outputs: ["embeds"] });
    await expect(loading).rejects.toMatchObject({
      code: "weights-tensor-missing",
      message: expect.stringContaining("text_projection.weight"),
    });
  });

  it("that has a tensor in another shape is refused with both shapes", async () => {
    const folder = await copyOf("unet-sd15", "unet");
    await editConfig(folder, { cross_attention_dim: 10 });
    await expect(loadUnet({ folder, runtime })).rejects.toMatchObject({
      code: "weights-tensor-shape",
      message: expect.stringMatching(/attn2\.to_k\.weight of .* in the shape \[6, 10\], got \[6, 8\]\.$/),
    });
  });

  it("whose weights are cut short is refused before anything is built", async () => {
    const folder = await copyOf("vae", "vae");
    const file = path.join(folder, "diffusion_pytorch_model.safetensors");
    await truncate(file, 40_000);
    await expect(loadAutoencoder({ folder, runtime })).rejects.toMatchObject({
      code: "weights-corrupt",
      message: expect.stringContaining(file),
    });
  });

  it("without weights or without a configuration is a missing file", async () => {
    const folder = await copyOf("dino");
    await rm(path.join(folder, "model.safetensors"));
    await expect(loadVit({ folder, runtime })).rejects.toMatchObject({ code: "pack-file-missing" });
    await rm(path.join(folder, "config.json"));
    await expect(loadVit({ folder, runtime })).rejects.toMatchObject({ code: "pack-file-missing" });
  });

  it("whose configuration is no JSON object makes the pack invalid", async () => {
    const folder = await copyOf("dino");
    for (const text of ["{", "[]", "null"]) {
      await writeFile(path.join(folder, "config.json"), text);
      await expect(loadVit({ folder, runtime })).rejects.toMatchObject({ code: "pack-invalid" });
    }
  });

  it.each([
    ["hidden_act", "gelu_new"],
    ["num_channels", 4],
    ["num_hidden_layers", 0],
    ["hidden_size", "24"],
  ])(
    "with %s %j in its configuration is unsupported: file, key and value are named",
    async (key, setting) => {
      const folder = await copyOf("dino");
      await editConfig(folder, { [key]: setting });
      const error = await loadVit({ folder, runtime }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "network-unsupported" });
      for (const part of [key, path.join(folder, "config.json"), JSON.stringify(setting)]) {
        expect(String(error)).toContain(part);
      }
    },
  );

  it.each([
    ["down_block_types", ["AttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]],
    ["mid_block_type", "UNetMidBlock2DSimpleCrossAttn"],
    ["act_fn", "mish"],
    ["class_embed_type", "timestep"],
    ["layers_per_block", [1, 1]],
  ])("a UNet with %s %j is unsupported", async (key, setting) => {
    const folder = await copyOf("unet-sd15", "unet");
    await editConfig(folder, { [key]: setting });
    await expect(loadUnet({ folder, runtime })).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining(key),
    });
  });
});

describe("a tiny autoencoder", () => {
  it.each([
    ["act_fn", "mish"],
    ["upsampling_scaling_factor", 3],
    ["decoder_block_out_channels", [4, 4, 8, 4]],
    ["num_decoder_blocks", [2, 2, 1]],
  ])("with %s %j is unsupported", async (key, setting) => {
    const folder = await copyOf("tae");
    await editConfig(folder, { [key]: setting });
    await expect(loadTinyAutoencoder({ folder, runtime })).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining(key),
    });
  });

  it("that lacks a tensor is refused, and the tensor is named", async () => {
    const folder = await copyOf("tae");
    await editConfig(folder, { num_decoder_blocks: [2, 2, 3, 1] });
    await expect(loadTinyAutoencoder({ folder, runtime })).rejects.toMatchObject({
      code: "weights-tensor-missing",
      message: expect.stringContaining("decoder.layers.12.conv.0.weight"),
    });
  });
});

describe("weights laid out as a hub cache does, by a link out of the folder,", () => {
  it("are opened where they really lie", async () => {
    const folder = await copyOf("dino");
    const blob = path.join(root, "blob");
    await rename(path.join(folder, "model.safetensors"), blob);
    await symlink(blob, path.join(folder, "model.safetensors"));
    const golden = await openGolden("dino");
    const vit = await loadVit({ folder, runtime, outputs: ["lastHiddenState"] });
    const { lastHiddenState } = await vit.run(golden.floats("in.native.pixel_values"));
    golden.expectOutput("out.native.last_hidden_state", lastHiddenState);
  });
});

describe("a UNet met with sides that do not halve evenly", () => {
  it("gives a prediction of the sample's own size, and still serves even ones", async () => {
    const golden = await openGolden("unet-sd2");
    await using unet = await loadUnet({ folder: path.join(golden.model, "unet"), runtime });
    const encoderHiddenStates = { data: new Float32Array(77 * 10).fill(0.5), shape: [1, 77, 10] };
    for (const [height, width] of [
      [5, 7],
      [8, 4],
      [6, 9],
    ] as const) {
      const sample = { data: new Float32Array(4 * height * width).fill(1), shape: [1, 4, height, width] };
      const prediction = await unet.run({ sample, timestep: 500, encoderHiddenStates });
      expect(prediction.shape).toEqual([1, 4, height, width]);
      expect(prediction.data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("weights in bfloat16", () => {
  it("run in 32 bits", async () => {
    const folder = await copyOf("dino");
    const file = path.join(folder, "model.safetensors");
    await writeFile(file, toBrainFloats(await readFile(file)));
    const golden = await openGolden("dino");
    const vit = await loadVit({ folder, runtime, outputs: ["lastHiddenState"] });
    const { lastHiddenState } = await vit.run(golden.floats("in.native.pixel_values"));
    const expected = golden.floats("out.native.last_hidden_state").data;
    const differences = lastHiddenState.data.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThan(0.1);
  });
});

/** A file of 32-bit floats with each float's upper half alone. */
function toBrainFloats(file: Buffer): Buffer {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString("utf8", 8, 8 + length)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    tensor.dtype = "BF16";
    tensor.data_offsets = [tensor.data_offsets[0] / 2, tensor.data_offsets[1] / 2];
  }
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const data = file.subarray(8 + length).filter((_, i) => i % 4 >= 2);
  return Buffer.concat([size, text, data]);
}
