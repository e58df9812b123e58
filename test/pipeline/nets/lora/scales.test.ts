import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLora } from "../../../../src/pipeline/nets/lora/lora.ts";
import { bytesPerElement, type StoredType } from "../../../../src/pipeline/nets/stored-numbers.ts";
import { randomTensor, writeTensors } from "../weights.ts";

const fixtures = path.join(import.meta.dirname, "../../../fixtures/lora");
const layer = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "scales-"));
});
afterAll(() => rm(root, { recursive: true }));

async function factorsOf(file: string): Promise<number[]> {
  return (await openLora(file, 1)).layers.map(({ factor }) => factor);
}

let made = 0;
/** A copy of PEFT's folder with another configuration. */
async function peftFolder(change: object, metadata?: Record<string, string>): Promise<string> {
  const folder = path.join(root, `peft-${made++}`);
  await mkdir(folder);
  const config = JSON.parse(await readFile(path.join(fixtures, "peft/adapter_config.json"), "utf8"));
  await writeFile(path.join(folder, "adapter_config.json"), JSON.stringify({ ...config, ...change }));
  const file = path.join(folder, "adapter_model.safetensors");
  if (!metadata) await cp(path.join(fixtures, "peft/adapter_model.safetensors"), file);
  else await writeLayer(file, metadata);
  return file;
}

async function writeLayer(file: string, metadata?: Record<string, string>): Promise<string> {
  const prefix = `base_model.model.${layer}`;
  const tensors = {
    [`${prefix}.lora_A.weight`]: randomTensor("down", [2, 8]),
    [`${prefix}.lora_B.weight`]: randomTensor("up", [8, 2]),
  };
  await writeTensors(file, tensors, metadata);
  return file;
}

