import { z } from "zod";
import { absent, count, only, readConfig } from "../config.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { convolution } from "../graph/layers.ts";
import { pixelsToRows } from "../graph/residual.ts";
import { required } from "../required.ts";
import type { GraphTarget, NetworkModel, Runtime } from "../runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "../safetensors.ts";
import type { Ids, Tensor } from "../tensor.ts";
import { openCoders } from "./coders.ts";
import { decoderLevels, encoderLevels } from "./levels.ts";

/** Entries of a codebook that a picture is made of, `[n, h, w]`. */
export interface CodebookIds extends Ids {
  readonly shape: readonly [batch: number, height: number, width: number];
}

/** A vector-quantised autoencoder: pictures to entries of a codebook and back. */
export interface VqAutoencoder extends AsyncDisposable {
  /** Entries of the codebook; ids are below it. */
  readonly entries: number;
  /** Pixels per id along each side. */
  readonly factor: number;
  /**
   * `[n, 3, H, W]` in 0..1 to `[n, H / factor, W / factor]` ids, and to what was quantised, `[n, width, h, w]`. The
   * nearest entry is taken.
   */
  encode(image: Tensor): Promise<{ readonly latents: Tensor; readonly ids: CodebookIds }>;
  /** Ids to `[n, 3, h * factor, w * factor]`, about 0..1, not clamped. */
  decode(ids: CodebookIds): Promise<Tensor>;
}

export interface VqAutoencoderOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens a VQModel of diffusers, as aMUSEd has it in `vqvae/`.
 * @throws EditError as `loadUnet`.
 */
export async function loadVqAutoencoder({ folder, runtime }: VqAutoencoderOptions): Promise<VqAutoencoder> {
  const config = await readConfig(folder, vqAutoencoderConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const coders = await openCoders({
    ...{ runtime, file: weights.file },
    encoderOf: (target) => encoderGraph(config, weights, target),
    decoderOf: (target) => decoderGraph(config, weights, target),
  });
  return {
    entries: config.num_vq_embeddings,
    factor: 2 ** (config.block_out_channels.length - 1),
    async encode(image) {
      const { latents, ids } = await coders.encoder.run({ image });
      const states = required(latents, "what is quantised");
      const [batch = 0, , height = 0, width = 0] = states.shape;
      const numbers = required(ids, "ids of a picture");
      return {
        latents: states,
        ids: { data: BigInt64Array.from(numbers.data, (id) => BigInt(id)), shape: [batch, height, width] },
      };
    },
    decode: async (ids) => required((await coders.decoder.run({ ids })).image, "the picture of the decoder"),
    [Symbol.asyncDispose]: () => coders[Symbol.asyncDispose](),
  };
}

/** VQModel's `config.json`, with diffusers' defaults; what is not built is refused. */
export const vqAutoencoderConfigSchema = z
  .object({
    in_channels: only(3),
    out_channels: only(3),
    latent_channels: count.default(3),
    block_out_channels: z.array(count).min(1).default([64]),
    layers_per_block: count.default(1),
    down_block_types: z.array(z.literal("DownEncoderBlock2D", "only DownEncoderBlock2D is built")).optional(),
    up_block_types: z.array(z.literal("UpDecoderBlock2D", "only UpDecoderBlock2D is built")).optional(),
    norm_num_groups: count.default(32),
    norm_type: only("group"),
    num_vq_embeddings: count.default(256),
    /** Width of the codebook; that of the latents where it is not said. */
    vq_embed_dim: count.optional(),
    mid_block_add_attention: z.boolean().default(true),
    act_fn: z.enum(["silu", "swish"]).default("silu"),
    sane_index_shape: absent,
  })
  .transform((config) => ({ ...config, width: config.vq_embed_dim ?? config.latent_channels }));
type Config = z.infer<typeof vqAutoencoderConfigSchema>;

function encoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the token autoencoder's encoder", weights, target);
  const image = g.input("image", ["batch", 3, "height", "width"]);
  const states = encoderLevels(g, image, config, config.latent_channels);
  const narrowed = convolution(g, states, "quant_conv", {
    from: config.latent_channels,
    to: config.width,
    kernel: 1,
  });
  g.output("latents", narrowed); // [n, width, h, w]
  g.output("ids", nearestEntries(g, pixelsToRows(g, narrowed, config.width), config)); // [n * h * w]
  return g.finish();
}

/** The entry of the codebook that is nearest to each row `[n * h * w, width]`: the least |e|² − 2 x·e, the first of equals. */
function nearestEntries(g: GraphBuilder, states: Value, { num_vq_embeddings, width }: Config): Value {
  // In 32 bits: in 16, entries that lie close together are mistaken for each other.
  const table = g.weight("quantize.embedding.weight", [num_vq_embeddings, width], { exact: true });
  const rows = g.toExact(states);
  const squares = g.node("ReduceSum", [g.node("Mul", [table, table]), g.ints([1])], { keepdims: 0 });
  const products = g.node("Gemm", [rows, table, squares], { transB: 1, alpha: { float: -2 } });
  return g.node("ArgMin", [products], { axis: 1, keepdims: 0 });
}

function decoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the token autoencoder's decoder", weights, target);
  const { latent_channels: latents, width } = config;
  const ids = g.input("ids", ["batch", "height", "width"], "int64");
  const table = g.weight("quantize.embedding.weight", [config.num_vq_embeddings, width]);
  const found = g.node("Transpose", [g.node("Gather", [table, ids])], { perm: [0, 3, 1, 2] });
  const x = convolution(g, found, "post_quant_conv", { from: width, to: latents, kernel: 1 });
  g.output("image", decoderLevels(g, x, config, latents));
  return g.finish();
}
