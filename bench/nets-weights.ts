import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { halvesOf } from "../src/pipeline/nets/half.ts";
import { sizeOf, type Tensor } from "../src/pipeline/tensor.ts";
import type { Layout, NetworkLayout } from "./nets-layouts.ts";

/** Types that weights are written in. */
type Floats = "F32" | "F16";

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
    const random = uniforms(1);
    for (const [name, shape] of tensors) {
      const [centre, reach] = range(name, shape);
      const fill = floats === "F16" ? halfFiller(random, centre, reach) : filler(random, centre, reach);
      for (let left = sizeOf(shape); left > 0; left -= pieceLength) {
        writeSync(output, fill(Math.min(left, pieceLength)));
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

const pieceLength = 1 << 20;
const piece = new Float32Array(pieceLength);
const halfPiece = new Uint16Array(pieceLength);

/** Gives the bytes of so many numbers, which the next call writes over. */
function filler(random: () => number, centre: number, reach: number): (length: number) => Uint8Array {
  return (length) => {
    for (let i = 0; i < length; i += 1) piece[i] = centre + random() * reach;
    return new Uint8Array(piece.buffer, 0, 4 * length);
  };
}

/** The same in 16 bits, of 4,096 numbers in that range: to round a thousand million one by one takes minutes. */
function halfFiller(random: () => number, centre: number, reach: number): (length: number) => Uint8Array {
  const steps = Array.from({ length: 4096 }, (_, step) => centre + ((step + 0.5) / 2048 - 1) * reach);
  const halves = halvesOf(steps);
  return (length) => {
    for (let i = 0; i < length; i += 1) halfPiece[i] = halves[Math.floor((random() + 1) * 2048)] ?? 0;
    return new Uint8Array(halfPiece.buffer, 0, 2 * length);
  };
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
function range(name: string, shape: readonly number[]): [centre: number, reach: number] {
  if (shape.length < 2) return [/norm\w*\.weight$/.test(name) ? 1 : 0, 0.1];
  return [0, Math.sqrt(3 / sizeOf(shape.slice(1)))];
}

/** Numbers in −1..1 by xorshift32 (Marsaglia 2003): fast enough for a thousand million weights. */
function uniforms(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}
