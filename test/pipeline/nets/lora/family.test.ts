import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { requireFamily } from "../../../../src/pipeline/nets/lora/family.ts";
import { firstNamesOf } from "../../../../src/pipeline/nets/lora/first-names.ts";
import { openLora } from "../../../../src/pipeline/nets/lora/lora.ts";
import { readLoraName } from "../../../../src/pipeline/nets/lora/names.ts";
import { randomTensor, writeTensors } from "../weights.ts";

const root = mkdtempSync(path.join(tmpdir(), "family-"));
afterAll(() => rmSync(root, { recursive: true }));
let written = 0;

async function loraOf(layers: Readonly<Record<string, number>>) {
  const file = path.join(root, `${written++}.safetensors`);
  const tensors = Object.entries(layers).flatMap(([layer, width]) => [
    [`${layer}.lora_down.weight`, randomTensor("down", [2, width])] as const,
    [`${layer}.lora_up.weight`, randomTensor("up", [4, 2])] as const,
  ]);
  await writeTensors(file, Object.fromEntries(tensors));
  return { file, lora: await openLora(file, 1) };
}

const kohya = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0";
const first = "lora_unet_input_blocks_4_1_transformer_blocks_0";
const sd15 = { textWidth: 768, hasSecondEncoder: false };
const sdxl = { textWidth: 2048, hasSecondEncoder: true };

describe("a LoRA for another family of networks", () => {
  it.each([
    ["Stable Diffusion 1", "Stable Diffusion XL", { [`${kohya}_attn2_to_k`]: 768 }, sdxl],
    ["Stable Diffusion 2", "Stable Diffusion XL", { [`${kohya}_attn2_to_v`]: 1024 }, sdxl],
    ["Stable Diffusion XL", "Stable Diffusion 1", { [`${kohya}_attn2_to_k`]: 2048 }, sd15],
    ["Stable Diffusion XL", "Stable Diffusion 1", { [`${first}_attn2_to_k`]: 2048 }, sd15],
  ])("for %s is refused by %s, by its file's header alone", async (got, expected, layers, family) => {
    const { file, lora } = await loraOf(layers);
    const refused = expect.objectContaining({
      code: "lora-other-family",
      message: expect.stringMatching(new RegExp(`^Expected a LoRA for ${expected}, .*got .* for ${got}, `)),
    });
    expect(() => requireFamily([lora], family)).toThrow(refused);
    expect(() => requireFamily([lora], family)).toThrow(file);
  });

  it("is one that changes a second text encoder, where there is none", async () => {
    const { lora } = await loraOf({ lora_te2_text_model_encoder_layers_0_mlp_fc1: 4 });
    expect(() => requireFamily([lora], sd15)).toThrow(expect.objectContaining({ code: "lora-other-family" }));
    expect(() => requireFamily([lora], sdxl)).not.toThrow();
  });

  it("is none that leaves the attention to the text as it is, or that is made for it", async () => {
    const { lora: own } = await loraOf({ [`${kohya}_attn2_to_k`]: 2048, [`${kohya}_attn1_to_k`]: 640 });
    const { lora: silent } = await loraOf({ [`${kohya}_attn1_to_k`]: 640 });
    expect(() => requireFamily([own, silent], sdxl)).not.toThrow();
  });
});

describe("the names that LoRAs have for Stable Diffusion XL's networks", () => {
  it.each([
    ["kohya-ss", "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "textEncoder"],
    ["kohya-ss", "lora_te2_text_model_encoder_layers_31_self_attn_q_proj.alpha", "textEncoder2"],
    [
      "PEFT",
      "base_model.model.text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight",
      "textEncoder2",
    ],
    ["PEFT", "text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_B.default.weight", "textEncoder"],
    [
      "diffusers",
      "text_encoder_2.text_model.encoder.layers.0.self_attn.to_q_lora.down.weight",
      "textEncoder2",
    ],
    ["diffusers", "unet.up_blocks.1.attentions.2.transformer_blocks.1.attn2.to_k.lora.up.weight", "unet"],
    ["diffusers", "add_embedding.linear_1.lora_A.weight", "unet"],
  ])("by %s: %s", (_tool, tensor, target) => {
    const read = readLoraName(tensor, "lora.safetensors");
    expect(read.target).toBe(target);
    if (tensor.includes("to_q_lora")) expect(read.layer).toBe("text_model.encoder.layers.0.self_attn.q_proj");
  });
});

describe("the names of Stable Diffusion XL's first code", () => {
  it("count on through its three levels, of which the outermost does not attend", () => {
    const rows = (block: string, count: number, attends: boolean) =>
      Array.from({ length: count }, (_, row) => [
        `${block}.resnets.${row}.conv1`,
        ...(attends ? [`${block}.attentions.${row}.proj_in`] : []),
      ]).flat();
    const names = firstNamesOf([
      ...[0, 1, 2].flatMap((level) => rows(`down_blocks.${level}`, 2, level > 0)),
      ...[0, 1].map((level) => `down_blocks.${level}.downsamplers.0.conv`),
      ...["mid_block.attentions.0.proj_in", "add_embedding.linear_1", "add_embedding.linear_2"],
      ...[0, 1, 2].flatMap((level) => rows(`up_blocks.${level}`, 3, level < 2)),
      ...[0, 1].map((level) => `up_blocks.${level}.upsamplers.0.conv`),
    ]);
    const known = {
      "down_blocks.1.attentions.0.proj_in": "input_blocks.4.1.proj_in",
      "down_blocks.2.attentions.1.proj_in": "input_blocks.8.1.proj_in",
      "mid_block.attentions.0.proj_in": "middle_block.1.proj_in",
      "up_blocks.0.attentions.2.proj_in": "output_blocks.2.1.proj_in",
      "up_blocks.1.attentions.0.proj_in": "output_blocks.3.1.proj_in",
      "up_blocks.1.upsamplers.0.conv": "output_blocks.5.2.conv",
      "up_blocks.2.resnets.2.conv1": "output_blocks.8.0.in_layers.2",
      "add_embedding.linear_1": "label_emb.0.0",
      "add_embedding.linear_2": "label_emb.0.2",
    };
    for (const [layer, name] of Object.entries(known)) expect(names.get(layer), layer).toBe(name);
  });
});
