import type { VqAutoencoder } from "../../../nets/autoencoders/vq-autoencoder.ts";
import type { Clip } from "../../../nets/clip.ts";
import type { Maskgit } from "../../../nets/maskgit/maskgit.ts";
import type { Tokenizer } from "../../../nets/tokenizer.ts";

/** What tells which class a sentence means: the pack's CLIP. */
export interface ClassReader {
  readonly clip: Pick<Clip, "embedTexts" | "positions" | "logitScale">;
  readonly tokenizer: Tokenizer;
}

/** A masked transformer that is told a class. */
export interface ClassTransformer
  extends Pick<Maskgit, "codebookSize" | "classes" | "run" | typeof Symbol.asyncDispose> {
  /** Id of a masked token. */
  readonly maskId: number;
  /** Grids of tokens have sides that are multiples of this. */
  readonly multiple: number;
}

/** The parts of a class-conditional MaskGIT. */
export interface MaskgitParts {
  readonly transformer: ClassTransformer;
  readonly autoencoder: VqAutoencoder;
  /** Names of the classes, by their labels; several of one class are separated by commas. */
  readonly classes: readonly string[];
  readonly reader: ClassReader;
}

export interface MaskgitOptions {
  /** Side of the frames that the transformer was trained on, in pixels. */
  readonly side: number;
  /** Frames painted in one batch at most. */
  readonly batch: number;
  /** CLIP's cosine of a sentence with a class from which that is taken to be meant. */
  readonly threshold: number;
  /** Gives back what the parts hold, when the inpainter is disposed of. */
  readonly dispose?: (() => Promise<void>) | undefined;
}
