import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { addPack } from "../../src/packs/adding/add.ts";
import { openPack } from "../../src/packs/open.ts";
import { checkPack } from "../../src/pipeline/check-pack.ts";
import { readTensors, writeTensors } from "./nets/weights.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const models = join(import.meta.dirname, "../../models");
const root = mkdtempSync(join(tmpdir(), "check-pack-"));
afterAll(() => rmSync(root, { recursive: true }));

let home = "";
let made = 0;
beforeEach(() => {
  home = join(root, `home-${made++}`);
  cpSync(join(fixtures, "goldens/pipeline-sd15-inpaint/model"), at("dreamy"), { recursive: true });
  for (const part of ["clip", "tokenizer"])
    cpSync(join(models, "mini", part), at("clip"), { recursive: true });
  cpSync(join(models, "mini/dino"), at("vit"), { recursive: true });
  mkdirSync(at("packs"));
});

const at = (...path: string[]) => join(home, ...path);

function change(file: string, changes: object): void {
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }));
}

async function add(): Promise<void> {
  const order = {
    ...{ name: "dreamy", folder: at("dreamy"), clip: at("clip"), vit: at("vit"), eyesOf: null },
    ...{ draftAutoencoder: null, loras: [], nouns: join(models, "everyday-nouns.txt") },
    ...{ license: "MIT", isCopied: false },
  };
  const signal = new AbortController().signal;
  await addPack(order, { root: at("packs"), roots: [at("packs")], signal, check: checkPack });
}

/** What adding is refused with, in one line. */
async function refusal(): Promise<string> {
  const error = await add().then(
    () => null,
    (caught: unknown) => caught,
  );
  const { code, message } = error as { code: string; message: string };
  expect(message).toMatch(/^Expected [^\n]*, got [^\n]*$/);
  return `${code} ${message}`;
}

const scheduler = "scheduler/scheduler_config.json";

describe("a pack that can never edit", () => {
  it("is not what these begin with", async () => {
    await expect(add()).resolves.toBeUndefined();
  });

  it.each([
    ["unet/config.json", { in_channels: 8 }, "in_channels"],
    ["unet/config.json", { out_channels: 8 }, "out_channels"],
    ["unet/config.json", { addition_embed_type: "image" }, "addition_embed_type"],
    ["unet/config.json", { addition_embed_type: "text_time" }, "projection_class_embeddings_input_dim"],
    [
      "unet/config.json",
      { addition_embed_type: "text_time", projection_class_embeddings_input_dim: 2816 },
      "a second text encoder",
    ],
    ["unet/config.json", { cross_attention_dim: 10 }, "cross_attention_dim"],
    ["vae/config.json", { shift_factor: 0.1 }, "shift_factor"],
    ["vae/config.json", { down_block_types: ["DownBlock2D", "DownBlock2D"] }, "down_block_types"],
    ["text_encoder/config.json", { hidden_act: "relu" }, "hidden_act"],
    ["text_encoder/config.json", { vocab_size: 20 }, "vocab_size"],
    [scheduler, { _class_name: "FlowMatchEulerDiscreteScheduler" }, "FlowMatchEulerDiscreteScheduler"],
    [scheduler, { prediction_type: "sample" }, "prediction_type"],
    [scheduler, { num_train_timesteps: 12 }, "1 to 12 sampling steps"],
  ])("because of %s with %j is refused by file and field", async (file, config, named) => {
    change(at("dreamy", file), config);
    const told = await refusal();
    expect(told).toMatch(/^(network-unsupported|pack-invalid) /);
    expect(told).toContain(named);
    expect(told).toContain(file.split("/")[0]);
  });

  it.each([
    ["unet/config.json", { addition_embed_type: null }, "no second text encoder"],
    [
      "unet/config.json",
      { projection_class_embeddings_input_dim: 33 },
      "projection_class_embeddings_input_dim",
    ],
    ["unet/config.json", { cross_attention_dim: 8 }, "cross_attention_dim"],
    ["text_encoder_2/config.json", { projection_dim: 9 }, "projection_class_embeddings_input_dim"],
    ["text_encoder_2/config.json", { vocab_size: 20 }, "text_encoder_2"],
  ])(
    "as a Stable Diffusion XL because of %s with %j is refused by the field",
    async (file, config, named) => {
      rmSync(at("dreamy"), { recursive: true });
      cpSync(join(fixtures, "more-goldens/pipeline-sdxl-inpaint/model"), at("dreamy"), { recursive: true });
      const index = JSON.stringify({ _class_name: "StableDiffusionXLInpaintPipeline" });
      writeFileSync(at("dreamy", "model_index.json"), index);
      change(at("dreamy", file), config);
      const told = await refusal();
      expect(told).toMatch(/^network-unsupported /);
      expect(told).toContain(named);
    },
  );

  it.each([
    ["clip/config.json", { vision_config: { hidden_act: "relu" } }, "vision_config.hidden_act"],
    ["clip/preprocessor_config.json", { do_normalize: false }, "do_normalize"],
    ["vit/config.json", { hidden_act: "relu" }, "hidden_act"],
    ["vit/preprocessor_config.json", { image_mean: 0.5 }, "image_mean"],
  ])("because of %s with %j is refused by the field", async (file, config, named) => {
    change(at(file), config);
    const told = await refusal();
    expect(told).toMatch(/^(network-unsupported|pack-invalid) /);
    expect(told).toContain(named);
  });

  it("because its weights lack a tensor of the network is refused by the tensor", async () => {
    const weights = at("dreamy", "vae", "diffusion_pytorch_model.safetensors");
    const { "decoder.conv_out.bias": _, ...others } = await readTensors(weights);
    await writeTensors(weights, others);
    expect(await refusal()).toMatch(/^weights-tensor-missing .*decoder\.conv_out\.bias/);
  });
});

describe("tokens beside another inpainter", () => {
  const embedded = () => openPack("mini", { roots: [models] });

  it("are looked at with the rest of a pack", async () => {
    await expect(checkPack(await embedded())).resolves.toBeUndefined();
  });

  it.each([
    [{ autoencoder: "vae" }, "weights-tensor-shape", "vae"],
    [{ textEncoder: "text_encoder" }, "weights-tensor-missing", "text_projection"],
  ])("are refused where they are others: %o", async (changes, code, message) => {
    const { manifest, folder } = await embedded();
    const tokens = { ...manifest.tokens, ...changes } as typeof manifest.tokens;
    await expect(checkPack({ folder, manifest: { ...manifest, tokens } })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
