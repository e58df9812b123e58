import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { randomTensor, readTensors, writeTensors } from "../../pipeline/nets/weights.ts";
import { shareWorkers } from "../in-process.ts";
import { cheap, emptyFolder, scene, temporaryFolder } from "../lrbot.ts";

const fixtures = join(import.meta.dirname, "../../fixtures");
const mini = join(import.meta.dirname, "../../../models/mini");
const root = temporaryFolder();
let home = "";
let made = 0;
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  home = emptyFolder(root, `home-${made++}`);
  cpSync(join(fixtures, "goldens/pipeline-sd15-inpaint/model"), join(home, "dreamy"), { recursive: true });
  for (const part of ["clip", "tokenizer"]) cpSync(join(mini, part), join(home, "clip"), { recursive: true });
  cpSync(join(mini, "dino"), join(home, "vit"), { recursive: true });
});

const lrbot = (words: readonly string[]) => workers.runHere(words, { folder: home });
const add = () => lrbot(["packs", "add", "dreamy", "--clip", "clip", "--vit", "vit"]);
const at = (...path: string[]) => join(home, ...path);
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const change = (file: string, changes: object) =>
  writeFileSync(file, JSON.stringify({ ...readJson(file), ...changes }));
const packed = () => readJson(at("data", "packs", "dreamy", "pack.json"));
const paths = () => packed().files.map(({ path }: { path: string }) => path);

async function expectEdits(): Promise<void> {
  const words = ["edit", "--image", scene, "--prompt", "a cat", "--pack", "dreamy", ...cheap];
  expect(await lrbot([...words, "--out", "out", "--quiet"])).toMatchObject({ status: 0, stderr: "" });
}

/** Settings that diffusers and transformers write as null, one or another in each configuration. */
const optional = [
  ..."sample_size attention_head_dim num_attention_heads class_embed_type time_cond_proj_dim encoder_hid_dim".split(
    " ",
  ),
  ..."addition_embed_type conv_in_kernel only_cross_attention dual_cross_attention use_linear_projection".split(
    " ",
  ),
  ..."scaling_factor shift_factor latents_mean force_upcast use_quant_conv mid_block_add_attention".split(
    " ",
  ),
  ..."steps_offset skip_prk_steps timestep_spacing prediction_type rescale_betas_zero_snr trained_betas".split(
    " ",
  ),
  ..."clip_sample thresholding set_alpha_to_one do_rescale do_normalize do_center_crop crop_size image_mean image_std".split(
    " ",
  ),
  ..."resample size rescale_factor do_convert_rgb hidden_act layer_norm_eps eos_token_id pad_token_id".split(
    " ",
  ),
  ..."torch_dtype pad_token unk_token add_prefix_space model_max_length qkv_bias".split(" "),
];

/** As transformers 5 saves a tokenizer. */
function intoTokenizerJson(folder: string): void {
  const vocab = readJson(join(folder, "vocab.json"));
  const merges = readFileSync(join(folder, "merges.txt"), "utf8").split("\n");
  const pairs = merges.filter((line) => line && !line.startsWith("#")).map((line) => line.split(" "));
  const model = { type: "BPE", end_of_word_suffix: "</w>", vocab, merges: pairs };
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ model }));
  for (const name of ["vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"]) {
    rmSync(join(folder, name), { force: true });
  }
  const configuration = join(fixtures, "configs/clip-v5-tokenizer_config.json");
  cpSync(configuration, join(folder, "tokenizer_config.json"));
}

describe("lrbot packs add, of a checkpoint in one file", () => {
  const input = (channels: number) => ({
    "model.diffusion_model.input_blocks.0.0.weight": randomTensor("input", [2, channels, 3, 3]),
  });
  const one = randomTensor("one", [1]);
  const first = { "cond_stage_model.transformer.x": one, "first_stage_model.y": one };
  const convert = (pipeline: string) =>
    new RegExp(`${pipeline} as P; .*then run lrbot packs add dreamy-v2\\.$`);
  it.each([
    [
      "Stable Diffusion 1 for inpainting",
      { ...input(9), ...first },
      convert("StableDiffusionInpaintPipeline"),
    ],
    ["Stable Diffusion 1 with 4 input", { ...input(4), ...first }, convert("StableDiffusionPipeline")],
    [
      "Stable Diffusion 2 with 4",
      { ...input(4), "cond_stage_model.model.x": one },
      convert("StableDiffusionPipeline"),
    ],
    [
      "Stable Diffusion 1 with 8 input channels",
      { ...input(8), ...first },
      /Only 9 .* and 4 .* are built\.$/,
    ],
    ["Stable Diffusion XL", { ...input(4), "conditioner.embedders.0": one }, /Only Stable Diffusion 1 and 2/],
    [
      "another kind of network",
      { "model.diffusion_model.joint_blocks.0": one },
      /Only Stable Diffusion 1 and 2/,
    ],
    ["a LoRA", { "lora_unet_x.lora_up.weight": one }, /--lora/],
    ["no whole Stable Diffusion", { "encoder.weight": one }, /Only Stable Diffusion 1 and 2/],
  ])("says that it is %s, and what to do", async (what, tensors, todo) => {
    rmSync(at("dreamy"), { recursive: true });
    mkdirSync(at("dreamy"));
    await writeTensors(at("dreamy", "dreamy v2.safetensors"), tensors);
    for (const place of ["dreamy", "dreamy/dreamy v2.safetensors"]) {
      const { status, stderr } = await lrbot(["packs", "add", place, "--eyes-of", "mini"]);
      expect(stderr).toMatch(/^error network-unsupported: Expected [^\n]*, got [^\n]*\n$/);
      expect(stderr).toContain(what);
      expect(stderr.trimEnd()).toMatch(todo);
      expect(status).toBe(3);
    }
  });

  it("never opens one that can hold code, and says how to convert it", async () => {
    writeFileSync(at("dreamy.ckpt"), "a pickle");
    const { status, stderr } = await lrbot(["packs", "add", "dreamy.ckpt", "--eyes-of", "mini"]);
    expect(stderr).toMatch(/^error pack-no-safetensors: .*dreamy\.ckpt.*from_single_file\('dreamy\.ckpt'\)/);
    expect(status).toBe(3);
  });
});

