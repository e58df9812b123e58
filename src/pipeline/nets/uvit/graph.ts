import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { convolution, linear, side, silu, toRows } from "../graph/layers.ts";
import { pixelsToRows, rowsToPixels } from "../graph/residual.ts";
import { rmsNorm } from "../graph/rms-norm.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import type { Safetensors } from "../safetensors.ts";
import type { UvitConfig } from "./config.ts";
import { attend, halves, pictureRmsNorm } from "./layers.ts";

/** What every block is given besides its input. */
interface Context {
  readonly config: UvitConfig;
  /** Text states after their projection, as rows `[batch * tokens, hidden_size]`. */
  readonly text: Value;
  /** SiLU of the pooled text and the micro-conditions, embedded, `[batch, hidden_size]`. */
  readonly condition: Value;
  readonly batch: Value;
}

/**
 * aMUSEd's masked transformer (https://arxiv.org/abs/2401.01808): inputs `ids` `[batch, height, width]`,
 * `encoderHiddenStates` `[batch, tokens, encoder_hidden_size]`, `pooled` `[batch, cond_embed_dim]`, `microConditions`
 * `[batch, 5]`; output `logits` `[batch, codebook_size, height, width]`.
 */
export function uvitGraph(config: UvitConfig, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the masked transformer", weights, target);
  const { block_out_channels: channels, hidden_size: hidden, layer_norm_eps: epsilon } = config;
  const ids = g.input("ids", ["batch", "height", "width"], "int64");
  const batch = side(g, ids, 0);

  // 1. Conditions.
  const context: Context = {
    config,
    text: textRows(g, config),
    condition: silu(g, conditionEmbedding(g, config)),
    batch,
  };

  // 2. Tokens as a picture of embeddings, and the convolutional way in.
  const table = g.storedWeight("embed.embeddings.weight", [config.vocab_size, config.in_channels]);
  const embedded = g.toFloats(g.node("Gather", [table, ids])); // [batch, height, width, in_channels]
  const normal = rmsNorm(g, embedded, "embed.layer_norm", config.in_channels, epsilon);
  let x = convolution(g, g.node("Transpose", [normal], { perm: [0, 3, 1, 2] }), "embed.conv", {
    from: config.in_channels,
    to: channels,
    kernel: 1,
    bias: false,
  });
  if (config.downsample) x = halved(g, x, config);
  x = convolutionalBlock(g, x, "down_block", context);

  // 3. Transformer.
  let rows = pixelsToRows(g, x, channels);
  rows = rmsNorm(g, rows, "project_to_hidden_norm", channels, epsilon);
  rows = linear(g, rows, "project_to_hidden", { from: channels, to: hidden, bias: false });
  for (let layer = 0; layer < config.num_hidden_layers; layer += 1) {
    rows = transformerLayer(g, rows, `transformer_layers.${layer}`, context);
  }
  rows = rmsNorm(g, rows, "project_from_hidden_norm", hidden, epsilon);
  rows = linear(g, rows, "project_from_hidden", { from: hidden, to: channels, bias: false });

  // 4. The convolutional way out, and logits.
  x = convolutionalBlock(g, rowsToPixels(g, rows, x, channels), "up_block", context);
  if (config.upsample) x = doubled(g, x, config);
  const pointwise = { kernel: 1, bias: false };
  x = convolution(g, x, "mlm_layer.conv1", { ...pointwise, from: channels, to: config.in_channels });
  x = pictureRmsNorm(g, x, "mlm_layer.layer_norm", config.in_channels, epsilon);
  x = convolution(g, x, "mlm_layer.conv2", {
    ...pointwise,
    from: config.in_channels,
    to: config.codebook_size,
  });
  g.output("logits", x);
  return g.finish();
}

/** Text states in the transformer's width. */
function textRows(g: GraphBuilder, { encoder_hidden_size: from, hidden_size, layer_norm_eps }: UvitConfig) {
  const states = toRows(g, g.input("encoderHiddenStates", ["batch", "tokens", from]), from);
  const projected = linear(g, states, "encoder_proj", { from, to: hidden_size, bias: false });
  return rmsNorm(g, projected, "encoder_proj_layer_norm", hidden_size, layer_norm_eps);
}

