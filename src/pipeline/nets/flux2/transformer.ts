import { readConfig } from "../config.ts";
import { openFiniteSession } from "../finite-session.ts";
import type { TapPlan } from "../graph/taps.ts";
import { required } from "../required.ts";
import type { Runtime } from "../runtime.ts";
import { openWeights, weightFiles } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { flux2ConfigSchema } from "./config.ts";
import { flux2Graph } from "./graph.ts";
import { type Position, rotationsAt } from "./positions.ts";

/** FLUX.2's transformer: says how latents move from noise to a picture. */
export interface Flux2Transformer extends AsyncDisposable {
  /** Channels of a token: four times those of the autoencoder's latents. */
  readonly channels: number;
  /** Of the text states: three layers of the text encoder side by side. */
  readonly textWidth: number;
  /** Noise less picture, `[batch, picture tokens, channels]`, with what was tapped by name. */
  run(
    inputs: Flux2Inputs,
  ): Promise<{ readonly velocity: Tensor; readonly taps: Readonly<Record<string, Tensor>> }>;
}

export interface Flux2Inputs {
  /** `[batch, picture tokens, channels]`: those that are painted, then those of pictures that it is shown. */
  readonly latents: Tensor;
  /** `[batch, words, textWidth]` */
  readonly text: Tensor;
  /** 0 to 1000: a thousand times the share of noise. */
  readonly timestep: number;
  /** Of the words, then of the picture's tokens. */
  readonly positions: readonly Position[];
}

export interface Flux2Options {
  /** Holds `config.json` and the weights, in one file or in several with their index. */
  readonly folder: string;
  readonly runtime: Runtime;
  readonly taps?: TapPlan;
}

/**
 * Opens a Flux2Transformer2DModel of diffusers that takes no guidance scale, `transformer/` of black-forest-labs/FLUX.2-klein-4B or the
 * like.
 * @throws EditError as `loadUnet`.
 */
export async function loadFlux2Transformer({
  folder,
  runtime,
  taps,
}: Flux2Options): Promise<Flux2Transformer> {
  const config = await readConfig(folder, flux2ConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const session = await openFiniteSession({
    runtime,
    file: weights.file,
    graphOf: (target) => flux2Graph(config, weights, target, taps),
  });
  return {
    channels: config.in_channels,
    textWidth: config.joint_attention_dim,
    async run({ latents, text, timestep, positions }) {
      const { velocity, ...tapped } = await session.run({
        ...{ latents, text, ...rotationsAt(positions, config) },
        timestep: { data: Float32Array.of(timestep), shape: [1, 1] },
      });
      return { velocity: required(velocity, "a velocity of the transformer"), taps: tapped };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
