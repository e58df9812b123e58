import type { VqAutoencoder } from "../../../nets/autoencoders/vq-autoencoder.ts";
import type { MaskingSchedule } from "../../../nets/sampling/tokens/masked-tokens.ts";
import type { TextEncoder } from "../../../nets/text-encoder.ts";
import type { Tokenizer } from "../../../nets/tokenizer.ts";
import type { Uvit } from "../../../nets/uvit/uvit.ts";

/** The parts of an aMUSEd. */
export interface AmusedParts {
  readonly tokenizer: Tokenizer;
  readonly textEncoder: TextEncoder<"penultimate" | "embeds">;
  readonly transformer: Uvit;
  readonly autoencoder: VqAutoencoder;
  readonly scheduler: TokenScheduler;
}

/** `scheduler_config.json` of an AmusedScheduler. */
export interface TokenScheduler {
  readonly maskId: number;
  readonly schedule: MaskingSchedule;
}

export interface AmusedOptions {
  /** Side of the frames that the transformer was trained on, in pixels. */
  readonly side: number;
  /** Frames painted in one batch at most. */
  readonly batch: number;
  /** Gives back what the parts hold, when the inpainter is disposed of. */
  readonly dispose?: (() => Promise<void>) | undefined;
}
