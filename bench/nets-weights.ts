import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { halvesOf } from "../src/pipeline/nets/graph/half.ts";
import { sizeOf, type Tensor } from "../src/pipeline/nets/tensor.ts";
import type { Layout, NetworkLayout } from "./nets-layouts.ts";

/** Types that weights are written in. */
export type Floats = "F32" | "F16";

/**
 * Writes `config.json` and random weights of a network into `folder`. The same numbers each time, scaled by fan-in
 * so that activations neither vanish nor explode. Written piece by piece: a UNet has 3.4 GB.
 */
export function writeNetwork(
  { config, file, tensors }: NetworkLayout,
  folder: string,
  floats: Floats = "F32",
): void {
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const output = openSync(join(folder, file), "w");
  try {
    writeSync(output, header(tensors, floats));
    const fill = floats === "F16" ? fillHalves : fillFloats;
    const place = uniforms(1);
    for (const [name, shape] of tensors) {
      const size = sizeOf(shape);
      const bytes = fill(range(name, shape), Math.min(size, poolLength));
      const width = bytes.length / Math.min(size, poolLength);
      for (let left = size; left > 0; ) {
        // From another place each time: rows of a matrix would else be the same.
        const start = size > poolLength ? Math.floor(((place() + 1) / 2) * poolLength) : 0;
        const end = Math.min(start + left, poolLength, size);
        writeSync(output, bytes.subarray(start * width, end * width));
        left -= end - start;
      }
    }
  } finally {
    closeSync(output);
  }
}

/** Writes float tensors into one `.safetensors` file. */
export function writeTensors(file: string, tensors: Readonly<Record<string, Tensor>>): void {
  const entries = Object.entries(tensors);
  const parts = entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const layout = entries.map(([name, { shape }]) => [name, shape] as const);
  writeFileSync(file, Buffer.concat([header(layout, "F32"), ...parts]));
}

/** A tensor of uniform numbers in −√3..√3, which have variance 1. */
export function randomTensor(seed: number, shape: readonly number[]): Tensor {
  const data = new Float32Array(sizeOf(shape));
  const random = uniforms(seed);
  for (let i = 0; i < data.length; i += 1) data[i] = random() * Math.sqrt(3);
  return { data, shape };
}

/** Random numbers are drawn once: a thousand million would take minutes. */
const poolLength = 1 << 20;
let pool: Float32Array | null = null;
const floatPiece = new Float32Array(poolLength);
const halfPiece = new Uint16Array(poolLength);

type Range = readonly [centre: number, reach: number];

/** The bytes of so many numbers, which the next call writes over. */
function fillFloats([centre, reach]: Range, length: number): Uint8Array {
  const numbers = uniformPool();
  for (let i = 0; i < length; i += 1) floatPiece[i] = centre + (numbers[i] ?? 0) * reach;
  return new Uint8Array(floatPiece.buffer, 0, 4 * length);
}

/** The same in 16 bits, of 4,096 numbers in that range: to round each would take long. */
function fillHalves([centre, reach]: Range, length: number): Uint8Array {
  const numbers = uniformPool();
  const steps = Array.from({ length: 4096 }, (_, step) => centre + ((step + 0.5) / 2048 - 1) * reach);
  const halves = halvesOf(steps);
  for (let i = 0; i < length; i += 1) halfPiece[i] = halves[Math.floor(((numbers[i] ?? 0) + 1) * 2048)] ?? 0;
  return new Uint8Array(halfPiece.buffer, 0, 2 * length);
}

function uniformPool(): Float32Array {
  pool ??= Float32Array.from({ length: poolLength }, uniforms(1));
  return pool;
}

/** The length, then the header's JSON, padded so that the data begins at a multiple of 8. */
function header(tensors: Layout, dtype: Floats): Buffer {
  const bytes = dtype === "F32" ? 4 : 2;
  let end = 0;
  const entries = tensors.map(([name, shape]) => {
    const start = end;
    end += bytes * sizeOf(shape);
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

/** Scales of norms lie around 1, biases around 0; a matrix gives rows of variance 1 rows of variance 1. */
function range(name: string, shape: readonly number[]): Range {
  if (shape.length < 2) return [/norm\w*\.weight$/.test(name) ? 1 : 0, 0.1];
  return [0, Math.sqrt(3 / sizeOf(shape.slice(1)))];
}

/** Numbers in −1..1 by xorshift32 (Marsaglia 2003). */
function uniforms(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}
