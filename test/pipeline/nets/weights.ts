import { readFile, writeFile } from "node:fs/promises";
import { openSafetensors, readTensor } from "../../../src/pipeline/nets/safetensors.ts";
import { sizeOf, type Tensor } from "../../../src/pipeline/nets/tensor.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Writes 32-bit tensors into one `.safetensors` file, with what it is to say of itself. */
export async function writeTensors(
  file: string,
  tensors: Tensors,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { data, shape }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }] as const;
  });
  const described = metadata === undefined ? {} : { __metadata__: metadata };
  const header = Buffer.from(JSON.stringify({ ...described, ...Object.fromEntries(entries) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const parts = Object.values(tensors).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeFile(file, Buffer.concat([length, header, ...parts]));
}

/** All tensors of a small file, as 32-bit floats; whole numbers are left out. */
export async function readTensors(file: string): Promise<Record<string, Tensor>> {
  const weights = await openSafetensors(file);
  const floats = [...weights.tensors].filter(([, { dtype }]) => !dtype.startsWith("I"));
  const names = floats.map(
    async ([name, { shape }]) => [name, await readTensor(weights, name, shape)] as const,
  );
  return Object.fromEntries(await Promise.all(names));
}

/** Standard normal numbers, the same for the same name. */
export function randomTensor(name: string, shape: readonly number[], scale = 1): Tensor {
  const data = createRandom(1, name).gaussians(sizeOf(shape));
  return { data: data.map((value) => scale * value), shape };
}

/** Copies a file with each 32-bit tensor's header entry changed: how a file of another tool may look. */
export async function renameTensors(
  from: string,
  to: string,
  rename: (name: string) => string,
): Promise<void> {
  const bytes = await readFile(from);
  const length = Number(bytes.readBigUInt64LE());
  const header: Record<string, unknown> = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  const entries = Object.entries(header).map(([name, entry]) => [rename(name), entry]);
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  await writeFile(to, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}
