import type { FileHandle } from "node:fs/promises";
import { z } from "zod";
import { EditError } from "../../errors.ts";
import { bytesPerElement, type StoredType } from "./stored-numbers.ts";
import { sizeOf } from "./tensor.ts";

/** Where one tensor lies: `offset` and `length` are bytes of the file, header included. */
export interface StoredTensor {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** What a file says that it holds. */
export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What the file says of itself. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the header of an open file of `size` bytes and checks it against the format.
 * @param file For messages.
 * @throws EditError `weights-corrupt`
 */
export async function readHeader(handle: FileHandle, size: number, file: string): Promise<SafetensorsHeader> {
  const length = await readHeaderLength(handle, size, file);
  const text = (await readBytes(handle, 8, length, file)).toString("utf8");
  const { tensors, metadata } = parseHeader(text, file);
  return { tensors: locateTensors(tensors, 8 + length, size, file), metadata };
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

async function readHeaderLength(handle: FileHandle, size: number, file: string): Promise<number> {
  if (size < 8) throw corrupt(file, "8 bytes of header length", `a file of ${size} bytes`);
  const length = (await readBytes(handle, 0, 8, file)).readBigUInt64LE();
  if (length > longestHeader) throw corrupt(file, `a header of at most ${longestHeader} bytes`, `${length}`);
  if (Number(length) > size - 8)
    throw corrupt(file, `a header of ${length} bytes`, `a file of ${size} bytes`);
  return Number(length);
}

/** @throws EditError `weights-corrupt` where the file ends before. */
export async function readBytes(
  handle: FileHandle,
  offset: number,
  length: number,
  file: string,
): Promise<Buffer> {
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
