import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstNamesOf } from "../../../../src/pipeline/nets/lora/first-names.ts";
import {
  type Lora,
  type LowRankPart,
  openLora,
  readWeightChanges,
} from "../../../../src/pipeline/nets/lora/lora.ts";
import { required } from "../../../../src/pipeline/nets/required.ts";
import { openRuntime, type Runtime } from "../../../../src/pipeline/nets/runtime.ts";
import { openWeights } from "../../../../src/pipeline/nets/safetensors.ts";
import type { Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import { loadTextEncoder } from "../../../../src/pipeline/nets/text-encoder.ts";
import { loadUnet, type UnetInputs } from "../../../../src/pipeline/nets/unet/unet.ts";
import { type GoldenCase, openGolden } from "../goldens.ts";
import { randomTensor, readTensors, renameTensors, type Tensors, writeTensors } from "../weights.ts";

let runtime: Runtime;
let root: string;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  root = await mkdtemp(path.join(tmpdir(), "lora-"));
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const rank = 3;
const alpha = 2;
const scale = 0.7;
/** What a layer's change is multiplied by where the alpha is given. */
const factor = (scale * alpha) / rank;
/** Everything is added to the weights, or nothing is, or some. */
const rules = [0, Number.POSITIVE_INFINITY, 1.2];
/** As the recorded cases have it: sums are rounded in another order. */
const tolerance = 1e-4;

const attention = "down_blocks.0.attentions.0.transformer_blocks.0";
/** Layers of each kind that a UNet has. */
const unetLayers = [
  `${attention}.attn1.to_q`,
  `${attention}.attn2.to_k`,
  `${attention}.attn2.to_out.0`,
  // Read as two halves.
  `${attention}.ff.net.0.proj`,
  `${attention}.ff.net.2`,
  "down_blocks.0.attentions.0.proj_in",
  "mid_block.attentions.0.proj_out",
  "down_blocks.1.downsamplers.0.conv",
  "up_blocks.0.resnets.0.conv1",
  "up_blocks.0.resnets.0.conv_shortcut",
  "up_blocks.1.resnets.1.time_emb_proj",
  // Read as four summed kernels.
  "up_blocks.1.upsamplers.0.conv",
  "conv_in",
];
/** The same layers as Stable Diffusion's first code names them, in a UNet of one resnet a block on the way down. */
const firstNames: Readonly<Record<string, string>> = {
  [`${attention}.attn1.to_q`]: "input_blocks.1.1.transformer_blocks.0.attn1.to_q",
  [`${attention}.attn2.to_k`]: "input_blocks.1.1.transformer_blocks.0.attn2.to_k",
  [`${attention}.attn2.to_out.0`]: "input_blocks.1.1.transformer_blocks.0.attn2.to_out.0",
  [`${attention}.ff.net.0.proj`]: "input_blocks.1.1.transformer_blocks.0.ff.net.0.proj",
  [`${attention}.ff.net.2`]: "input_blocks.1.1.transformer_blocks.0.ff.net.2",
  "down_blocks.0.attentions.0.proj_in": "input_blocks.1.1.proj_in",
  "mid_block.attentions.0.proj_out": "middle_block.1.proj_out",
  "down_blocks.1.downsamplers.0.conv": "input_blocks.4.0.op",
  "up_blocks.0.resnets.0.conv1": "output_blocks.0.0.in_layers.2",
  "up_blocks.0.resnets.0.conv_shortcut": "output_blocks.0.0.skip_connection",
  "up_blocks.1.resnets.1.time_emb_proj": "output_blocks.3.0.emb_layers.1",
  "up_blocks.1.upsamplers.0.conv": "output_blocks.3.2.conv",
  conv_in: "input_blocks.0.0",
};
const textLayers = [
  "text_model.encoder.layers.0.self_attn.q_proj",
  "text_model.encoder.layers.0.self_attn.out_proj",
  "text_model.encoder.layers.1.mlp.fc1",
];

interface Pair {
  readonly up: Tensor;
  readonly down: Tensor;
}

/** Random halves for layers of these shapes. */
function pairsFor(weights: Tensors, layers: readonly string[]): Map<string, Pair> {
  return new Map(
    layers.map((layer) => {
      const [to = 0, ...rest] = weights[`${layer}.weight`]?.shape ?? [];
      const kernel = rest.slice(1).map(() => 1);
      const up = randomTensor(`${layer} up`, [to, rank, ...kernel], 0.3);
      return [layer, { up, down: randomTensor(`${layer} down`, [rank, ...rest], 0.3) }];
    }),
  );
}

/** weight + factor · up · down, by hand. */
function changed({ data, shape }: Tensor, { up, down }: Pair, factor: number): Tensor {
  const columns = data.length / (shape[0] ?? 1);
  const sums = data.map((value, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    let product = 0;
    for (let k = 0; k < rank; k++) {
      product += (up.data[row * rank + k] ?? 0) * (down.data[k * columns + column] ?? 0);
    }
    return value + factor * product;
  });
  return { data: sums, shape };
}

/** A copy of a network's folder whose layers were changed by hand. */
async function changedFolder(from: string, file: string, pairs: Map<string, Pair>, factor: number) {
  const folder = await mkdtemp(path.join(root, "changed-"));
  const weights = await readTensors(path.join(from, file));
  for (const [layer, pair] of pairs) {
    const weight = weights[`${layer}.weight`];
    if (!weight) throw new Error(`Expected ${layer}.weight, got none.`);
    weights[`${layer}.weight`] = changed(weight, pair, factor);
  }
  await copyFile(path.join(from, "config.json"), path.join(folder, "config.json"));
  await writeTensors(path.join(folder, file.replace(".fp16", "")), weights);
  return folder;
}

type Naming = (layer: string, which: "up" | "down") => string;

const kohya =
  (root: string): Naming =>
  (layer, which) =>
    `${root}_${layer.replaceAll(".", "_")}.lora_${which}.weight`;
const peft =
  (root: string): Naming =>
  (layer, which) =>
    `${root}${layer}.lora_${which === "up" ? "B" : "A"}.weight`;

interface Extra {
  readonly alphas?: (layer: string) => string;
  readonly metadata?: Record<string, string>;
}

let written = 0;
async function writeLora(pairs: Map<string, Pair>, name: Naming, { alphas, metadata }: Extra = {}) {
  const tensors: Record<string, Tensor> = {};
  for (const [layer, { up, down }] of pairs) {
    tensors[name(layer, "up")] = up;
    tensors[name(layer, "down")] = down;
    if (alphas) tensors[alphas(layer)] = { data: Float32Array.of(alpha), shape: [] };
  }
  const file = path.join(root, `lora-${written++}.safetensors`);
  await writeTensors(file, tensors, metadata);
  return file;
}

const kohyaAlphas =
  (root: string) =>
  (layer: string): string =>
    `${root}_${layer.replaceAll(".", "_")}.alpha`;

async function predict(
  golden: GoldenCase,
  folder: string,
  loras: readonly Lora[] = [],
  on: Runtime = runtime,
): Promise<Tensor> {
  await using unet = await loadUnet({ folder, runtime: on, loras });
  return await unet.run({
    sample: golden.floats("in.wide.sample"),
    timestep: Number(golden.ids("in.wide.timestep").data[0]),
    encoderHiddenStates: golden.floats("in.wide.encoder_hidden_states"),
  });
}

/** The largest difference as a share of the largest value. */
function difference(a: Tensor, b: Tensor): number {
  const largest = b.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const furthest = a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? NaN))), 0);
  return furthest / largest;
}

