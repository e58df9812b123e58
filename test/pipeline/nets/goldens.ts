import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import { openSafetensors } from "../../../src/pipeline/nets/safetensors.ts";
import type { Tensor, TokenIds } from "../../../src/pipeline/nets/tensor.ts";

const folder = path.join(import.meta.dirname, "../../fixtures/goldens");

interface CaseFile {
  readonly outputs: Readonly<Record<string, { readonly scale: number; readonly max_abs_over_scale: number }>>;
}

/** A recorded case: its model's folder, its inputs, and a check of what a network made of them. */
export interface GoldenCase {
  readonly model: string;
  floats(name: string): Tensor;
  ids(name: string): TokenIds;
  expectOutput(name: string, actual: Tensor): void;
}

/** Reads one folder of the recorded reference data; its README says how they are compared. */
export async function openGolden(name: string): Promise<GoldenCase> {
  const root = path.join(folder, name);
  const { outputs } = JSON.parse(await readFile(path.join(root, "case.json"), "utf8")) as CaseFile;
  const file = path.join(root, "io.safetensors");
  const { tensors } = await openSafetensors(file);
  const bytes = await readFile(file);
  const locate = (key: string) => {
    const found = tensors.get(key);
    if (found === undefined) throw new Error(`Expected ${key} in ${file}.`);
    const { offset, length, shape } = found;
    return {
      shape,
      buffer: bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + length),
    };
  };
  const floats = (key: string): Tensor => {
    const { shape, buffer } = locate(key);
    return { data: new Float32Array(buffer), shape };
  };
  return {
    model: path.join(root, "model"),
    floats,
    ids(key) {
      const { shape, buffer } = locate(key);
      return { data: new BigInt64Array(buffer), shape: [shape[0] ?? 0, shape[1] ?? 1] };
    },
    expectOutput(key, actual) {
      const expected = floats(key);
      const { scale = 0, max_abs_over_scale: tolerance = 0 } = outputs[key] ?? {};
      expect(actual.shape, key).toEqual(expected.shape);
      expect(largestDifference(actual.data, expected.data), key).toBeLessThanOrEqual(tolerance * scale);
    },
  };
}

/** NaN anywhere makes it NaN, which no bound accepts. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
