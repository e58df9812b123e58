import { open, realpath } from "node:fs/promises";
import path from "node:path";
import { EditError } from "../../errors.ts";
import { indexNamesOf, readShardIndex } from "../../packs/shards.ts";
import { required } from "./required.ts";
import { readBytes, readHeader, type StoredTensor } from "./safetensors-header.ts";
import { type NumberType, numberReaders, type StoredType } from "./stored-numbers.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** A tensor of floats, which is what networks are made of. */
export interface FloatTensor extends StoredTensor {
  readonly dtype: "F32" | "F16" | "BF16";
}

/** A `.safetensors` file, or several with an index, whose headers were read and found sound; the weights stay on disk. */
export interface Safetensors {
  /** Real path, symlinks resolved; of the index, where there is one. All files lie in its folder. */
  readonly file: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The file of each tensor, where there are several: real paths. `null` where all lie in `file`. */
  readonly files: ReadonlyMap<string, string> | null;
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a file's header and checks it against the format
 * (https://huggingface.co/docs/safetensors/index#format): length, JSON, types, byte ranges that match the
 * shapes, lie inside the file and do not overlap.
 * @throws EditError `pack-file-missing`; `weights-corrupt`, naming the file.
 */
export async function openSafetensors(file: string): Promise<Safetensors> {
  const real = await realpath(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected the weights ${file}, got no such file.`, { cause });
  });
  const handle = await open(real, "r").catch((cause: NodeJS.ErrnoException) => {
    const message = `Expected the weights ${file}, got a file that cannot be opened (${cause.code}).`;
    throw new EditError("weights-corrupt", message, { cause });
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new EditError("weights-corrupt", `Expected a file of weights, got ${file}, which is none.`);
    const { size } = stats;
    return { file: real, files: null, ...(await readHeader(handle, size, file)) };
  } finally {
    await handle.close();
  }
}

/** Where diffusers' networks have their weights, and transformers' theirs: in 32 or in 16 bits. */
export const weightFiles = {
  diffusers: ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors"],
  transformers: ["model.safetensors", "model.fp16.safetensors"],
} as const;

/**
 * Finds a network's weights in its folder: the first of `names` that is there, else the first that an index is there for.
 * @throws EditError `pack-file-missing` with the names; `weights-corrupt`; `pack-invalid`, `weights-tensor-missing` for
 *   an index that is none, or that names what is not there.
 */
export async function openWeights(folder: string, names: readonly string[]): Promise<Safetensors> {
  for (const name of names) {
    try {
      return await openSafetensors(path.join(folder, name));
    } catch (error) {
      if (!(error instanceof EditError && error.code === "pack-file-missing")) throw error;
    }
  }
  const indexes = names.flatMap(indexNamesOf);
  for (const name of indexes) {
    const index = await realpath(path.join(folder, name)).catch(() => null);
    if (index !== null) return await openShards(folder, name, index);
  }
  throw new EditError(
    "pack-file-missing",
    `Expected ${names.join(" or ")} in ${folder}, or an index of several files, got neither.`,
  );
}

async function openShards(folder: string, name: string, index: string): Promise<Safetensors> {
  const files = await readShardIndex(path.join(folder, name));
  const shards = new Map<string, Safetensors>();
  for (const file of new Set(files.values()))
    shards.set(file, await openSafetensors(path.join(folder, file)));
  const outside = [...shards.values()].find(({ file }) => path.dirname(file) !== path.dirname(index));
  if (outside !== undefined) {
    const expected = `all weights of ${path.join(folder, name)} in ${path.dirname(index)}`;
    throw new EditError("pack-invalid", `Expected ${expected}, got ${outside.file}.`);
  }
  const tensors = new Map<string, StoredTensor>();
  const realFiles = new Map<string, string>();
  for (const [tensor, file] of files) {
    const shard = shards.get(file);
    const found = shard?.tensors.get(tensor);
    if (shard === undefined || found === undefined) {
      throw new EditError(
        "weights-tensor-missing",
        `Expected tensor ${tensor} in ${path.join(folder, file)}, as ${name} says, got a file without it.`,
      );
    }
    tensors.set(tensor, found);
    realFiles.set(tensor, shard.file);
  }
  return { file: index, tensors, files: realFiles, metadata: new Map() };
}

/** The real path of the file that a tensor lies in. */
export function fileOf({ file, files }: Safetensors, tensor: string): string {
  return files?.get(tensor) ?? file;
}

/**
 * Finds a tensor that a network needs, in the shape that it needs.
 * @throws EditError `weights-tensor-missing`; `weights-tensor-shape`, also where it is of no floating type.
 */
export function findTensor(weights: Safetensors, name: string, shape: readonly number[]): FloatTensor {
  const found = weights.tensors.get(name);
  if (found === undefined) {
    throw new EditError(
      "weights-tensor-missing",
      `Expected tensor ${name} in ${weights.file}, got a file without it.`,
    );
  }
  const where = `tensor ${name} of ${weights.file}`;
  if (found.shape.length !== shape.length || found.shape.some((side, axis) => side !== shape[axis])) {
    throw new EditError(
      "weights-tensor-shape",
      `Expected ${where} in the shape [${shape.join(", ")}], got [${found.shape.join(", ")}].`,
    );
  }
  const { dtype } = found;
  if (dtype === "F32" || dtype === "F16" || dtype === "BF16") return { ...found, dtype };
  throw new EditError("weights-tensor-shape", `Expected ${where} as F32, F16 or BF16, got ${dtype}.`);
}

/**
 * Reads one small tensor as 32-bit floats.
 * @throws EditError as `findTensor`.
 */
export async function readTensor(
  weights: Safetensors,
  name: string,
  shape: readonly number[],
): Promise<Tensor> {
  const stored = findTensor(weights, name, shape);
  const numbers = await readNumbers(fileOf(weights, name), stored, stored.dtype);
  return { data: Float32Array.from(numbers), shape: stored.shape };
}

/**
 * Reads a tensor of one number, of whatever type of numbers it is.
 * @throws EditError `weights-tensor-missing`; `weights-tensor-shape`, also where it is of no type of numbers.
 */
export async function readNumber(weights: Safetensors, name: string): Promise<number> {
  const stored = weights.tensors.get(name);
  const where = `tensor ${name} of ${weights.file}`;
  if (stored === undefined) throw new EditError("weights-tensor-missing", `Expected ${where}, got none.`);
  const { dtype, shape } = stored;
  if (sizeOf(shape) !== 1) {
    const got = `[${shape.join(", ")}]`;
    throw new EditError(
      "weights-tensor-shape",
      `Expected ${where} in the shape a lone number has, got ${got}.`,
    );
  }
  if (!isNumberType(dtype))
    throw new EditError("weights-tensor-shape", `Expected ${where} as a number, got ${dtype}.`);
  return required((await readNumbers(fileOf(weights, name), stored, dtype))[0], `a number in ${name}`);
}

async function readNumbers(
  file: string,
  { offset, length, shape }: StoredTensor,
  type: NumberType,
): Promise<number[]> {
  const read = numberReaders[type];
  const handle = await open(file, "r");
  try {
    const bytes = await readBytes(handle, offset, length, file);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: sizeOf(shape) }, (_, index) => read(view, index));
  } finally {
    await handle.close();
  }
}

function isNumberType(type: StoredType): type is NumberType {
  return Object.hasOwn(numberReaders, type);
}
