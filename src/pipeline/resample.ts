import type { Rgb } from "./picture.ts";

/** Antialiasing kernels: triangle, cubic with a = -0.5, and Lanczos with three lobes. */
export type Kernel = "linear" | "cubic" | "lanczos";

/**
 * Resizes a picture to `width` by `height`, antialiased when it shrinks, with the bytes that Pillow's
 * `Image.resize` gives: first along each row, then along each column, both in 22-bit fixed point and rounded to
 * 8 bits. The networks' own preprocessing was Pillow's, so theirs goes through here; where bytes need not agree,
 * `resizeRgb` of image.ts is three times as fast and leaves this thread free.
 */
export function resample(source: Rgb, width: number, height: number, kernel: Kernel): Uint8Array {
  const narrow =
    width === source.width
      ? source.rgb
      : alongRows(source, contributionsOf(source.width, width, kernel), width);
  return height === source.height
    ? Uint8Array.from(narrow)
    : alongColumns(narrow, width * 3, contributionsOf(source.height, height, kernel), height);
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

function alongRows(source: Rgb, contributions: Contributions, width: number): Uint8Array {
  const { starts, counts, weights, stride } = contributions;
  const { rgb, height } = source;
  const output = new Uint8ClampedArray(width * height * 3);
  let to = 0;
  for (let row = 0; row < height; row++) {
    const line = row * source.width * 3;
    for (let column = 0; column < width; column++) {
      let from = line + at(starts, column) * 3;
      let tap = column * stride;
      const end = tap + at(counts, column);
      let red = half;
      let green = half;
      let blue = half;
      for (; tap < end; tap++, from += 3) {
        const weight = at(weights, tap);
        red = (red + Math.imul(at(rgb, from), weight)) | 0;
        green = (green + Math.imul(at(rgb, from + 1), weight)) | 0;
        blue = (blue + Math.imul(at(rgb, from + 2), weight)) | 0;
      }
      output[to++] = red >> precision;
      output[to++] = green >> precision;
      output[to++] = blue >> precision;
    }
  }
  return new Uint8Array(output.buffer);
}

function alongColumns(
  input: Uint8Array,
  lineLength: number,
  contributions: Contributions,
  height: number,
): Uint8Array {
  const { starts, counts, weights, stride } = contributions;
  const output = new Uint8ClampedArray(lineLength * height);
  for (let row = 0; row < height; row++) {
    const first = at(starts, row) * lineLength;
    const firstTap = row * stride;
    const end = firstTap + at(counts, row);
    const to = row * lineLength;
    for (let index = 0; index < lineLength; index++) {
      let sum = half;
      for (let tap = firstTap, from = first + index; tap < end; tap++, from += lineLength) {
        sum = (sum + Math.imul(at(input, from), at(weights, tap))) | 0;
      }
      output[to + index] = sum >> precision;
    }
  }
  return new Uint8Array(output.buffer);
}

/** A typed array's element as the number that it is for every index in range; compiles to the bare load. */
function at(values: Int32Array | Uint8Array, index: number): number {
  return values[index] as number;
}

function contributionsOf(from: number, to: number, kernel: Kernel): Contributions {
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
