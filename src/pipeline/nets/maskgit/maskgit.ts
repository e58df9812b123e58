import type { CodebookIds } from "../autoencoders/vq-autoencoder.ts";
import { readConfig } from "../config.ts";
import { openFiniteSession } from "../finite-session.ts";
import { resizePositions } from "../graph/positions.ts";
import { required } from "../required.ts";
import type { Runtime } from "../runtime.ts";
import { openWeights, readTensor, weightFiles } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { maskgitConfigSchema } from "./config.ts";
import { maskgitGraph } from "./graph.ts";

/** MaskGIT's transformer (https://arxiv.org/abs/2202.04200): says which entry of a codebook each masked token of a picture of some class is. */
export interface Maskgit extends AsyncDisposable {
  /** Entries of the codebook that it predicts; the id behind them is the mask's. */
  readonly codebookSize: number;
  /** Classes that it knows; the label behind them is that of none. */
  readonly classes: number;
  /** Side of the grids that it was trained on, in tokens. */
  readonly side: number;
  /** `[batch, codebookSize, height * width]` of `[batch, height, width]` ids, with a label for each of the batch. */
  run(ids: CodebookIds, labels: readonly number[]): Promise<Tensor>;
}

export interface MaskgitOptions {
  /** Holds `config.json` and `model.safetensors`. */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens a transformer in the layout of https://github.com/valeoai/Halton-MaskGIT. On other grids than its own the positions are resized.
 * @throws EditError as `loadUnet`.
 */
export async function loadMaskgit({ folder, runtime }: MaskgitOptions): Promise<Maskgit> {
  const config = await readConfig(folder, maskgitConfigSchema);
  const weights = await openWeights(folder, weightFiles.transformers);
  const { hidden_dim: width, input_size: side } = config;
  const learned = await readTensor(weights, "pos_emb.weight", [side ** 2, width]);
  const positions = new Map<string, Tensor>();
  const session = await openFiniteSession({
    runtime,
    file: weights.file,
    graphOf: (target) => maskgitGraph(config, weights, target),
  });

  function positionsOf(rows: number, columns: number): Tensor {
    const size = `${rows}x${columns}`;
    const known =
      positions.get(size) ?? withoutFirst(resizePositions(withFirst(learned, width), rows, columns), width);
    positions.set(size, known);
    return known;
  }

  return {
    codebookSize: config.codebook_size,
    classes: config.nclass,
    side,
    async run({ data, shape: [batch, rows, columns] }, labels) {
      const { logits } = await session.run({
        ids: { data, shape: [batch, rows * columns] },
        labels: { data: BigInt64Array.from(labels, BigInt), shape: [batch, 1] },
        positions: positionsOf(rows, columns),
      });
      return required(logits, "logits of the transformer");
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Positions as those of a ViT, which have that of a class token before the others. */
function withFirst({ data }: Tensor, width: number): Tensor {
  const all = new Float32Array(width + data.length);
  all.set(data, width);
  return { data: all, shape: [1, all.length / width, width] };
}

function withoutFirst({ data }: Tensor, width: number): Tensor {
  const own = data.slice(width);
  return { data: own, shape: [1, own.length / width, width] };
}
