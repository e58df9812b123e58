import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, expect } from "vitest";
import { EditError, type ErrorCode } from "../../../src/errors.ts";
import type { Picture, Rgb } from "../../../src/pipeline/image/picture.ts";
import { resultXmp } from "../../../src/pipeline/image/xmp.ts";
import type { ResultMarks } from "../../../src/types.ts";

/** Of a result that was made from a picture of which nothing is known. */
export const plainMarks: ResultMarks = {
  digitalSourceType: "compositeWithTrainedAlgorithmicMedia",
  input: { digitalSourceType: null, manifest: null },
};
export const plainImprint = { xmp: resultXmp(plainMarks), seal: null };

/** A folder that is gone after the test file, and a way to put files in it. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-pictures-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    path: (name: string) => join(folder, name),
    put: (name: string, bytes: Uint8Array | string) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    },
  };
}

/** Numbers 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomWhole(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function noise(length: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const values = new Uint8Array(length);
  for (let at = 0; at < length; at++) values[at] = random() * 256;
  return values;
}

export function noisyPicture(width: number, height: number, seed: number, alpha = false): Picture {
  return {
    width,
    height,
    rgb: noise(width * height * 3, seed),
    alpha: alpha ? noise(width * height, seed + 1) : null,
  };
}

/** A smooth picture that every lossy codec keeps within a few levels. */
export function gradient(width: number, height: number): Rgb {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.set([40 + (160 * x) / width, 50 + (150 * y) / height, 120 + (60 * x) / width], (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

/** A picture of one colour. */
export function flatRgb(width: number, height: number, colour: readonly [number, number, number]): Rgb {
  const rgb = new Uint8Array(width * height * 3);
  rgb.set(colour);
  for (let filled = 3; filled < rgb.length; filled *= 2) rgb.copyWithin(filled, 0, filled);
  return { width, height, rgb };
}

/** sharp on raw samples. */
export function raw(data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(data, { raw: { width, height, channels } });
}

export function rawRgb({ rgb, width, height }: Rgb) {
  return raw(rgb, width, height, 3);
}

export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? Number.NaN))),
    0,
  );
}

/** What a promise fails with; the test fails where it does not, or with anything but this code in one line. */
export async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<EditError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EditError);
  const refused = error as EditError;
  expect({ code: refused.code, message: refused.message }).toEqual({
    code,
    message: expect.stringMatching(/^Expected [^\n]+, got [^\n]+\.$/),
  });
  return refused;
}

export function pngChunk(type: string, data: Uint8Array | readonly number[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), Uint8Array.from(data)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export const pngSignature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** The chunks of a PNG, in order. */
export function pngChunks(png: Uint8Array): { type: string; data: Buffer }[] {
  const bytes = Buffer.from(png);
  const chunks = [];
  for (let offset = 8; offset < bytes.length; ) {
    const length = bytes.readUInt32BE(offset);
    const type = bytes.toString("latin1", offset + 4, offset + 8);
    chunks.push({ type, data: bytes.subarray(offset + 8, offset + 8 + length) });
    offset += 12 + length;
  }
  return chunks;
}

export function pngOf(chunks: readonly { type: string; data: Uint8Array | readonly number[] }[]): Buffer {
  return Buffer.concat([pngSignature, ...chunks.map(({ type, data }) => pngChunk(type, data))]);
}

/** The header chunk of an 8-bit RGB PNG that claims a size. */
export function pngHeader(width: number, height: number) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, 0], 8);
  return { type: "IHDR", data };
}
