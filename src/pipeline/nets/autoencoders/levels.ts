import type { GraphBuilder, Value } from "../graph/builder.ts";
import { attention, convolution, groupNorm, linear, side, silu, splitRows, toRows } from "../graph/layers.ts";
import { pixelsToRows, residualBlock, rowsToPixels, upsample } from "../graph/residual.ts";
import { required } from "../required.ts";

/** What diffusers' Encoder and Decoder are made of, by the keys of an autoencoder's `config.json`. */
export interface LevelsConfig {
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: number;
  readonly norm_num_groups: number;
  readonly mid_block_add_attention: boolean;
}

/** Every norm of these networks has this epsilon. */
const epsilon = 1e-6;

/** diffusers' Encoder: `[n, 3, H, W]` to `[n, outChannels, H / factor, W / factor]`, a level for each halving and one more. */
export function encoderLevels(
  g: GraphBuilder,
  image: Value,
  config: LevelsConfig,
  outChannels: number,
): Value {
  const norms = { groups: config.norm_num_groups, epsilon };
  const { block_out_channels: widths } = config;
  let channels = required(widths[0], "a level of the autoencoder");
  let x = convolution(g, image, "encoder.conv_in", { from: 3, to: channels, kernel: 3 });
  for (const [level, width] of widths.entries()) {
    const prefix = `encoder.down_blocks.${level}`;
    for (let layer = 0; layer < config.layers_per_block; layer += 1) {
      x = residualBlock(g, x, `${prefix}.resnets.${layer}`, { ...norms, from: channels, to: width });
      channels = width;
    }
    if (level === widths.length - 1) continue;
    x = convolution(g, x, `${prefix}.downsamplers.0.conv`, {
      from: width,
      to: width,
      kernel: 3,
      stride: 2,
      padding: [0, 0, 1, 1],
    });
  }
  x = middle(g, x, "encoder.mid_block", channels, config);
  x = silu(g, groupNorm(g, x, "encoder.conv_norm_out", { ...norms, channels }));
  return convolution(g, x, "encoder.conv_out", { from: channels, to: outChannels, kernel: 3 });
}

/** diffusers' Decoder: `[n, inChannels, h, w]` to `[n, 3, h * factor, w * factor]`. */
export function decoderLevels(
  g: GraphBuilder,
  latent: Value,
  config: LevelsConfig,
  inChannels: number,
): Value {
  const norms = { groups: config.norm_num_groups, epsilon };
  const widths = config.block_out_channels.toReversed();
  let channels = required(widths[0], "a level of the autoencoder");
  let x = convolution(g, latent, "decoder.conv_in", { from: inChannels, to: channels, kernel: 3 });
  x = middle(g, x, "decoder.mid_block", channels, config);
  for (const [level, width] of widths.entries()) {
    const prefix = `decoder.up_blocks.${level}`;
    for (let layer = 0; layer <= config.layers_per_block; layer += 1) {
      x = residualBlock(g, x, `${prefix}.resnets.${layer}`, { ...norms, from: channels, to: width });
      channels = width;
    }
    if (level < widths.length - 1) x = upsample(g, x, `${prefix}.upsamplers.0`, width);
  }
  x = silu(g, groupNorm(g, x, "decoder.conv_norm_out", { ...norms, channels }));
  return convolution(g, x, "decoder.conv_out", { from: channels, to: 3, kernel: 3 });
}

function middle(g: GraphBuilder, x: Value, prefix: string, channels: number, config: LevelsConfig): Value {
  const block = { groups: config.norm_num_groups, epsilon, from: channels, to: channels };
  const first = residualBlock(g, x, `${prefix}.resnets.0`, block);
  const attended = config.mid_block_add_attention
    ? pixelAttention(g, first, `${prefix}.attentions.0`, channels, config)
    : first;
  return residualBlock(g, attended, `${prefix}.resnets.1`, block);
}

/** One head over all pixels. */
function pixelAttention(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  channels: number,
  config: LevelsConfig,
): Value {
  const isOld = g.hasWeight(`${prefix}.query.weight`);
  const [toQuery, toKey, toValue, toOut] = isOld
    ? ["query", "key", "value", "proj_attn"]
    : ["to_q", "to_k", "to_v", "to_out.0"];
  const normal = groupNorm(g, x, `${prefix}.group_norm`, {
    channels,
    groups: config.norm_num_groups,
    epsilon,
  });
  const rows = pixelsToRows(g, normal, channels);
  const batch = side(g, x, 0);
  const square = { from: channels, to: channels };
  const project = (name: string): Value =>
    splitRows(g, linear(g, rows, `${prefix}.${name}`, square), batch, channels);
  const mixed = attention(g, project(toQuery), project(toKey), project(toValue), {
    width: channels,
    heads: 1,
  });
  const out = linear(g, toRows(g, mixed, channels), `${prefix}.${toOut}`, square);
  return g.node("Add", [rowsToPixels(g, out, x, channels), x]);
}
