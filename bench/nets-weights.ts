import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sizeOf, type Tensor } from "../src/pipeline/tensor.ts";
import type { Layout, NetworkLayout } from "./nets-layouts.ts";

/**
 * Writes `config.json` and random weights of a network into `folder`. The same numbers each time, scaled by fan-in
 * so that activations neither vanish nor explode. Written piece by piece: a UNet has 3.4 GB.
 */
export function writeNetwork({ config, file, tensors }: NetworkLayout, folder: string): void {
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const output = openSync(join(folder, file), "w");
  try {
    writeSync(output, header(tensors));
    const fill = uniforms(1);
    for (const [name, shape] of tensors) {
      const [centre, reach] = range(name, shape);
      for (let left = sizeOf(shape); left > 0; left -= piece.length) {
        const part = piece.subarray(0, Math.min(left, piece.length));
        fill(part, centre, reach);
        writeSync(output, new Uint8Array(part.buffer, 0, part.byteLength));
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
  writeFileSync(file, Buffer.concat([header(layout), ...parts]));
}

/** A tensor of uniform numbers in −√3..√3, which have variance 1. */
export function randomTensor(seed: number, shape: readonly number[]): Tensor {
  const data = new Float32Array(sizeOf(shape));
  uniforms(seed)(data, 0, Math.sqrt(3));
  return { data, shape };
}

const piece = new Float32Array(1 << 20);

/** The length, then the header's JSON, padded so that the data begins at a multiple of 8. */
function header(tensors: Layout): Buffer {
  let end = 0;
  const entries = tensors.map(([name, shape]) => {
    const start = end;
    end += 4 * sizeOf(shape);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
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

/** xorshift32 (Marsaglia 2003): fast enough for a thousand million weights. */
function uniforms(seed: number): (into: Float32Array, centre: number, reach: number) => void {
  let state = seed * 2654435761;
  return (into, centre, reach) => {
    for (let i = 0; i < into.length; i += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      into[i] = centre + (state / 2 ** 31) * reach;
    }
  };
}
