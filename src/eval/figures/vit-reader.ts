import { openSafetensors, readTensor } from "../../pipeline/nets/safetensors.ts";
import { sidesOf, type Tensor } from "../../pipeline/nets/tensor.ts";

/** A network of one hidden layer, from what a ViT sees to the space of CLIP's texts. */
export interface VitReader {
  /** `[hidden, 2 d]` and `[hidden]`; `[projection, hidden]` and `[projection]`. */
  readonly hidden: Layer;
  readonly output: Layer;
}

interface Layer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Hidden units and numbers at most: a file of some hundred kB. */
const most = 4096;

/** @throws EditError `weights-*`, `pack-file-missing` */
export async function readVitReader(path: string): Promise<VitReader> {
  const file = await openSafetensors(path);
  const layer = async (name: string): Promise<Layer> => {
    const shape = file.tensors.get(`${name}.weight`)?.shape ?? [1, 1];
    const [rows = 1, columns = 1] = shape.map((side) => Math.min(side, most));
    return {
      weight: await readTensor(file, `${name}.weight`, [rows, columns]),
      bias: await readTensor(file, `${name}.bias`, [rows]),
    };
  };
  return { hidden: await layer("hidden"), output: await layer("output") };
}

/**
 * What the reader makes of a picture: it is told the mean of the patches' features and the mean that their attention weighs.
 * @param seen Features `[1, d, h, w]` and attention `[1, h, w]` of a ViT.
 * @returns `[projection]`
 */
export function embedSeen(
  { hidden, output }: VitReader,
  { features, attention }: { readonly features: Tensor; readonly attention: Tensor },
): Float32Array {
  const [, depth] = sidesOf(features, 4);
  const patches = attention.data.length;
  const total = attention.data.reduce((sum, value) => sum + value, 0);
  const told = new Float32Array(2 * depth);
  for (let channel = 0; channel < depth; channel++) {
    let [plain, weighted] = [0, 0];
    for (let patch = 0; patch < patches; patch++) {
      const value = features.data[channel * patches + patch] ?? 0;
      plain += value;
      weighted += value * (attention.data[patch] ?? 0);
    }
    told[channel] = plain / patches;
    told[depth + channel] = weighted / total;
  }
  return applied(
    output,
    applied(hidden, told).map((value) => Math.max(0, value)),
  );
}

function applied({ weight, bias }: Layer, input: Float32Array): Float32Array {
  const columns = input.length;
  return bias.data.map((start, row) => {
    let sum = start;
    for (let column = 0; column < columns; column++)
      sum += (weight.data[row * columns + column] ?? 0) * (input[column] ?? 0);
    return sum;
  });
}
