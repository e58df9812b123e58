import { type FileHandle, open, realpath } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import { indexNamesOf, readShardIndex } from "../../packs/shards.ts";
import { required } from "./required.ts";
import { bytesPerElement, type NumberType, numberReaders, type StoredType } from "./stored-numbers.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Where one tensor lies: `offset` and `length` are bytes of the file, header included. */
export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

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

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
);

/** The format's own limit: a longer header is an attack or a damaged length. */
const longestHeader = 100_000_000;

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
  const handle = await open(real, "r");
  try {
    const { size } = await handle.stat();
    const headerLength = await readHeaderLength(handle, size, file);
    const text = (await readBytes(handle, 8, headerLength, file)).toString("utf8");
    const { tensors, metadata } = parseHeader(text, file);
    return {
      file: real,
      tensors: locateTensors(tensors, 8 + headerLength, size, file),
      files: null,
      metadata,
    };
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

async function readHeaderLength(handle: FileHandle, size: number, file: string): Promise<number> {
  if (size < 8) throw corrupt(file, "8 bytes of header length", `a file of ${size} bytes`);
  const length = (await readBytes(handle, 0, 8, file)).readBigUInt64LE();
  if (length > longestHeader) throw corrupt(file, `a header of at most ${longestHeader} bytes`, `${length}`);
  if (Number(length) > size - 8)
    throw corrupt(file, `a header of ${length} bytes`, `a file of ${size} bytes`);
  return Number(length);
}

async function readBytes(handle: FileHandle, offset: number, length: number, file: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead < length) throw corrupt(file, `${length} bytes at ${offset}`, `${bytesRead}`);
  return bytes;
}

type Header = z.infer<typeof headerSchema>;

function parseHeader(text: string, file: string): { tensors: Header; metadata: Map<string, string> } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(file, "a header in JSON", "text that does not parse", cause);
  }
  if (typeof json !== "object" || json === null) throw corrupt(file, "a header object", String(json));
  const { __metadata__: described, ...tensors } = json as Record<string, unknown>;
  const parsed = headerSchema.safeParse(tensors);
  if (parsed.success) return { tensors: parsed.data, metadata: textsOf(described) };
  const issue = parsed.error.issues[0];
  throw corrupt(
    file,
    "dtype, shape and data_offsets for each tensor",
    `${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/** The texts of a file's `__metadata__`; it has nothing else by the format, and what it has is no weight. */
function textsOf(described: unknown): Map<string, string> {
  const entries = Object.entries(described ?? {});
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function locateTensors(header: Header, start: number, size: number, file: string): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (!isStoredType(dtype)) throw corrupt(file, `a known dtype for ${name}`, dtype);
    const length = data_offsets[1] - data_offsets[0];
    const expected = sizeOf(shape) * bytesPerElement[dtype];
    if (length !== expected) throw corrupt(file, `${expected} bytes for ${name}`, `${length}`);
    if (start + data_offsets[1] > size) {
      throw corrupt(file, `${start + data_offsets[1]} bytes, where ${name} ends`, `a file of ${size} bytes`);
    }
    tensors.set(name, { dtype, shape, offset: start + data_offsets[0], length });
  }
  refuseOverlap(tensors, file);
  return tensors;
}

function refuseOverlap(tensors: ReadonlyMap<string, StoredTensor>, file: string): void {
  const inOrder = [...tensors].filter(([, { length }]) => length > 0);
  inOrder.sort(([, a], [, b]) => a.offset - b.offset);
  let end = 0;
  let last = "";
  for (const [name, { offset, length }] of inOrder) {
    if (offset < end) throw corrupt(file, "tensors that do not overlap", `${name} inside ${last}`);
    end = offset + length;
    last = name;
  }
}

function isStoredType(name: string): name is StoredType {
  return Object.hasOwn(bytesPerElement, name);
}

function corrupt(file: string, expected: string, got: string, cause?: unknown): EditError {
  return new EditError("weights-corrupt", `Expected ${expected} in ${file}, got ${got}.`, { cause });
}