describe("how much of a LoRA is added", () => {
  it.each(["peft/adapter_model.safetensors", "meta_top.safetensors", "kohya_i64.safetensors"])(
    "is alpha over rank wherever alpha is said (%s)",
    async (file) => {
      expect(await factorsOf(path.join(fixtures, file))).toEqual([4]);
    },
  );

  it("is 1 where nothing is said", async () => {
    expect(await factorsOf(path.join(fixtures, "te_old.safetensors"))).toEqual([1]);
  });

  it.each([
    ["use_rslora", { use_rslora: true }, 8 / Math.sqrt(2)],
    ["alpha_pattern by the end of a name", { alpha_pattern: { to_k: 3, "attn2.to_q": 6 } }, 3],
    ["alpha_pattern by a whole name", { alpha_pattern: { "^to_q": 3, [`^${layer}`]: 16 } }, 8],
    ["alpha_pattern by the first that fits", { alpha_pattern: { to_q: 2, "attn2.to_q": 6 } }, 1],
    ["rank_pattern", { r: 64, rank_pattern: { to_q: 2 } }, 4],
    ["what changes nothing", { init_lora_weights: "gaussian", lora_dropout: 0.1, modules_to_save: null }, 4],
    ["null", { lora_alpha: null }, 4],
  ])("is what PEFT's configuration says by %s", async (_what, change, factor) => {
    const [found] = await factorsOf(await peftFolder(change));
    expect(found).toBeCloseTo(factor, 6);
  });

  it.each([
    ["peft_type", "LOHA"],
    ["use_dora", true],
    ["use_something_new", true],
    ["fan_in_fan_out", true],
    ["bias", "all"],
    ["lora_bias", true],
    ["modules_to_save", ["conv_in"]],
    ["layer_replication", [[0, 4]]],
    ["init_lora_weights", "pissa"],
    ["lora_alpha", "8"],
    ["r", 4],
    ["rank_pattern", { to_q: 3 }],
    ["alpha_pattern", { "(.*)+to_q": 3 }],
  ])("is refused where PEFT's configuration says %s %j, by the field", async (key, value) => {
    const file = await peftFolder({ [key]: value });
    const told = key === "r" || key === "rank_pattern" ? "the rank 2" : key;
    await expect(openLora(file, 1)).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringMatching(new RegExp(`^Expected .*${told}.*adapter_config\\.json, got .*\\.$`)),
    });
  });

  it("is refused where the configuration is no JSON, or is not there", async () => {
    const file = await peftFolder({});
    const config = path.join(path.dirname(file), "adapter_config.json");
    await writeFile(config, "{");
    await expect(openLora(file, 1)).rejects.toMatchObject({ code: "pack-invalid" });
    await rm(config);
    await expect(openLora(file, 1)).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining(config),
    });
  });

  it("is refused where the file and PEFT's configuration say different things, and taken where they agree", async () => {
    await expect(openLora(await peftFolder({}, { lora_alpha: "16" }), 1)).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringMatching(/one scale .* 4 by .*adapter_config\.json and 8 by the description/),
    });
    expect(await factorsOf(await peftFolder({}, { lora_alpha: "8", use_rslora: "False" }))).toEqual([4]);
    const described = JSON.stringify({ "unet.lora_alpha": 2, "unet.r": 2 });
    await expect(
      openLora(await peftFolder({}, { lora_adapter_metadata: described }), 1),
    ).rejects.toMatchObject({ code: "network-unsupported" });
  });

  it.each([{ lora_alpha: "much" }, { lora_alpha: "8", use_dora: "True" }, { lora_alpha: "8", r: "3" }])(
    "is refused where the file's own description says %j",
    async (metadata) => {
      const file = await writeLayer(path.join(root, `own-${made++}.safetensors`), metadata);
      await expect(openLora(file, 1)).rejects.toMatchObject({ code: "network-unsupported" });
    },
  );

  it("is not said by None in the file's own description", async () => {
    const file = await writeLayer(path.join(root, `own-${made++}.safetensors`), {
      lora_alpha: "8",
      r: "None",
      rank_pattern: "{}",
      use_dora: "None",
    });
    expect(await factorsOf(file)).toEqual([4]);
  });

  const numbers: readonly (readonly [StoredType, (view: DataView) => void])[] = [
    ["U8", (view) => view.setUint8(0, 8)],
    ["I8", (view) => view.setInt8(0, 8)],
    ["F8_E4M3", (view) => view.setUint8(0, 0x50)],
    ["F8_E5M2", (view) => view.setUint8(0, 0x48)],
    ["U16", (view) => view.setUint16(0, 8, true)],
    ["I16", (view) => view.setInt16(0, 8, true)],
    ["F16", (view) => view.setUint16(0, 0x4800, true)],
    ["BF16", (view) => view.setUint16(0, 0x4100, true)],
    ["U32", (view) => view.setUint32(0, 8, true)],
    ["I32", (view) => view.setInt32(0, 8, true)],
    ["U64", (view) => view.setBigUint64(0, 8n, true)],
    ["I64", (view) => view.setBigInt64(0, 8n, true)],
    ["F64", (view) => view.setFloat64(0, 8, true)],
  ];

  async function withAlpha(dtype: string, bytes: Uint8Array): Promise<string> {
    const whole = await readFile(path.join(fixtures, "kohya_i64.safetensors"));
    const length = Number(whole.readBigUInt64LE());
    const header = JSON.parse(whole.toString("utf8", 8, 8 + length));
    const alpha = Object.keys(header).find((name) => name.endsWith(".alpha")) ?? "";
    const data = whole.subarray(8 + length, 8 + length + 128);
    header[alpha] = { dtype, shape: [1], data_offsets: [128, 128 + bytes.length] };
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    const file = path.join(root, `alpha-${made++}.safetensors`);
    await writeFile(file, Buffer.concat([size, text, data, bytes]));
    return file;
  }

  it.each(numbers)("is read from an alpha of the type %s", async (dtype, write) => {
    const bytes = new Uint8Array(bytesPerElement[dtype]);
    write(new DataView(bytes.buffer));
    expect(await factorsOf(await withAlpha(dtype, bytes))).toEqual([4]);
  });

  it("is refused where alpha is no number", async () => {
    await expect(openLora(await withAlpha("BOOL", Uint8Array.of(1)), 1)).rejects.toMatchObject({
      code: "weights-tensor-shape",
      message: expect.stringContaining("BOOL"),
    });
  });
});

describe("the first names of a text encoder's layers in diffusers", () => {
  it("are those of its projections", async () => {
    const tensors = Object.fromEntries(
      ["q", "k", "v", "out"].flatMap((which) => {
        const name = `text_encoder.text_model.encoder.layers.0.self_attn.to_${which}_lora`;
        return [
          [`${name}.down.weight`, randomTensor("down", [2, 8])],
          [`${name}.up.weight`, randomTensor("up", [8, 2])],
        ];
      }),
    );
    const file = path.join(root, "te.safetensors");
    await writeTensors(file, tensors);
    const { layers } = await openLora(file, 1);
    const start = "text_model_encoder_layers_0_self_attn_";
    expect(layers.map(({ target, name }) => [target, name])).toEqual(
      ["q_proj", "k_proj", "v_proj", "out_proj"].map((name) => ["textEncoder", start + name]),
    );
  });
});
