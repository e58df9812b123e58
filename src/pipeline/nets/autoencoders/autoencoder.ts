import { z } from "zod";
import { absent, count, only, readConfig } from "../config.ts";
import { createGraph } from "../graph/graph.ts";
import { convolution } from "../graph/layers.ts";
import { required } from "../required.ts";
import type { GraphTarget, NetworkModel, Runtime } from "../runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { openCoders } from "./coders.ts";
import { decoderLevels, encoderLevels } from "./levels.ts";

/** Stable Diffusion's autoencoder: pictures to latents and back. What either gives is finite, or `weights-corrupt` is thrown. */
export interface Autoencoder extends AsyncDisposable {
  /** Latents are multiplied by this after encoding and divided by it before decoding, by the caller. */
  readonly scalingFactor: number;
  readonly latentChannels: number;
  /** Pixels per latent along each side. */
  readonly factor: number;
  /** `[n, 3, H, W]` in −1..1 to `[n, latentChannels, H / factor, W / factor]` each; not scaled, logvar clamped to −30..20. */
  encode(image: Tensor): Promise<{ readonly mean: Tensor; readonly logvar: Tensor }>;
  /** Latents (already divided by `scalingFactor`) to `[n, 3, H, W]`, about −1..1, not clamped. */
  decode(latent: Tensor): Promise<Tensor>;
}

export interface AutoencoderOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens an AutoencoderKL of any number of latent channels, attention tensors under old names or new.
 * @throws EditError as `loadUnet`.
 */
export async function loadAutoencoder({ folder, runtime }: AutoencoderOptions): Promise<Autoencoder> {
  const config = await readConfig(folder, autoencoderConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const coders = await openCoders({
    ...{ runtime, file: weights.file },
    encoderOf: (target) => encoderGraph(config, weights, target),
    decoderOf: (target) => decoderGraph(config, weights, target),
  });
  return {
    scalingFactor: config.scaling_factor,
    latentChannels: config.latent_channels,
    factor: 2 ** (config.block_out_channels.length - 1),
    async encode(image) {
      const { mean, logvar } = await coders.encoder.run({ image });
      return {
        mean: required(mean, "the mean of the latents"),
        logvar: required(logvar, "the spread of the latents"),
      };
    },
    decode: async (latent) =>
      required((await coders.decoder.run({ latent })).image, "the picture of the decoder"),
    [Symbol.asyncDispose]: () => coders[Symbol.asyncDispose](),
  };
}

/** AutoencoderKL's `config.json`, with diffusers' defaults; what is not built is refused. */
export const autoencoderConfigSchema = z.object({
  in_channels: only(3),
  out_channels: only(3),
  latent_channels: count.default(4),
  block_out_channels: z.array(count).min(1).default([64]),
  layers_per_block: count.default(1),
  down_block_types: z.array(z.literal("DownEncoderBlock2D", "only DownEncoderBlock2D is built")).optional(),
  up_block_types: z.array(z.literal("UpDecoderBlock2D", "only UpDecoderBlock2D is built")).optional(),
  norm_num_groups: count.default(32),
  scaling_factor: z.number().positive().default(0.18215),
  mid_block_add_attention: z.boolean().default(true),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  latents_mean: absent,
  latents_std: absent,
  shift_factor: absent,
});
type Config = z.infer<typeof autoencoderConfigSchema>;

function encoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the autoencoder's encoder", weights, target);
  const latents = 2 * config.latent_channels;
  const image = g.input("image", ["batch", 3, "height", "width"]);
  let x = encoderLevels(g, image, config, latents);
  if (config.use_quant_conv) x = convolution(g, x, "quant_conv", { from: latents, to: latents, kernel: 1 });
  const [mean, logvar] = g.nodes("Split", [x], 2, { axis: 1, num_outputs: 2 });
  g.output("mean", required(mean, "the mean of the latents")); // [n, latents, h, w]
  const spread = required(logvar, "the spread of the latents");
  g.output("logvar", g.node("Clip", [spread, g.floats(-30), g.floats(20)]));
  return g.finish();
}

function decoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the autoencoder's decoder", weights, target);
  const { latent_channels: latents } = config;
  let x = g.input("latent", ["batch", latents, "height", "width"]);
  if (config.use_post_quant_conv) {
    x = convolution(g, x, "post_quant_conv", { from: latents, to: latents, kernel: 1 });
  }
  g.output("image", decoderLevels(g, x, config, latents));
  return g.finish();
}
