import { z } from "zod";
import { count, readConfig } from "../config.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { attention, convolution, groupNorm, linear, side, silu, splitRows, toRows } from "../graph/layers.ts";
import { pixelsToRows, rowsToPixels, upsample } from "../graph/residual.ts";
import { required } from "../required.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "../safetensors.ts";
import { openCoders } from "./coders.ts";
import type { VqAutoencoder, VqAutoencoderOptions } from "./vq-autoencoder.ts";

/**
 * `config.json` of a VQGAN: the arguments of the VQModel of https://github.com/FoundationVision/LlamaGen, which Halton-MaskGIT has as
 * well, with its defaults.
 */
export const vqganConfigSchema = z.object({
  codebook_size: count.default(16384),
  codebook_embed_dim: count.default(8),
  codebook_l2_norm: z.boolean().default(true),
  ch: count.default(128),
  encoder_ch_mult: z.array(count).min(1).default([1, 1, 2, 2, 4]),
  decoder_ch_mult: z.array(count).min(1).default([1, 1, 2, 2, 4]),
  num_res_blocks: count.default(2),
  z_channels: count.default(256),
  norm_num_groups: count.default(32),
});
type Config = z.infer<typeof vqganConfigSchema>;

/**
 * Opens a VQGAN: `config.json` and `model.safetensors`. Its network takes and gives pictures in -1..1; here they are in 0..1.
 * @throws EditError as `loadUnet`.
 */
export async function loadVqgan({ folder, runtime }: VqAutoencoderOptions): Promise<VqAutoencoder> {
  const config = await readConfig(folder, vqganConfigSchema);
  const weights = await openWeights(folder, weightFiles.transformers);
  const coders = await openCoders({
    ...{ runtime, file: weights.file },
    encoderOf: (target) => encoderGraph(config, weights, target),
    decoderOf: (target) => decoderGraph(config, weights, target),
  });
  return {
    entries: config.codebook_size,
    factor: 2 ** (config.encoder_ch_mult.length - 1),
    async encode(image) {
      const outputs = await coders.encoder.run({ image });
      const latents = required(outputs.latents, "what is quantised");
      const [batch = 0, , height = 0, width = 0] = latents.shape;
      const { data } = required(outputs.ids, "ids of a picture");
      return { latents, ids: { data: BigInt64Array.from(data, BigInt), shape: [batch, height, width] } };
    },
    decode: async (ids) => required((await coders.decoder.run({ ids })).image, "the picture of the decoder"),
    [Symbol.asyncDispose]: () => coders[Symbol.asyncDispose](),
  };
}

function encoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the VQGAN's encoder", weights, target);
  const { ch, encoder_ch_mult: mults, num_res_blocks: blocks, z_channels, codebook_embed_dim } = config;
  const image = g.input("image", ["batch", 3, "height", "width"]);
  const signed = g.node("Sub", [g.node("Mul", [image, g.floats(2)]), g.floats(1)]);
  let channels = ch;
  let x = convolution(g, signed, "encoder.conv_in", { from: 3, to: ch, kernel: 3 });
  for (const [level, mult] of mults.entries()) {
    const prefix = `encoder.conv_blocks.${level}`;
    const isLast = level === mults.length - 1;
    x = blocksOf(g, x, prefix, { config, from: channels, to: ch * mult, count: blocks, attends: isLast });
    channels = ch * mult;
    const halving = { from: channels, to: channels, kernel: 3, stride: 2, padding: [0, 0, 1, 1] } as const;
    if (!isLast) x = convolution(g, x, `${prefix}.downsample.conv`, halving);
  }
  x = middle(g, x, "encoder.mid", channels, config);
  x = silu(g, norm(g, x, "encoder.norm_out", channels, config));
  x = convolution(g, x, "encoder.conv_out", { from: channels, to: z_channels, kernel: 3 });
  const narrowed = convolution(g, x, "quant_conv", { from: z_channels, to: codebook_embed_dim, kernel: 1 });
  g.output("latents", narrowed); // [n, width, h, w]
  g.output("ids", nearestEntries(g, pixelsToRows(g, narrowed, codebook_embed_dim), config)); // [n * h * w]
  return g.finish();
}

function decoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the VQGAN's decoder", weights, target);
  const {
    ch,
    decoder_ch_mult: mults,
    num_res_blocks: blocks,
    z_channels,
    codebook_embed_dim: width,
  } = config;
  const ids = g.input("ids", ["batch", "height", "width"], "int64");
  const found = g.node("Gather", [g.fromExact(codebook(g, config)), ids]);
  const quantised = g.node("Transpose", [found], { perm: [0, 3, 1, 2] });
  let x = convolution(g, quantised, "post_quant_conv", { from: width, to: z_channels, kernel: 1 });
  const widths = mults.map((mult) => ch * mult).toReversed();
  let channels = required(widths[0], "a level of the VQGAN");
  x = convolution(g, x, "decoder.conv_in", { from: z_channels, to: channels, kernel: 3 });
  x = middle(g, x, "decoder.mid", channels, config);
  for (const [level, to] of widths.entries()) {
    const prefix = `decoder.conv_blocks.${level}`;
    x = blocksOf(g, x, prefix, { config, from: channels, to, count: blocks + 1, attends: level === 0 });
    channels = to;
    if (level < widths.length - 1) x = upsample(g, x, `${prefix}.upsample`, channels);
  }
  x = silu(g, norm(g, x, "decoder.norm_out", channels, config));
  x = convolution(g, x, "decoder.conv_out", { from: channels, to: 3, kernel: 3 });
  g.output("image", g.node("Mul", [g.node("Add", [x, g.floats(1)]), g.floats(0.5)]));
  return g.finish();
}

/** Entries `[size, width]`, of length 1 where the configuration says so, in 32 bits. */
function codebook(g: GraphBuilder, config: Config): Value {
  const { codebook_size: size, codebook_embed_dim: width } = config;
  const table = g.weight("quantize.embedding.weight", [size, width], { exact: true });
  return config.codebook_l2_norm ? ofLengthOne(g, table) : table;
}

/** The entry that is nearest to each row: the least |e|² − 2 x·e, the first of equals. */
function nearestEntries(g: GraphBuilder, states: Value, config: Config): Value {
  const table = codebook(g, config);
  const exact = g.toExact(states);
  const rows = config.codebook_l2_norm ? ofLengthOne(g, exact) : exact;
  const squares = g.node("ReduceSum", [g.node("Mul", [table, table]), g.ints([1])], { keepdims: 0 });
  const products = g.node("Gemm", [rows, table, squares], { transB: 1, alpha: { float: -2 } });
  return g.node("ArgMin", [products], { axis: 1, keepdims: 0 });
}

function ofLengthOne(g: GraphBuilder, rows: Value): Value {
  const length = g.node("ReduceL2", [rows, g.ints([-1])], { keepdims: 1 });
  return g.node("Div", [rows, g.node("Max", [length, g.exactFloats(1e-12)])]);
}

interface Blocks {
  readonly config: Config;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly attends: boolean;
}

function blocksOf(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  { config, from, to, count, attends }: Blocks,
): Value {
  let hidden = x;
  for (let layer = 0; layer < count; layer += 1) {
    hidden = residual(g, hidden, `${prefix}.res.${layer}`, { config, from: layer === 0 ? from : to, to });
    if (attends) hidden = pixelAttention(g, hidden, `${prefix}.attn.${layer}`, to, config);
  }
  return hidden;
}

function middle(g: GraphBuilder, x: Value, prefix: string, channels: number, config: Config): Value {
  const block = { config, from: channels, to: channels };
  const attended = pixelAttention(g, residual(g, x, `${prefix}.0`, block), `${prefix}.1`, channels, config);
  return residual(g, attended, `${prefix}.2`, block);
}

function residual(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  { config, from, to }: Pick<Blocks, "config" | "from" | "to">,
): Value {
  const half = (input: Value, index: number, channels: number): Value =>
    convolution(
      g,
      silu(g, norm(g, input, `${prefix}.norm${index}`, channels, config)),
      `${prefix}.conv${index}`,
      {
        ...{ from: channels, to, kernel: 3 },
      },
    );
  const hidden = half(half(x, 1, from), 2, to);
  const shortcut = from === to ? x : convolution(g, x, `${prefix}.nin_shortcut`, { from, to, kernel: 1 });
  return g.node("Add", [shortcut, hidden]);
}

/** One head over all pixels. */
function pixelAttention(g: GraphBuilder, x: Value, prefix: string, channels: number, config: Config): Value {
  const rows = pixelsToRows(g, norm(g, x, `${prefix}.norm`, channels, config), channels);
  const batch = side(g, x, 0);
  const pointwise = { from: channels, to: channels, pointwise: true };
  const project = (name: string): Value =>
    splitRows(g, linear(g, rows, `${prefix}.${name}`, pointwise), batch, channels);
  const mixed = attention(g, project("q"), project("k"), project("v"), { width: channels, heads: 1 });
  const out = linear(g, toRows(g, mixed, channels), `${prefix}.proj_out`, pointwise);
  return g.node("Add", [rowsToPixels(g, out, x, channels), x]);
}

function norm(g: GraphBuilder, x: Value, prefix: string, channels: number, config: Config): Value {
  return groupNorm(g, x, prefix, { channels, groups: config.norm_num_groups, epsilon: 1e-6 });
}
