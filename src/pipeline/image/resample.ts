import type { Box } from "../../types.ts";
import type { Rgb } from "./picture.ts";

/** Antialiasing kernels: triangle, cubic with a = -0.5, and Lanczos with three lobes. */
export type Kernel = "linear" | "cubic" | "lanczos";

/**
 * Resizes a picture to `width` by `height`, antialiased when it shrinks, with the bytes that Pillow's
 * `Image.resize` gives: first along each row, then along each column, both in 22-bit fixed point and rounded to
 * 8 bits. The networks' own preprocessing was Pillow's, so theirs goes through here; where bytes need not agree,
 * `resizeRgb` of image.ts leaves this thread free.
 */
export function resample(source: Rgb, width: number, height: number, kernel: Kernel): Uint8Array {
  return createResampler(source, width, height, kernel).whole;
}

/** One picture at another size, and copies of it that were changed inside a box. */
export interface Resampler {
  /** As `resample` gives it; `width * height * 3` bytes. */
  readonly whole: Uint8Array;
  /**
   * The bytes of `resample` for a copy of the picture that differs from it inside `box` alone, in less time, and where
   * they can differ from `whole`. The next call writes over them.
   */
  ofCopy(copy: Rgb, box: Box): { readonly rgb: Uint8Array; readonly changed: Box };
}

/** Keeps the picture half resized, so that only what a changed box touches is computed anew; bytes as of `resample`. */
export function createResampler(source: Rgb, width: number, height: number, kernel: Kernel): Resampler {
  const columns = contributionsOf(source.width, width, kernel);
  const rows = contributionsOf(source.height, height, kernel);
  const narrow = new Uint8ClampedArray(width * source.height * 3);
  alongRows(source, columns, narrow, { left: 0, top: 0, width, height: source.height });
  const whole = new Uint8ClampedArray(width * height * 3);
  alongColumns(narrow, rows, whole, { left: 0, top: 0, width, height }, width);
  let retouched: { readonly narrow: Uint8ClampedArray; readonly whole: Uint8ClampedArray } | null = null;
  return {
    whole: bytesOf(whole),
    ofCopy(copy, box) {
      const across = touchedBy(box.left, box.width, columns);
      const down = touchedBy(box.top, box.height, rows);
      const changed = { left: across.start, top: down.start, width: across.length, height: down.length };
      retouched ??= { narrow: narrow.slice(), whole: whole.slice() };
      retouched.narrow.set(narrow);
      alongRows(copy, columns, retouched.narrow, { ...changed, top: box.top, height: box.height });
      retouched.whole.set(whole);
      alongColumns(retouched.narrow, rows, retouched.whole, changed, width);
      return { rgb: bytesOf(retouched.whole), changed };
    },
  };
}

/** Which source samples make up each output sample, and with what fixed-point weight. */
interface Contributions {
  /** First source sample, by output sample. */
  readonly starts: Int32Array;
  /** Number of source samples, by output sample. */
  readonly counts: Int32Array;
  /** `[output sample][stride]`. */
  readonly weights: Int32Array;
  readonly stride: number;
}

const precision = 22;
const half = 1 << (precision - 1);

/** Writes the part `area` of rows that are resampled to `columns`; the output has as many rows as the source. */
function alongRows(source: Rgb, columns: Contributions, output: Uint8ClampedArray, area: Box): void {
  const { starts, counts, weights, stride } = columns;
  const { rgb } = source;
  const [inputLine, outputLine] = [source.width * 3, starts.length * 3];
  const firstRow = area.top * inputLine;
  const lastRow = firstRow + area.height * inputLine;
  for (let column = area.left; column < area.left + area.width; column++) {
    const start = (starts[column] as number) * 3;
    const firstTap = column * stride;
    const end = firstTap + (counts[column] as number);
    let to = area.top * outputLine + column * 3;
    for (let row = firstRow; row < lastRow; row += inputLine, to += outputLine) {
      let [red, green, blue] = [half, half, half];
      for (let tap = firstTap, from = row + start; tap < end; tap++, from += 3) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(rgb[from] as number, weight)) | 0;
        green = (green + Math.imul(rgb[from + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(rgb[from + 2] as number, weight)) | 0;
      }
      output[to] = red >> precision;
      output[to + 1] = green >> precision;
      output[to + 2] = blue >> precision;
    }
  }
}

