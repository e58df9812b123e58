import { z } from "zod";
import { count, only } from "../config.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import {
  afterAttention,
  type EncoderLayer,
  encoderLayer,
  type Projections,
  projections,
} from "../graph/encoder.ts";
import {
  activations,
  attention,
  convolution,
  dimensions,
  layerNorm,
  side,
  splitRows,
  toRows,
} from "../graph/layers.ts";

/** What is read of a ViT's `config.json`; the defaults are transformers' own. */
export const vitConfigSchema = z.object({
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(12),
  image_size: count.default(224),
  patch_size: count.default(16),
  num_channels: only(3),
  qkv_bias: only(true),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.enum(activations).default("gelu"),
});
export type VitConfig = z.infer<typeof vitConfigSchema>;

/** Tokens at the size that the network was trained at: the class token and the patches. */
export function vitTokens({ image_size: side, patch_size: patch }: VitConfig): number {
  return 1 + Math.floor(side / patch) ** 2;
}

export interface VitInputs {
  /** `[b, 3, H, W]` */
  readonly pixels: Value;
  /** `[1, 1 + patches, width]` */
  readonly positions: Value;
  /** What the names of its weights begin with: nothing, or `vit.` where it is part of a larger model. */
  readonly prefix: string;
}

/** The last layer's queries and keys `[b, tokens, width]`, and what the network ends in. */
export interface VitTrunk extends Pick<Projections, "query" | "key"> {
  /** A shape of one side. */
  readonly batch: Value;
  readonly final: EncoderLayer;
  /** After the final norm `[b, 1 + patches, width]`, class token first. */
  readonly last: Value;
}

/** A vision transformer from pixels to its last hidden states. */
export function vitTrunk(g: GraphBuilder, config: VitConfig, inputs: VitInputs): VitTrunk {
  const { hidden_size: width, layer_norm_eps: epsilon, num_hidden_layers: layers } = config;
  const { prefix } = inputs;
  const batch = side(g, inputs.pixels, 0);
  const layer = (index: number): EncoderLayer => ({
    width,
    inner: config.intermediate_size,
    heads: config.num_attention_heads,
    epsilon,
    activation: config.hidden_act,
    names: layerNames(`${prefix}encoder.layer.${index}`),
  });

  let rows = toRows(g, embedPatches(g, config, inputs, batch), width);
  for (let index = 0; index < layers - 1; index += 1) rows = encoderLayer(g, rows, batch, layer(index));
  const final = layer(layers - 1);
  const { query, key, value } = projections(g, rows, batch, final);
  rows = afterAttention(g, rows, attention(g, query, key, value, final), final);
  const last = splitRows(g, layerNorm(g, rows, `${prefix}layernorm`, width, epsilon), batch, width);
  return { batch, final, query, key, last };
}

/** Pixels to class token and patches with their positions, `[b, 1 + patches, width]`. */
function embedPatches(
  g: GraphBuilder,
  { hidden_size: width, patch_size: patch }: VitConfig,
  { pixels, positions, prefix }: VitInputs,
  batch: Value,
): Value {
  const grid = convolution(g, pixels, `${prefix}embeddings.patch_embeddings.projection`, {
    from: 3,
    to: width,
    kernel: patch,
    stride: patch,
    padding: [0, 0, 0, 0],
  }); // [b, width, rows, columns]
  const patches = g.node("Transpose", [g.node("Reshape", [grid, g.ints([0, width, -1])])], {
    perm: [0, 2, 1],
  });
  const token = g.weight(`${prefix}embeddings.cls_token`, [1, 1, width]);
  const tokens = g.node("Expand", [token, dimensions(g, [batch, 1, width])]);
  return g.node("Add", [g.node("Concat", [tokens, patches], { axis: 1 }), positions]);
}

function layerNames(prefix: string): EncoderLayer["names"] {
  return {
    norm1: `${prefix}.layernorm_before`,
    query: `${prefix}.attention.attention.query`,
    key: `${prefix}.attention.attention.key`,
    value: `${prefix}.attention.attention.value`,
    projection: `${prefix}.attention.output.dense`,
    norm2: `${prefix}.layernorm_after`,
    expand: `${prefix}.intermediate.dense`,
    contract: `${prefix}.output.dense`,
  };
}