/** Pooled text beside the sinusoids of the micro-conditions, through two linear layers. */
function conditionEmbedding(g: GraphBuilder, config: UvitConfig): Value {
  const pooled = g.input("pooled", ["batch", config.cond_embed_dim]);
  // In 32 bits: 16 do not hold an angle of hundreds to the digit.
  const micro = g.input("microConditions", ["batch", 5], "exact");
  const half = config.micro_cond_encode_dim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
  const angles = g.node("Mul", [
    g.node("Unsqueeze", [micro, g.ints([2])]),
    g.exactFloats(frequencies, [1, 1, half]),
  ]);
  const sinusoids = g.node("Concat", [g.node("Cos", [angles]), g.node("Sin", [angles])], { axis: 2 });
  const flat = g.fromExact(g.node("Reshape", [sinusoids, g.ints([0, -1])]));
  const joined = g.node("Concat", [pooled, flat], { axis: 1 });
  const first = linear(g, joined, "cond_embed.linear_1", {
    from: config.cond_embed_dim + config.micro_cond_embed_dim,
    to: config.hidden_size,
    bias: false,
  });
  const width = { from: config.hidden_size, to: config.hidden_size, bias: false };
  return linear(g, silu(g, first), "cond_embed.linear_2", width);
}

/** Half the height and width. */
function halved(g: GraphBuilder, x: Value, { block_out_channels: channels, layer_norm_eps }: UvitConfig) {
  const prefix = "down_block.downsample";
  return convolution(g, pictureRmsNorm(g, x, `${prefix}.norm`, channels, layer_norm_eps), `${prefix}.conv`, {
    from: channels,
    to: channels,
    kernel: 2,
    stride: 2,
    // diffusers pads a row and a column behind the last, which sides that halve evenly never reach.
    padding: [0, 0, 1, 1],
    bias: false,
  });
}

/** Twice the height and width. */
function doubled(g: GraphBuilder, x: Value, { block_out_channels: channels, layer_norm_eps }: UvitConfig) {
  const prefix = "up_block.upsample";
  const normal = pictureRmsNorm(g, x, `${prefix}.norm`, channels, layer_norm_eps);
  const kernel = g.weight(`${prefix}.conv.weight`, [channels, channels, 2, 2]);
  return g.node("ConvTranspose", [normal, kernel], { kernel_shape: [2, 2], strides: [2, 2] });
}

/** UVitBlock: at each layer a convolutional block, then attention to the text, `[batch, channels, h, w]` throughout. */
function convolutionalBlock(g: GraphBuilder, input: Value, prefix: string, context: Context): Value {
  const { config } = context;
  const { block_out_channels: channels } = config;
  let x = input;
  for (let layer = 0; layer < config.num_res_blocks; layer += 1) {
    x = convNext(g, x, `${prefix}.res_blocks.${layer}`, context);
    const rows = textAttention(
      g,
      pixelsToRows(g, x, channels),
      `${prefix}.attention_blocks.${layer}`,
      context,
    );
    x = rowsToPixels(g, rows, x, channels);
  }
  return x;
}

/** A block of ConvNeXt V2 (https://arxiv.org/abs/2301.00808), scaled and shifted by the condition. */
function convNext(g: GraphBuilder, x: Value, prefix: string, { config, condition }: Context): Value {
  const { block_out_channels: channels, hidden_size: hidden, layer_norm_eps } = config;
  const inner = 4 * channels;
  const depthwise = g.node("Conv", [x, g.weight(`${prefix}.depthwise.weight`, [channels, 1, 3, 3])], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    group: channels,
  });
  const last = g.node("Transpose", [depthwise], { perm: [0, 2, 3, 1] }); // [batch, h, w, channels]
  const rows = toRows(g, rmsNorm(g, last, `${prefix}.norm`, channels, layer_norm_eps), channels);
  const widened = linear(g, rows, `${prefix}.channelwise_linear_1`, {
    from: channels,
    to: inner,
    bias: false,
  });
  const active = g.node("com.microsoft.Gelu", [widened]);
  const pictures = g.node("Reshape", [active, shapeWith(g, last, inner)]);
  const responses = responseNorm(g, pictures, `${prefix}.channelwise_norm`, inner);
  const narrowed = linear(g, toRows(g, responses, inner), `${prefix}.channelwise_linear_2`, {
    from: inner,
    to: channels,
    bias: false,
  });
  const sum = g.node("Add", [rowsToPixels(g, narrowed, x, channels), x]);
  const [scale, shift] = halves(g, condition, `${prefix}.cond_embeds_mapper`, { from: hidden, to: channels });
  const planes = (value: Value): Value => g.node("Reshape", [value, g.ints([-1, channels, 1, 1])]);
  const scaled = g.node("Mul", [sum, g.node("Add", [planes(scale), g.floats(1)])]);
  return g.node("Add", [scaled, planes(shift)]);
}

