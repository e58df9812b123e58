import type { Autoencoder } from "../../nets/autoencoders/autoencoder.ts";
import type { TinyAutoencoder } from "../../nets/autoencoders/tiny-autoencoder.ts";
import type { SchedulerConfig } from "../../nets/sampling/create-sampler.ts";
import type { SamplerKind } from "../../nets/sampling/sampler.ts";
import type { Unet } from "../../nets/unet/unet.ts";
import type { TextReader } from "./texts.ts";

/** The parts of a Stable Diffusion. */
export interface StableDiffusionParts {
  readonly texts: TextReader;
  /** With 9 input channels it is shown what is known; with 4, what is known is blended in after each step. */
  readonly unet: Unet;
  readonly autoencoder: Autoencoder;
  /** Decodes drafts; left out or `null` where they are decoded as results are. */
  readonly draftAutoencoder?: TinyAutoencoder | null;
  readonly scheduler: SchedulerConfig;
}

export interface StableDiffusionOptions {
  /** Side of the frames that the UNet was trained on, in pixels. */
  readonly side: number;
  /** Side of the frames that are drafted; `side` where it is left out or `null`. */
  readonly draftSide?: number | null;
  /** Frames painted in one batch at most. */
  readonly batch: number;
  /** Bytes that a batch may take where the UNet runs, `null` where nobody knows: batches are made to fit. */
  readonly batchBytes?: number | null;
  /** Another sampler than the scheduler's own. */
  readonly sampler?: SamplerKind | undefined;
  /** Gives back what the parts hold, when the inpainter is disposed of. */
  readonly dispose?: (() => Promise<void>) | undefined;
}
