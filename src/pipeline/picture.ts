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
