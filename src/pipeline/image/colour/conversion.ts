import type { Cicp } from "./cicp.ts";
import { areSrgb, type Matrix, matrixToSrgb, type Primaries, primariesOf } from "./primaries.ts";
import {
  linearToSrgb,
  nominalPeak,
  referenceWhite,
  srgbToLinear,
  type Transfer,
  transferOf,
} from "./transfer.ts";

/** What the samples of a picture mean, where they are not 8-bit sRGB. */
export interface Colours {
  /** Null where they are those of sRGB. */
  readonly primaries: Primaries | null;
  /** Null where it is that of sRGB. */
  readonly transfer: Transfer | null;
  /** Codes reach from 0 to the highest; else 16 to 235 of 255 are black to white. */
  readonly isFullRange: boolean;
  /** Colours are multiplied by alpha. */
  readonly isPremultiplied: boolean;
}

/** sRGB, as it is. */
export const srgbColours: Colours = {
  primaries: null,
  transfer: null,
  isFullRange: true,
  isPremultiplied: false,
};

/** The colours that code points name. Null where they are those of sRGB and codes have the full range. */
export function coloursOfCicp({ primaries, transfer, isFullRange }: Cicp): Colours | null {
  return coloursOf({ primaries: primariesOf(primaries), transfer: transferOf(transfer), isFullRange });
}

/** Colours of which something is not as in sRGB; else null. */
export function coloursOf(colours: Partial<Colours>): Colours | null {
  const primaries = colours.primaries && !areSrgb(colours.primaries) ? colours.primaries : null;
  const { transfer = null, isFullRange = true, isPremultiplied = false } = colours;
  const isPlain = primaries === null && transfer === null && isFullRange && !isPremultiplied;
  return isPlain ? null : { primaries, transfer, isFullRange, isPremultiplied };
}

/** Turns the colour in `pixel`, codes of 0 to `highest`, into 8-bit sRGB, in place. */
export type Conversion = (pixel: Pixel) => void;

/** Red, green, blue, alpha. */
export type Pixel = [number, number, number, number];

/** A conversion for samples of 0 to `highest`, 255 to 65,535. Alpha keeps its value. */
export function conversionOf(colours: Colours, highest: number): Conversion {
  const { transfer, isFullRange, isPremultiplied } = colours;
  const matrix = colours.primaries && matrixToSrgb(colours.primaries);
  const codes = Float64Array.from({ length: highest + 1 }, (_, code) => codeOf(code / highest, isFullRange));
  const divide = (pixel: Pixel) => {
    const [, , , alpha] = pixel;
    if (alpha === 0 || alpha >= highest) return;
    for (let channel = 0; channel < 3; channel++) {
      pixel[channel] = Math.min(highest, Math.round(((pixel[channel] as number) * highest) / alpha));
    }
  };
  if (matrix === null && transfer === null) {
    const bytes = Uint8Array.from(codes, (code) => Math.round(255 * code));
    return (pixel) => {
      if (isPremultiplied) divide(pixel);
      for (let channel = 0; channel < 3; channel++)
        pixel[channel] = bytes[pixel[channel] as number] as number;
    };
  }
  const light = codes.map(transfer?.linear ?? srgbToLinear);
  return (pixel) => {
    if (isPremultiplied) divide(pixel);
    let r = light[pixel[0]] as number;
    let g = light[pixel[1]] as number;
    let b = light[pixel[2]] as number;
    if (transfer?.isSceneLight) {
      const gain = displayGain(r, g, b);
      r *= gain;
      g *= gain;
      b *= gain;
    }
    if (matrix) [r, g, b] = product(matrix, r, g, b);
    if (transfer?.isHighDynamicRange) {
      const gain = rollOffGain(Math.max(r, g, b));
      r *= gain;
      g *= gain;
      b *= gain;
    }
    pixel[0] = srgbByte(r);
    pixel[1] = srgbByte(g);
    pixel[2] = srgbByte(b);
  };
}

/** A code of the limited range stretched to the full one. */
function codeOf(code: number, isFullRange: boolean): number {
  return isFullRange ? code : Math.min(1, Math.max(0, (code * 255 - 16) / 219));
}

function product(m: Matrix, r: number, g: number, b: number): [number, number, number] {
  return [m[0] * r + m[1] * g + m[2] * b, m[3] * r + m[4] * g + m[5] * b, m[6] * r + m[7] * g + m[8] * b];
}

/**
 * What a display of 1,000 candela per square metre makes of the scene's light (BT.2100, table 5), in whites of a page.
 * HLG is defined with the luminance of BT.2020's primaries.
 */
function displayGain(r: number, g: number, b: number): number {
  const luminance = 0.2627 * r + 0.678 * g + 0.0593 * b;
  return luminance <= 0 ? 0 : (nominalPeak / referenceWhite) * luminance ** 0.2;
}

/** Light up to here keeps its place; what is brighter, up to the peak, shares what is left below white. */
const knee = 0.8;
const range = (nominalPeak / referenceWhite - knee) / (1 - knee);

/** Tone mapping: how much darker the brightest channel, and so the colour, gets. Its hue stays. */
function rollOffGain(brightest: number): number {
  if (brightest <= knee) return 1;
  const beyond = Math.min((brightest - knee) / (1 - knee), range);
  // Slope 1 where it begins and 1 at the peak (Reinhard's operator with a white point).
  const rolled = (beyond * (1 + beyond / range ** 2)) / (1 + beyond);
  return (knee + (1 - knee) * rolled) / brightest;
}

/** Fine enough that no step of light is more than a twentieth of a level. */
const steps = 65_535;
const bytesOfLight = Uint8Array.from({ length: steps + 1 }, (_, step) =>
  Math.round(255 * linearToSrgb(step / steps)),
);

function srgbByte(light: number): number {
  return bytesOfLight[light <= 0 ? 0 : light >= 1 ? steps : Math.round(light * steps)] as number;
}
