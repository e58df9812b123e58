import { z } from "zod";
import { count, only, readConfig } from "../config.ts";
import { openFiniteSession } from "../finite-session.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { convolution } from "../graph/layers.ts";
import { doubledConvolution } from "../graph/residual.ts";
import { required } from "../required.ts";
import type { GraphTarget, NetworkModel, Runtime, Session } from "../runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";

/**
 * A small autoencoder that was trained to stand in for Stable Diffusion's (TAESD), 15 times as fast. Its latents are
 * those that the denoiser works on, after the scaling. What it gives is finite, or `weights-corrupt` is thrown.
 */
export interface TinyAutoencoder extends AsyncDisposable {
  /** Latents are divided by this before decoding, by the caller; 1 in all that are known. */
  readonly scalingFactor: number;
  readonly latentChannels: number;
  /** Pixels per latent along each side. */
  readonly factor: number;
  /** `[n, 3, H, W]` in −1..1 to latents `[n, latentChannels, H / factor, W / factor]`. */
  encode(image: Tensor): Promise<Tensor>;
  /** Latents to `[n, 3, H, W]`, about −1..1, not clamped. */
  decode(latent: Tensor): Promise<Tensor>;
}

export interface TinyAutoencoderOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens a diffusers AutoencoderTiny. Its encoder is opened when first used: whoever decodes drafts needs none.
 * @throws EditError as `loadUnet`.
 */
export async function loadTinyAutoencoder({
  folder,
  runtime,
}: TinyAutoencoderOptions): Promise<TinyAutoencoder> {
  const config = await readConfig(folder, tinyAutoencoderConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const shared = { runtime, file: weights.file, givesMemoryBack: true };
  const decoder = await openFiniteSession({
    ...shared,
    graphOf: (target) => decoderGraph(config, weights, target),
  });
  let encoder: Session | null = null;
  return {
    scalingFactor: config.scaling_factor,
    latentChannels: config.latent_channels,
    factor: 2 ** (config.num_decoder_blocks.length - 1),
    async encode(image) {
      encoder ??= await openFiniteSession({
        ...shared,
        graphOf: (target) => encoderGraph(config, weights, target),
      });
      return required((await encoder.run({ image })).latents, "the latents of the encoder");
    },
    decode: async (latent) => required((await decoder.run({ latent })).image, "the picture of the decoder"),
    async [Symbol.asyncDispose]() {
      await decoder[Symbol.asyncDispose]();
      await encoder?.[Symbol.asyncDispose]();
    },
  };
}

/** Widths of all levels. diffusers joins no two that differ: the network would not run. */
const widths = z
  .array(count)
  .min(1)
  .refine((all) => new Set(all).size === 1, "only one width for all levels is built")
  .default([64, 64, 64, 64]);

/** AutoencoderTiny's `config.json`, with diffusers' defaults. */
export const tinyAutoencoderConfigSchema = z
  .object({
    in_channels: only(3),
    out_channels: only(3),
    encoder_block_out_channels: widths,
    decoder_block_out_channels: widths,
    act_fn: only("relu"),
    upsample_fn: only("nearest"),
    latent_channels: count.default(4),
    upsampling_scaling_factor: only(2),
    num_encoder_blocks: z.array(count).default([1, 3, 3, 3]),
    num_decoder_blocks: z.array(count).default([3, 3, 3, 1]),
    scaling_factor: z.number().positive().default(1),
  })
  .refine(
    (config) =>
      config.num_encoder_blocks.length === config.encoder_block_out_channels.length &&
      config.num_decoder_blocks.length === config.decoder_block_out_channels.length &&
      config.num_decoder_blocks.length === config.num_encoder_blocks.length,
    { path: ["num_decoder_blocks"], message: "as many levels as there are widths, the same both ways" },
  );
type Config = z.infer<typeof tinyAutoencoderConfigSchema>;

function encoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the tiny autoencoder's encoder", weights, target);
  const image = g.input("image", ["batch", 3, "height", "width"]);
  const channels = required(config.encoder_block_out_channels[0], "a level of the encoder");
  const names = numberedLayers("encoder");
  let x = g.node("Mul", [g.node("Add", [image, g.floats(1)]), g.floats(0.5)]);
  for (const [level, blocks] of config.num_encoder_blocks.entries()) {
    x =
      level === 0
        ? convolution(g, x, names.next(), { from: 3, to: channels, kernel: 3 })
        : convolution(g, x, names.next(), {
            from: channels,
            to: channels,
            kernel: 3,
            stride: 2,
            bias: false,
          });
    for (let block = 0; block < blocks; block += 1) x = tinyBlock(g, x, names.next(), channels);
  }
  const to = config.latent_channels;
  g.output("latents", convolution(g, x, names.next(), { from: channels, to, kernel: 3 }));
  return g.finish();
}

function decoderGraph(config: Config, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the tiny autoencoder's decoder", weights, target);
  const channels = required(config.decoder_block_out_channels[0], "a level of the decoder");
  const { latent_channels: latents, num_decoder_blocks: levels } = config;
  const names = numberedLayers("decoder");
  const latent = g.input("latent", ["batch", latents, "height", "width"]);
  const bounded = g.node("Mul", [g.node("Tanh", [g.node("Div", [latent, g.floats(3)])]), g.floats(3)]);
  let x = relu(g, convolution(g, bounded, names.next(), { from: latents, to: channels, kernel: 3 }));
  names.skip();
  for (const [level, blocks] of levels.entries()) {
    for (let block = 0; block < blocks; block += 1) x = tinyBlock(g, x, names.next(), channels);
    if (level === levels.length - 1) continue;
    names.skip();
    x = doubledConvolution(g, x, names.next(), channels, { bias: false });
  }
  x = convolution(g, x, names.next(), { from: channels, to: 3, kernel: 3 });
  g.output("image", g.node("Sub", [g.node("Mul", [x, g.floats(2)]), g.floats(1)]));
  return g.finish();
}

/** Three convolutions beside the block's own input: `[batch, channels, h, w]` to the same. */
function tinyBlock(g: GraphBuilder, x: Value, prefix: string, channels: number): Value {
  const square = { from: channels, to: channels, kernel: 3 };
  const first = relu(g, convolution(g, x, `${prefix}.conv.0`, square));
  const second = relu(g, convolution(g, first, `${prefix}.conv.2`, square));
  return relu(g, g.node("Add", [convolution(g, second, `${prefix}.conv.4`, square), x]));
}

function relu(g: GraphBuilder, x: Value): Value {
  return g.node("Relu", [x]);
}

/** Both halves are one list of layers, those without weights counted. */
function numberedLayers(half: string): { next(): string; skip(): void } {
  let index = 0;
  return {
    next: () => `${half}.layers.${index++}`,
    skip() {
      index += 1;
    },
  };
}
