import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";

/** Opaque pixels: `rgb` holds `width * height * 3` bytes, row-major. Pictures and frames are such pixels too. */
export interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
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
  const data = new Uint8Array(alpha.length * 4);
  for (let pixel = 0, from = 0, to = 0; pixel < alpha.length; pixel++) {
    data[to++] = rgb[from++] as number;
    data[to++] = rgb[from++] as number;
    data[to++] = rgb[from++] as number;
    data[to++] = alpha[pixel] as number;
  }
  return data;
}

/** The planes of row-major bytes of 3 (RGB) or 4 (RGBA) interleaved channels. */
export function planesOf(data: Uint8Array, channels: number): Pick<Picture, "rgb" | "alpha"> {
  if (channels === 3) return { rgb: data, alpha: null };
  if (channels !== 4) throw new EditError("internal", `Expected 3 or 4 channels, got ${channels}.`);
  const pixels = data.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  const alpha = new Uint8Array(pixels);
  for (let pixel = 0, from = 0, to = 0; pixel < pixels; pixel++) {
    rgb[to++] = data[from++] as number;
    rgb[to++] = data[from++] as number;
    rgb[to++] = data[from++] as number;
    alpha[pixel] = data[from++] as number;
  }
  return { rgb, alpha };
}
