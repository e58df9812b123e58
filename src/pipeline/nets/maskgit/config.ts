import { z } from "zod";
import { count, only } from "../config.ts";

/**
 * `config.json` of a class-conditional MaskGIT: the arguments of the Transformer of https://github.com/valeoai/Halton-MaskGIT, with
 * its defaults. What is not built is refused.
 */
export const maskgitConfigSchema = z.object({
  /** Side of the grid that it was trained on, in tokens. */
  input_size: count.default(16),
  hidden_dim: count.default(768),
  codebook_size: count.default(1024),
  depth: count.default(12),
  heads: count.default(16),
  mlp_dim: count.default(3072),
  nclass: count.default(1000),
  /** Tokens that are shown to all and belong to none. */
  register: z.int().nonnegative().default(1),
  proj: only(1),
});

export type MaskgitConfig = z.infer<typeof maskgitConfigSchema>;

/** Width inside the MLPs: two thirds, up to a multiple of 256. */
export function innerWidth({ mlp_dim }: Pick<MaskgitConfig, "mlp_dim">): number {
  return 256 * Math.ceil(Math.floor((2 * mlp_dim) / 3) / 256);
}