const unetFile = "diffusion_pytorch_model.safetensors";

describe.each([
  ["unet-sd15-inpaint", unetFile],
  ["unet-sd15-inpaint-fp16", "diffusion_pytorch_model.fp16.safetensors"],
  ["unet-sd2", unetFile],
])("a LoRA merged into %s", (name, file) => {
  let golden: GoldenCase;
  let folder: string;
  let pairs: Map<string, Pair>;
  let plain: Tensor;
  let byHand: Tensor;
  beforeAll(async () => {
    golden = await openGolden(name);
    folder = path.join(golden.model, "unet");
    pairs = pairsFor(await readTensors(path.join(folder, file)), unetLayers);
    plain = await predict(golden, folder);
    byHand = await predict(golden, await changedFolder(folder, file, pairs, factor));
  });

  it.each(rules)(
    "gives what the network gives whose weights were changed by hand (added above %d)",
    async (addAbove) => {
      const written = await writeLora(pairs, kohya("lora_unet"), { alphas: kohyaAlphas("lora_unet") });
      const lora = await openLora(written, scale, { addAbove });
      const merged = await predict(golden, folder, [lora]);
      expect(difference(merged, byHand)).toBeLessThan(tolerance);
      expect(difference(merged, plain)).toBeGreaterThan(1e-2);
    },
  );

  // In 16 bits the layers and their changes are the same ones.
  if (!file.includes("fp16"))
    it("changes each layer: without any one of them the picture would be another", async () => {
      for (const layer of unetLayers) {
        const others = new Map([...pairs].filter(([name]) => name !== layer));
        const without = await predict(golden, await changedFolder(folder, file, others, factor));
        expect(difference(without, byHand), layer).toBeGreaterThan(2 * tolerance);
      }
    });

  it.each(rules)("is merged into a graph of 16-bit floats (added above %d)", async (addAbove) => {
    await using halves = await openRuntime({ threads: 1, target: { floats: "float16" } });
    const lora = await openLora(await writeLora(pairs, peft("unet.")), (scale * alpha) / rank, { addAbove });
    expect(difference(await predict(golden, folder, [lora], halves), byHand)).toBeLessThan(0.02);
    expect(difference(byHand, plain)).toBeGreaterThan(0.05);
  });

  it("adds to another, and nothing at scale 0", async () => {
    const written = await writeLora(pairs, peft("unet."));
    const [half, none] = [await openLora(written, 0.5), await openLora(written, 0)];
    const whole = await predict(golden, folder, [await openLora(written, 1)]);
    expect(difference(await predict(golden, folder, [half, half]), whole)).toBeLessThan(tolerance);
    expect(difference(await predict(golden, folder, [none]), plain)).toBeLessThan(tolerance);
  });
});

