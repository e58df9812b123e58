import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";

/** Opaque pixels: `rgb` holds `width * height * 3` bytes, row-major. Pictures and frames are such pixels too. */
export interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A mask over a whole picture, of its own size: one number for each cell of a grid, row-major, from 0 (kept) to 1 (edited). */
export interface GridMask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * The reference every edit starts from: upright, 8-bit sRGB, row-major.
 * `rgb` holds `width * height * 3` bytes; `alpha` holds `width * height` bytes, or is null where the input is opaque.
 */
export interface Picture extends Rgb {
  readonly alpha: Uint8Array | null;
}

/** A copy of a picture that differs from it inside a box alone. */
export interface Retouched extends Picture {
  readonly original: Picture;
  readonly box: Box;
}

/** A picture's bytes, row-major: RGB, or RGBA interleaved where there is alpha. */
export function interleaved({ rgb, alpha }: Picture): Uint8Array {
  if (alpha === null) return rgb;
  return interleavedPart(rgb, alpha, 0, alpha.length);
}

/** Pixels that are interleaved at a time, so that a large picture is not held twice. */
const partPixels = 1 << 20;

/** The bytes of `interleaved`, in pieces. */
export function* interleavedParts({ rgb, alpha }: Picture): Generator<Uint8Array> {
  if (alpha === null) return yield rgb;
  for (let start = 0; start < alpha.length; start += partPixels) {
    yield interleavedPart(rgb, alpha, start, Math.min(alpha.length, start + partPixels));
  }
}

function interleavedPart(rgb: Uint8Array, alpha: Uint8Array, start: number, end: number): Uint8Array {
  const data = new Uint8Array((end - start) * 4);
  for (let pixel = start, from = start * 3, to = 0; pixel < end; pixel++) {
    data[to++] = rgb[from++] as number;
    data[to++] = rgb[from++] as number;
    data[to++] = rgb[from++] as number;
    data[to++] = alpha[pixel] as number;
  }
  return data;
}

/**
 * The planes of row-major bytes of 3 (RGB) or 4 (RGBA) interleaved channels. The colours move together in the memory
 * that they are given in, so that a large picture is not held twice.
 */
export function planesOf(data: Uint8Array, channels: number): Pick<Picture, "rgb" | "alpha"> {
  if (channels === 3) return { rgb: data, alpha: null };
  if (channels !== 4) throw new EditError("internal", `Expected 3 or 4 channels, got ${channels}.`);
  const pixels = data.length / 4;
  const alpha = new Uint8Array(pixels);
  for (let pixel = 0, from = 0, to = 0; pixel < pixels; pixel++) {
    data[to++] = data[from++] as number;
    data[to++] = data[from++] as number;
    data[to++] = data[from++] as number;
    alpha[pixel] = data[from++] as number;
  }
  return { rgb: data.subarray(0, pixels * 3), alpha };
}
