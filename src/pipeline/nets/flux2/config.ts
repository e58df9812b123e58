import { z } from "zod";
import { count, only } from "../config.ts";

/** Flux2Transformer2DModel's `config.json`, with diffusers' defaults; what would change the network and is not built is refused. */
export const flux2ConfigSchema = z
  .object({
    patch_size: only(1),
    /** Channels of a token: those of the latents, packed 2×2. */
    in_channels: count.default(128),
    out_channels: count.optional(),
    /** Blocks in which text and picture have weights of their own, and blocks in which they are one stream. */
    num_layers: count.default(8),
    num_single_layers: count.default(48),
    attention_head_dim: count.multipleOf(2).default(128),
    num_attention_heads: count.default(48),
    /** Width of the text states: three layers of the text encoder side by side. */
    joint_attention_dim: count.default(15_360),
    timestep_guidance_channels: count.multipleOf(2).default(256),
    mlp_ratio: z.number().positive().default(3),
    /** How many of a head's channels each axis of a position turns: time, row, column, word. */
    axes_dims_rope: z.array(count.multipleOf(2)).default([32, 32, 32, 32]),
    rope_theta: z.number().positive().default(2000),
    eps: z.number().positive().default(1e-6),
    /** Models that take a guidance scale as an input; diffusers' default is true, so that it is to be said. */
    guidance_embeds: z.literal(false, "only false is built"),
  })
  .refine(
    ({ axes_dims_rope: axes, attention_head_dim: head }) =>
      axes.reduce((sum, axis) => sum + axis, 0) === head,
    { path: ["axes_dims_rope"], message: "its sum is to be attention_head_dim" },
  );
export type Flux2Config = z.infer<typeof flux2ConfigSchema>;

/** Width of every state inside. */
export function innerWidth({ attention_head_dim: head, num_attention_heads: heads }: Flux2Config): number {
  return head * heads;
}
