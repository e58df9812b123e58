import type { Runtime, Session } from "../runtime.ts";
import type { Tensor } from "../tensor.ts";
import { readConfig } from "./config.ts";
import { type Lora, readWeightChanges } from "./lora.ts";
import { openWeights } from "./safetensors.ts";
import { unetConfigSchema } from "./unet-config.ts";
import { unetGraph } from "./unet-graph.ts";

/** Stable Diffusion's denoiser. */
export interface Unet extends AsyncDisposable {
  /** Channels of `sample`: 4, or 9 where it takes a mask and the masked picture's latents too. */
  readonly inChannels: number;
  readonly outChannels: number;
  /** Of its first block, the widest in memory. */
  readonly channels: number;
  /** Width of the text states that it was trained with. */
  readonly textWidth: number;
  /** Width of `timestepCond`; `null` where the network takes none. */
  readonly conditionWidth: number | null;
  /** Side of the latents that it was trained on. */
  readonly sampleSize: number;
  /** Predicts noise or velocity, `[n, outChannels, h, w]`. */
  run(inputs: UnetInputs): Promise<Tensor>;
}

export interface UnetInputs {
  /** `[n, inChannels, h, w]`, any height and width. */
  readonly sample: Tensor;
  /** 0 to 1000; the same for the whole batch. */
  readonly timestep: number;
  /** `[n, tokens, textWidth]` */
  readonly encoderHiddenStates: Tensor;
  /** `[n, conditionWidth]`, the guidance embedding of a latent consistency model. */
  readonly timestepCond?: Tensor | undefined;
}

export interface UnetOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
  /** Change the weights. None by default. */
  readonly loras?: readonly Lora[];
}

/**
 * Opens a UNet2DConditionModel of Stable Diffusion 1 or 2, or of a latent consistency model made from one.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-corrupt`,
 * `weights-tensor-missing`, `weights-tensor-shape`, and those of `Runtime.open`.
 */
export async function loadUnet({ folder, runtime, loras = [] }: UnetOptions): Promise<Unet> {
  const config = await readConfig(folder, unetConfigSchema);
  const weights = await openWeights(folder, [
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.safetensors",
  ]);
  const sessions = new Map<boolean, Session>();
  /** Sides that cannot be halved evenly at each level need a graph of their own, opened when first met. */
  async function sessionFor(isEven: boolean): Promise<Session> {
    const opened = sessions.get(isEven);
    if (opened) return opened;
    const changes = await readWeightChanges(loras, "unet", weights);
    const session = await runtime.open(
      unetGraph(config, weights, { isEven, target: runtime.target, changes }),
    );
    sessions.set(isEven, session);
    return session;
  }
  const halvings = 2 ** (config.block_out_channels.length - 1);
  await sessionFor(true);

  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    channels: config.block_out_channels[0] ?? 0,
    textWidth: config.cross_attention_dim,
    conditionWidth: config.time_cond_proj_dim,
    sampleSize: config.sample_size,
    async run({ sample, timestep, encoderHiddenStates, timestepCond }) {
      const [, , height = 0, width = 0] = sample.shape;
      const session = await sessionFor(height % halvings === 0 && width % halvings === 0);
      const { prediction } = await session.run({
        sample,
        timestep: { data: Float32Array.of(timestep), shape: [1, 1] },
        encoderHiddenStates,
        ...(timestepCond === undefined ? {} : { timestepCond }),
      });
      return prediction as Tensor;
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
    },
  };
}