/** Writes the part `area` of columns that are resampled to `rows`; a line is `width` pixels in both. */
function alongColumns(
  input: Uint8ClampedArray,
  rows: Contributions,
  output: Uint8ClampedArray,
  area: Box,
  width: number,
): void {
  const { starts, counts, weights, stride } = rows;
  const line = width * 3;
  const length = area.width * 3;
  const sums = new Int32Array(length);
  for (let row = area.top; row < area.top + area.height; row++) {
    sums.fill(half);
    const end = row * stride + (counts[row] as number);
    let from = (starts[row] as number) * line + area.left * 3;
    let tap = row * stride;
    // Four lines at a time: the sums are then loaded and stored a quarter as often.
    for (; tap + 3 < end; tap += 4, from += 4 * line) {
      const [w0, w1] = [weights[tap] as number, weights[tap + 1] as number];
      const [w2, w3] = [weights[tap + 2] as number, weights[tap + 3] as number];
      const [second, third, fourth] = [from + line, from + 2 * line, from + 3 * line];
      for (let index = 0; index < length; index++) {
        sums[index] =
          (sums[index] as number) +
          Math.imul(input[from + index] as number, w0) +
          Math.imul(input[second + index] as number, w1) +
          Math.imul(input[third + index] as number, w2) +
          Math.imul(input[fourth + index] as number, w3);
      }
    }
    for (; tap < end; tap++, from += line) {
      const weight = weights[tap] as number;
      for (let index = 0; index < length; index++) {
        sums[index] = (sums[index] as number) + Math.imul(input[from + index] as number, weight);
      }
    }
    const to = row * line + area.left * 3;
    for (let index = 0; index < length; index++) output[to + index] = (sums[index] as number) >> precision;
  }
}

/** The same memory; a clamped array is for writing. */
function bytesOf(clamped: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(clamped.buffer, clamped.byteOffset, clamped.length);
}

/** The output samples that a stretch of source samples has a part in. */
function touchedBy(start: number, length: number, { starts, counts }: Contributions) {
  const isBefore = (output: number) => (starts[output] as number) + (counts[output] as number) <= start;
  const isAfter = (output: number) => (starts[output] as number) >= start + length;
  let first = 0;
  let end = starts.length;
  while (first < end - 1 && isBefore(first)) first++;
  while (end > first + 1 && isAfter(end - 1)) end--;
  return { start: first, length: end - first };
}

/** Each sample is its own: what any of the kernels comes to, in less time. */
function sameLength(length: number): Contributions {
  return {
    starts: Int32Array.from({ length }, (_, output) => output),
    counts: new Int32Array(length).fill(1),
    weights: new Int32Array(length).fill(1 << precision),
    stride: 1,
  };
}

function contributionsOf(from: number, to: number, kernel: Kernel): Contributions {
  if (from === to) return sameLength(from);
  const { reach, weigh } = kernels[kernel];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = reach * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  for (let output = 0; output < to; output++) {
    const centre = (output + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    const exact = Array.from({ length: count }, (_, tap) => weigh((start + tap - centre + 0.5) / stretch));
    const total = exact.reduce((sum, weight) => sum + weight, 0);
    starts[output] = start;
    counts[output] = count;
    for (const [tap, weight] of exact.entries()) {
      weights[output * stride + tap] = Math.round((weight / total) * (1 << precision));
    }
  }
  return { starts, counts, weights, stride };
}

const kernels: Record<Kernel, { readonly reach: number; readonly weigh: (distance: number) => number }> = {
  linear: { reach: 1, weigh: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  cubic: { reach: 2, weigh: cubic },
  lanczos: { reach: 3, weigh: (distance) => sinc(distance) * sinc(distance / 3) },
};

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  if (Math.abs(x) >= 3) return 0;
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
