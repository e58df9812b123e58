import { z } from "zod";
import { count, only } from "../config.ts";

/** UVit2DModel's `config.json`, with diffusers' defaults; what would change the network and is not built is refused. */
export const uvitConfigSchema = z.object({
  hidden_size: count.default(1024),
  use_bias: only(false),
  cond_embed_dim: count.default(768),
  micro_cond_encode_dim: count.multipleOf(2).default(256),
  micro_cond_embed_dim: count.default(1280),
  encoder_hidden_size: count.default(768),
  /** Entries of the embedding: those of the codebook, the mask, and what was rounded up. */
  vocab_size: count.default(8256),
  codebook_size: count.default(8192),
  in_channels: count.default(768),
  block_out_channels: count.default(768),
  num_res_blocks: count.default(3),
  downsample: z.boolean().default(false),
  upsample: z.boolean().default(false),
  block_num_heads: count.default(12),
  num_hidden_layers: count.default(22),
  num_attention_heads: count.default(16),
  intermediate_size: count.default(2816),
  layer_norm_eps: z.number().positive().default(1e-6),
  ln_elementwise_affine: only(true),
});
export type UvitConfig = z.infer<typeof uvitConfigSchema>;