describe("lrbot packs add, of a folder as it is in the wild", () => {
  it("takes what transformers 5 saves, and edits with it", async () => {
    intoTokenizerJson(at("dreamy", "tokenizer"));
    intoTokenizerJson(at("clip"));
    const processor = readJson(at("clip", "preprocessor_config.json"));
    rmSync(at("clip", "preprocessor_config.json"));
    writeFileSync(at("clip", "processor_config.json"), JSON.stringify({ image_processor: processor }));
    change(at("vit", "preprocessor_config.json"), { crop_size: null, do_center_crop: null });
    expect(await add()).toMatchObject({ status: 0, stderr: "" });
    expect(paths()).toContain("tokenizer/tokenizer.json");
    expect(paths()).toContain("clip/processor_config.json");
    await expectEdits();
  });

  it("takes weights in several files with their index, and edits with them", async () => {
    const name = "diffusion_pytorch_model";
    const whole = at("dreamy", "unet", `${name}.safetensors`);
    const tensors = Object.entries(await readTensors(whole));
    const half = tensors.length >> 1;
    const map: Record<string, string> = {};
    for (const [part, own] of [tensors.slice(0, half), tensors.slice(half)].entries()) {
      const shard = `${name}-0000${part + 1}-of-00002.safetensors`;
      await writeTensors(at("dreamy", "unet", shard), Object.fromEntries(own));
      for (const [tensor] of own) map[tensor] = shard;
    }
    rmSync(whole);
    writeFileSync(`${whole}.index.json`, JSON.stringify({ weight_map: map }));
    expect(await add()).toMatchObject({ status: 0, stderr: "" });
    expect(paths().filter((path: string) => path.startsWith("unet/"))).toHaveLength(4);
    await expectEdits();
    rmSync(at("dreamy", "unet", `${name}-00002-of-00002.safetensors`));
    await lrbot(["packs", "remove", "dreamy"]);
    const { status, stderr } = await add();
    expect(stderr).toMatch(/^error pack-file-missing: .*00002-of-00002\.safetensors/);
    expect(status).toBe(3);
  });

  it.each(["HeunDiscreteScheduler", "UniPCMultistepScheduler"])(
    "follows the scheduler %s, and blends below full strength with it",
    async (name) => {
      rmSync(at("dreamy"), { recursive: true });
      cpSync(join(fixtures, "goldens/pipeline-sd15-blend/model"), at("dreamy"), { recursive: true });
      change(at("dreamy", "scheduler/scheduler_config.json"), { _class_name: name });
      expect(await add()).toMatchObject({ status: 0, stderr: "" });
      expect(packed().painting.strength).toBeLessThan(1);
      await expectEdits();
    },
  );

  const encodings: [string, (text: string) => Buffer][] = [
    ["a byte order mark and CRLF", (text) => Buffer.from(`\ufeff${text.replaceAll("\n", "\r\n")}`)],
    ["UTF-16", (text) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ];

  it.each(encodings)(
    "reads every text with %s, and null as not said in every configuration",
    async (_, encode) => {
      const notSaid = Object.fromEntries(optional.map((key) => [key, null]));
      const texts = ["dreamy", "clip", "vit"].flatMap((folder) =>
        (readdirSync(at(folder), { recursive: true }) as string[])
          .filter((name) => /\.(json|txt)$/.test(name))
          .map((name) => at(folder, name)),
      );
      expect(texts.length).toBeGreaterThan(12);
      for (const file of texts) {
        if (/(config|index)\.json$/.test(file))
          writeFileSync(file, JSON.stringify({ ...notSaid, ...readJson(file) }, null, 2));
        writeFileSync(file, encode(readFileSync(file, "utf8")));
      }
      expect(await add()).toMatchObject({ status: 0, stderr: "" });
      await expectEdits();
    },
  );

  it.each([
    ["32 of old versions as 64", { sample_size: 32, _diffusers_version: "0.6.0.dev0" }, 64],
    ["a list of 32 of old versions as 64", { sample_size: [32, 32], _diffusers_version: "0.8.1" }, 64],
    ["32 of newer versions", { sample_size: 32, _diffusers_version: "0.9.0" }, 32],
    ["32 of newer versions", { sample_size: 32, _diffusers_version: "0.21.4" }, 32],
    ["a list", { sample_size: [96, 64], _diffusers_version: "0.30.0" }, 64],
    ["nothing as 64", { sample_size: null }, 64],
  ])("reads a sample_size of %s", async (_what, config, latents) => {
    change(at("dreamy", "unet", "config.json"), config);
    expect(await add()).toMatchObject({ status: 0, stderr: "" });
    const { block_out_channels: levels } = readJson(at("dreamy", "vae", "config.json"));
    expect(packed().painting.side).toBe(latents * 2 ** (levels.length - 1));
  });
});
