import type { CodebookIds } from "../autoencoders/vq-autoencoder.ts";
import { readConfig } from "../config.ts";
import { openFiniteSession } from "../finite-session.ts";
import { required } from "../required.ts";
import type { Runtime } from "../runtime.ts";
import { openWeights, weightFiles } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { uvitConfigSchema } from "./config.ts";
import { uvitGraph } from "./graph.ts";

/** aMUSEd's masked transformer: says which entry of a codebook each masked token is. */
export interface Uvit extends AsyncDisposable {
  /** Entries of the codebook that it predicts. */
  readonly codebookSize: number;
  /** Ids that it takes are below this: the codebook's, the mask's, and some that nothing uses. */
  readonly vocabulary: number;
  /** Widths of the text states and of the pooled text that it is given. */
  readonly statesWidth: number;
  readonly pooledWidth: number;
  /** Grids of tokens have sides that are multiples of this. */
  readonly multiple: number;
  /** `[batch, codebookSize, height, width]` */
  run(inputs: UvitInputs): Promise<Tensor>;
}

export interface UvitInputs {
  /** `[batch, height, width]`; masked tokens have the id of the scheduler's mask. */
  readonly ids: CodebookIds;
  /** `[batch, tokens, statesWidth]`: the text encoder's last layer but one. */
  readonly encoderHiddenStates: Tensor;
  /** `[batch, pooledWidth]` */
  readonly pooled: Tensor;
  /** `[batch, 5]`: width, height, left and top of the crop, aesthetic score. */
  readonly microConditions: Tensor;
}

export interface UvitOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens a UVit2DModel of diffusers, `transformer/` of amused/amused-256 or -512.
 * @throws EditError as `loadUnet`.
 */
export async function loadUvit({ folder, runtime }: UvitOptions): Promise<Uvit> {
  const config = await readConfig(folder, uvitConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const session = await openFiniteSession({
    runtime,
    file: weights.file,
    graphOf: (target) => uvitGraph(config, weights, target),
  });
  return {
    codebookSize: config.codebook_size,
    vocabulary: config.vocab_size,
    statesWidth: config.encoder_hidden_size,
    pooledWidth: config.cond_embed_dim,
    multiple: config.downsample ? 2 : 1,
    run: async (inputs) => required((await session.run({ ...inputs })).logits, "logits of the transformer"),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
