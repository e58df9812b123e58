import { z } from "zod";
import { absent, count, only } from "../config.ts";
import { required } from "../required.ts";

const downBlocks = ["CrossAttnDownBlock2D", "DownBlock2D"] as const;
const upBlocks = ["CrossAttnUpBlock2D", "UpBlock2D"] as const;
const perBlock = z.union([count, z.array(count)]);

/** UNet2DConditionModel's `config.json`, with diffusers' defaults; what would change the network and is not built is refused. */
const fileSchema = z.object({
  in_channels: count.default(4),
  out_channels: count.default(4),
  block_out_channels: z.array(count).min(1).default([320, 640, 1280, 1280]),
  layers_per_block: perBlock.default(2),
  down_block_types: z
    .array(z.enum(downBlocks))
    .default(["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]),
  up_block_types: z
    .array(z.enum(upBlocks))
    .default(["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]),
  mid_block_type: only("UNetMidBlock2DCrossAttn"),
  cross_attention_dim: count.default(1280),
  attention_head_dim: perBlock.default(8),
  num_attention_heads: perBlock.nullish(),
  transformer_layers_per_block: perBlock.default(1),
  use_linear_projection: z.boolean().default(false),
  norm_num_groups: count.default(32),
  norm_eps: z.number().positive().default(1e-5),
  time_cond_proj_dim: count.nullish().transform((width) => width ?? null),
  flip_sin_to_cos: z.boolean().default(true),
  freq_shift: z.number().default(0),
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  downsample_padding: only(1),
  mid_block_scale_factor: only(1),
  conv_in_kernel: only(3),
  conv_out_kernel: only(3),
  time_embedding_type: only("positional"),
  resnet_time_scale_shift: only("default"),
  resnet_out_scale_factor: only(1),
  attention_type: only("default"),
  center_input_sample: absent,
  only_cross_attention: absent,
  mid_block_only_cross_attention: absent,
  dual_cross_attention: absent,
  cross_attention_norm: absent,
  class_embed_type: absent,
  num_class_embeds: absent,
  class_embeddings_concat: absent,
  addition_embed_type: z
    .literal("text_time", "only text_time is built")
    .nullish()
    .transform((type) => type ?? null),
  addition_time_embed_dim: count.nullish(),
  projection_class_embeddings_input_dim: count.nullish(),
  encoder_hid_dim: absent,
  encoder_hid_dim_type: absent,
  resnet_skip_time_act: absent,
  time_embedding_act_fn: absent,
  time_embedding_dim: absent,
  timestep_post_act: absent,
  reverse_transformer_layers_per_block: absent,
});

/** The same with each block's settings in one place, from the outermost (largest) level inwards. */
export const unetConfigSchema = fileSchema.transform((file, context) => {
  const levels = file.block_out_channels.length;
  const all = {
    attention_head_dim: file.attention_head_dim,
    num_attention_heads: file.num_attention_heads ?? file.attention_head_dim,
    layers_per_block: file.layers_per_block,
    transformer_layers_per_block: file.transformer_layers_per_block,
    down_block_types: file.down_block_types,
    up_block_types: file.up_block_types,
  };
  for (const [key, setting] of Object.entries(all)) {
    if (Array.isArray(setting) && setting.length !== levels) {
      context.addIssue({ code: "custom", path: [key], message: `${levels} entries, one a block` });
      return z.NEVER;
    }
  }
  const added = addedOf(file);
  if (added !== null && added.pooledWidth < 1) {
    const message = `more than ${timeIds} times addition_time_embed_dim, ${added.timeWidth}`;
    context.addIssue({ code: "custom", path: ["projection_class_embeddings_input_dim"], message });
    return z.NEVER;
  }
  const at = (setting: number | readonly number[], level: number): number =>
    typeof setting === "number" ? setting : required(setting[level], `a setting for level ${level}`);
  const blocks = file.block_out_channels.map((channels, level) => ({
    channels,
    layers: at(all.layers_per_block, level),
    // diffusers' misnomer: "attention_head_dim" counts heads.
    heads: at(all.num_attention_heads, level),
    transformerLayers: at(all.transformer_layers_per_block, level),
    attendsDown: file.down_block_types[level] === "CrossAttnDownBlock2D",
    attendsUp: file.up_block_types[levels - 1 - level] === "CrossAttnUpBlock2D",
  }));
  return { ...file, blocks, added };
});

/** What Stable Diffusion XL's denoiser is told beside the text states. */
export interface AddedConditions {
  /** Width of the text's projection. */
  readonly pooledWidth: number;
  /** Width of each time id's sinusoid. */
  readonly timeWidth: number;
}

/** Sizes that a picture is told by: its own, where it was cut out, and what it was cut to, height before width. */
export const timeIds = 6;

function addedOf(file: z.infer<typeof fileSchema>): AddedConditions | null {
  if (file.addition_embed_type === null) return null;
  const timeWidth = file.addition_time_embed_dim ?? 256;
  const pooledWidth = (file.projection_class_embeddings_input_dim ?? 0) - timeIds * timeWidth;
  return { pooledWidth, timeWidth };
}

export type UnetConfig = z.infer<typeof unetConfigSchema>;
export type UnetBlock = UnetConfig["blocks"][number];