describe("a LoRA on latents whose sides do not halve evenly", () => {
  let folder: string;
  let inputs: UnetInputs;
  let file: string;
  let byHand: Tensor;
  beforeAll(async () => {
    const golden = await openGolden("unet-sd2");
    folder = path.join(golden.model, "unet");
    const pairs = pairsFor(await readTensors(path.join(folder, unetFile)), unetLayers);
    file = await writeLora(pairs, peft("unet."));
    inputs = {
      sample: randomTensor("odd", [1, 4, 5, 7]),
      timestep: 500,
      encoderHiddenStates: golden.floats("in.wide.encoder_hidden_states"),
    };
    await using unet = await loadUnet({ folder: await changedFolder(folder, unetFile, pairs, 1), runtime });
    byHand = await unet.run(inputs);
  });

  it.each(rules)("changes that graph too (added above %d)", async (addAbove) => {
    const lora = await openLora(file, 1, { addAbove });
    await using merged = await loadUnet({ folder, runtime, loras: [lora] });
    expect(difference(await merged.run(inputs), byHand)).toBeLessThan(tolerance);
  });
});

describe("the names of a LoRA's tensors", () => {
  let folder: string;
  let weights: Tensors;
  let expectPicture: (lora: Lora, pairs: Map<string, Pair>, factor: number) => Promise<void>;
  beforeAll(async () => {
    const golden = await openGolden("unet-sd15-inpaint");
    folder = path.join(golden.model, "unet");
    weights = await readTensors(path.join(folder, unetFile));
    expectPicture = async (lora, pairs, factor) => {
      const byHand = await predict(golden, await changedFolder(folder, unetFile, pairs, factor));
      expect(difference(await predict(golden, folder, [lora]), byHand)).toBeLessThan(tolerance);
    };
  });

  /** All that a LoRA makes of this UNet, but for its file: the same changes give the same picture. */
  async function changesOf(lora: Lora) {
    const changes = await readWeightChanges([lora], "unet", await openWeights(folder, [unetFile]));
    return [...changes].map(([tensor, [change]]) => {
      const { up, down, rank, factor, isAdded } = required(change, `a change of ${tensor}`);
      return { tensor, up: partOf(up), down: partOf(down), rank, factor, isAdded };
    });
  }
  const partOf = ({ dtype, shape, bytes }: LowRankPart) => ({ dtype, shape, bytes: [...bytes] });

  it("of kohya-ss, PEFT and diffusers, old and new, give the same picture", async () => {
    const projections = [`${attention}.attn1.to_q`, `${attention}.attn2.to_out.0`];
    const pairs = pairsFor(weights, projections);
    const processors: Naming = (layer, which) =>
      `${layer.replace(/(attn\d)\.(to_[a-z]+)(\.0)?$/, "$1.processor.$2_lora")}.${which}.weight`;
    const first = await openLora(await writeLora(pairs, kohya("lora_unet")), scale);
    await expectPicture(first, pairs, scale);
    const expected = await changesOf(first);
    expect(expected).toHaveLength(projections.length);
    const forms: Record<string, Naming> = {
      "kohya-ss with dots": (layer, which) => `unet.${layer}.lora_${which}.weight`,
      PEFT: peft("base_model.model."),
      "PEFT with an adapter's name": (layer, which) =>
        `base_model.model.unet.${layer}.lora_${which === "up" ? "B" : "A"}.default.weight`,
      diffusers: peft("unet."),
      "diffusers before PEFT": (layer, which) => `unet.${layer}.lora.${which}.weight`,
      "attention processors": (layer, which) => `unet.${processors(layer, which)}`,
      "attention processors alone": processors,
    };
    for (const [form, naming] of Object.entries(forms)) {
      const lora = await openLora(await writeLora(pairs, naming), scale);
      expect(await changesOf(lora), form).toEqual(expected);
    }
  });

  it("of Stable Diffusion's first code give the same picture", async () => {
    const pairs = pairsFor(weights, unetLayers);
    const naming: Naming = (layer, which) => kohya("lora_unet")(firstNames[layer] ?? "", which);
    const alphas = (layer: string) => kohyaAlphas("lora_unet")(firstNames[layer] ?? "");
    const lora = await openLora(await writeLora(pairs, naming, { alphas }), scale);
    await expectPicture(lora, pairs, factor);
  });

  it("of Stable Diffusion's first code count on through all blocks of a UNet of the full size", () => {
    const block = (at: string, resnets: number, attends: boolean, sampler: string | null) => [
      ...Array.from({ length: resnets }, (_, row) => `${at}.resnets.${row}.conv2`),
      ...Array.from({ length: attends ? resnets : 0 }, (_, row) => `${at}.attentions.${row}.proj_in`),
      ...(sampler === null ? [] : [`${at}.${sampler}.0.conv`]),
    ];
    const layers = [
      ...[0, 1, 2, 3].flatMap((n) => block(`down_blocks.${n}`, 2, n < 3, n < 3 ? "downsamplers" : null)),
      ...[0, 1, 2, 3].flatMap((n) => block(`up_blocks.${n}`, 3, n > 0, n < 3 ? "upsamplers" : null)),
      ...block("mid_block", 2, true, null).slice(0, 3),
      ...["time_embedding.linear_1", "time_embedding.linear_2", "conv_out"],
    ];
    const names = firstNamesOf(layers);
    expect(names.size).toBe(layers.length);
    expect(new Set(names.values()).size).toBe(layers.length);
    const known = {
      "down_blocks.0.attentions.1.proj_in": "input_blocks.2.1.proj_in",
      "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
      "down_blocks.2.attentions.0.proj_in": "input_blocks.7.1.proj_in",
      "down_blocks.3.resnets.1.conv2": "input_blocks.11.0.out_layers.3",
      "mid_block.resnets.1.conv2": "middle_block.2.out_layers.3",
      "up_blocks.0.upsamplers.0.conv": "output_blocks.2.1.conv",
      "up_blocks.1.attentions.0.proj_in": "output_blocks.3.1.proj_in",
      "up_blocks.2.upsamplers.0.conv": "output_blocks.8.2.conv",
      "up_blocks.3.attentions.2.proj_in": "output_blocks.11.1.proj_in",
      "time_embedding.linear_2": "time_embed.2",
      conv_out: "out.2",
    };
    for (const [layer, name] of Object.entries(known)) expect(names.get(layer), layer).toBe(name);
  });

  it("carry an alpha each, or one in the file's description, else it is the rank", async () => {
    const pairs = pairsFor(weights, [`${attention}.attn1.to_q`]);
    const described = JSON.stringify({ "unet.lora_alpha": alpha, "unet.r": rank, "unet.alpha_pattern": {} });
    const opened = async (extra: Extra) => openLora(await writeLora(pairs, peft("unet."), extra), 1);
    const each = await opened({ alphas: (layer) => `unet.${layer}.alpha` });
    const one = await opened({ metadata: { lora_adapter_metadata: described } });
    const none = await opened({ metadata: { format: "pt" } });
    await expectPicture(each, pairs, alpha / rank);
    expect(await changesOf(one)).toEqual(await changesOf(each));
    await expectPicture(none, pairs, 1);
  });
});