/** Global response normalisation of `[batch, h, w, width]`: each channel by its norm over the picture. */
function responseNorm(g: GraphBuilder, x: Value, prefix: string, width: number): Value {
  const exact = g.toExact(x);
  const norms = g.node("ReduceL2", [exact, g.ints([1, 2])], { keepdims: 1 });
  const mean = g.node("ReduceMean", [norms, g.ints([-1])], { keepdims: 1 });
  const relative = g.node("Div", [norms, g.node("Add", [mean, g.exactFloats(1e-6)])]);
  const normal = g.fromExact(g.node("Mul", [exact, relative]));
  const [gamma, beta] = ["gamma", "beta"].map((name) => g.weight(`${prefix}.${name}`, [1, 1, 1, width]));
  const scaled = g.node("Mul", [normal, gamma ?? null]);
  return g.node("Add", [g.node("Add", [scaled, beta ?? null]), x]);
}

/** The shape of `[batch, h, w, any]` with another last side. */
function shapeWith(g: GraphBuilder, like: Value, width: number): Value {
  return g.node("Concat", [g.node("Shape", [like], { start: 0, end: 3 }), g.ints([width])], { axis: 0 });
}

/** SkipFFTransformerBlock: both of its attentions go to the text. */
function textAttention(
  g: GraphBuilder,
  input: Value,
  prefix: string,
  { config, text, batch }: Context,
): Value {
  const { block_out_channels: width, hidden_size: hidden } = config;
  const context =
    width === hidden
      ? text
      : linear(g, silu(g, text), `${prefix}.kv_mapper`, { from: hidden, to: width, bias: false });
  let rows = input;
  for (const number of [1, 2]) {
    // Their norms have this epsilon whatever the configuration says.
    const normal = rmsNorm(g, rows, `${prefix}.norm${number}`, width, 1e-6);
    const options = { width, heads: config.block_num_heads, context, contextWidth: width, batch };
    rows = g.node("Add", [attend(g, normal, `${prefix}.attn${number}`, options), rows]);
  }
  return rows;
}

/** BasicTransformerBlock with norms that the condition scales and shifts. */
function transformerLayer(g: GraphBuilder, input: Value, prefix: string, context: Context): Value {
  const { config, text, batch } = context;
  const { hidden_size: width, intermediate_size: inner, num_attention_heads: heads } = config;
  const norm = (rows: Value, name: string): Value => conditionedNorm(g, rows, `${prefix}.${name}`, context);
  const meanNorm = (rows: Value, at: string): Value =>
    g.node("LayerNormalization", [rows, g.weight(`${at}.weight`, [width])], {
      axis: -1,
      epsilon: { float: config.layer_norm_eps },
    });
  const to = (rows: Value) => ({ width, heads, context: rows, contextWidth: width, batch });
  const first = norm(input, "norm1");
  let rows = g.node("Add", [attend(g, first, `${prefix}.attn1`, to(first)), input]);
  rows = g.node("Add", [attend(g, norm(rows, "norm2"), `${prefix}.attn2`, to(text)), rows]);
  // The third norm takes the mean off, which the first two do not.
  const last = conditionedNorm(g, rows, `${prefix}.norm3`, context, meanNorm);
  const [values, gate] = halves(g, last, `${prefix}.ff.net.0.proj`, {
    from: width,
    to: inner,
  });
  const gated = g.node("Mul", [values, g.node("com.microsoft.Gelu", [gate])]);
  const mixed = linear(g, gated, `${prefix}.ff.net.2`, { from: inner, to: width, bias: false });
  return g.node("Add", [mixed, rows]);
}

/** AdaLayerNormContinuous: rows `[batch * tokens, width]`, normalised, then scaled and shifted by `[batch, width]`. */
function conditionedNorm(
  g: GraphBuilder,
  rows: Value,
  prefix: string,
  { config, condition, batch }: Context,
  norm = (from: Value, at: string): Value => rmsNorm(g, from, at, config.hidden_size, config.layer_norm_eps),
): Value {
  const { hidden_size: width } = config;
  const normal = norm(rows, `${prefix}.norm`);
  const [scale, shift] = halves(g, condition, `${prefix}.linear`, { from: width, to: width });
  const tokens = g.node("Reshape", [
    normal,
    g.node("Concat", [batch, g.ints([-1]), g.ints([width])], { axis: 0 }),
  ]);
  const spread = (value: Value): Value => g.node("Unsqueeze", [value, g.ints([1])]);
  const scaled = g.node("Mul", [tokens, g.node("Add", [spread(scale), g.floats(1)])]);
  return toRows(g, g.node("Add", [scaled, spread(shift)]), width);
}