describe("a LoRA merged into a text encoder", () => {
  it.each([
    ["kohya-ss", kohya("lora_te"), (name: string) => name],
    ["diffusers", peft("text_encoder."), (name: string) => name],
    [
      "diffusers' first names",
      (layer: string, which: "up" | "down") =>
        layer.includes("self_attn")
          ? `text_encoder.${layer.replace(/(q|out)_proj$/, "to_$1_lora")}.${which}.weight`
          : peft("text_encoder.")(layer, which),
      (name: string) => name,
    ],
    [
      "diffusers, into a file without text_model",
      peft("text_encoder."),
      (name: string) => name.replace("text_model.", ""),
    ],
  ])("gives what changed weights give: %s", async (_form, naming, rename) => {
    const golden = await openGolden("text-encoder-sd15");
    const from = path.join(golden.model, "text_encoder");
    const pairs = pairsFor(await readTensors(path.join(from, "model.safetensors")), textLayers);
    const byHand = await changedFolder(from, "model.safetensors", pairs, scale);
    const folder = await mkdtemp(path.join(root, "renamed-"));
    await copyFile(path.join(from, "config.json"), path.join(folder, "config.json"));
    await renameTensors(path.join(from, "model.safetensors"), path.join(folder, "model.safetensors"), rename);
    const read = async (where: string, loras: readonly Lora[]) => {
      await using encoder = await loadTextEncoder({ folder: where, runtime, loras });
      return (await encoder.encode(golden.ids("in.input_ids"))).lastHiddenState;
    };
    const lora = await openLora(await writeLora(pairs, naming), scale, { addAbove: 0.6 });
    const [merged, expected, plain] = [
      await read(folder, [lora]),
      await read(byHand, []),
      await read(from, []),
    ];
    expect(difference(merged, expected)).toBeLessThan(tolerance);
    expect(difference(merged, plain)).toBeGreaterThan(1e-2);
  });
});

describe("a LoRA that cannot be merged", () => {
  const layer = `${attention}.attn1.to_q`;
  const sound = (): Record<string, Tensor> => ({
    [`unet.${layer}.lora_A.weight`]: randomTensor("down", [rank, 6]),
    [`unet.${layer}.lora_B.weight`]: randomTensor("up", [6, rank]),
  });

  async function load(tensors: Tensors, metadata?: Record<string, string>): Promise<string> {
    const file = path.join(root, `broken-${written++}.safetensors`);
    await writeTensors(file, tensors, metadata);
    const golden = await openGolden("unet-sd15-inpaint");
    const loading = openLora(file, 1).then((lora) =>
      loadUnet({ folder: path.join(golden.model, "unet"), runtime, loras: [lora] }),
    );
    const error = await loading.then(
      () => null,
      (caught: unknown) => caught,
    );
    expect(String(error)).toContain(file);
    const { code, message } = error as { code: string; message: string };
    expect(message).toMatch(/^Expected .*, got .*\.$/);
    return `${code} ${message}`;
  }

  it.each([
    [
      "has a layer that the network lacks",
      "unet.down_blocks.7.attn1.to_q.lora_A.weight",
      "down_blocks.7.attn1.to_q.lora_B.weight",
    ],
    [
      "is kohya-ss's for another network",
      "lora_unet_input_blocks_7_1_proj_in.lora_down.weight",
      "lora_unet_input_blocks_7_1_proj_in.lora_up.weight",
    ],
  ])("because it %s is refused with file and tensor", async (_why, down, up) => {
    const more = { [down]: randomTensor("down", [rank, 6]), [up]: randomTensor("up", [6, rank]) };
    const told = await load({ ...sound(), ...more });
    expect(told).toMatch(/^network-unsupported /);
    expect(told).toContain(down);
  });

  it.each([
    `unet.${layer}.lora_magnitude_vector`,
    `lora_unet_${layer.replaceAll(".", "_")}.hada_w1_a`,
    `lora_unet_${layer.replaceAll(".", "_")}.lora_mid.weight`,
    `lora_unet_${layer.replaceAll(".", "_")}.dora_scale`,
    `unet.${layer}.lora_B.bias`,
    "transformer.blocks.0.attn.to_q.lora_A.weight",
    "clip_l.weight",
  ])("because it holds %s is refused with file and tensor", async (tensor) => {
    const told = await load({ ...sound(), [tensor]: randomTensor("other", [rank, 6]) });
    expect(told).toMatch(/^network-unsupported /);
    expect(told).toContain(tensor);
  });

  it("because a half of a layer is missing is refused, and the other half is named", async () => {
    const { [`unet.${layer}.lora_B.weight`]: _, ...half } = sound();
    const told = await load(half);
    expect(told).toMatch(/^weights-tensor-missing /);
    expect(told).toContain(`unet.${layer}.lora_A.weight`);
  });

  it.each([
    ["lora_A", [rank, 7]],
    ["lora_A", [rank, 6, 3, 3]],
    ["lora_A", [0, 6]],
    ["lora_A", [6]],
    ["lora_B", [7, rank]],
    ["lora_B", [6, rank + 1]],
    ["lora_B", [6, rank, 3, 3]],
  ])("because its %s has the shape %j is refused with file, tensor and shape", async (half, shape) => {
    const tensor = `unet.${layer}.${half}.weight`;
    const told = await load({ ...sound(), [tensor]: randomTensor("wrong", shape) });
    expect(told).toMatch(/^weights-tensor-shape /);
    expect(told).toContain(tensor);
    expect(told).toContain(`[${shape.join(", ")}]`);
  });

  it("because an alpha is no lone number is refused", async () => {
    const told = await load({ ...sound(), [`unet.${layer}.alpha`]: randomTensor("alpha", [2]) });
    expect(told).toMatch(/^weights-tensor-shape .*alpha/);
  });

  it.each([
    ["unet.use_rslora", true],
    ["unet.use_dora", true],
    ["unet.alpha_pattern", { to_q: 3 }],
    ["unet.lora_alpha", "4"],
  ])("because its description says %s %j is refused", async (key, setting) => {
    const told = await load(sound(), { lora_adapter_metadata: JSON.stringify({ [key]: setting }) });
    expect(told).toMatch(/^network-unsupported /);
    expect(told).toContain(key.replace("unet.", ""));
  });

  it("because it changes a table that is read as it is, is refused", async () => {
    const golden = await openGolden("text-encoder-sd15");
    const folder = path.join(golden.model, "text_encoder");
    const table = "text_model.embeddings.token_embedding";
    const weights = await readTensors(path.join(folder, "model.safetensors"));
    const lora = await openLora(await writeLora(pairsFor(weights, [table]), peft("text_encoder.")), 1);
    await expect(loadTextEncoder({ folder, runtime, loras: [lora] })).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining(table),
    });
  });

  it("because it is not there is a missing file", async () => {
    await expect(openLora(path.join(root, "absent.safetensors"), 1)).rejects.toMatchObject({
      code: "pack-file-missing",
    });
  });
});
