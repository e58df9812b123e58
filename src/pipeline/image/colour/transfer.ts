/**
 * How codes become light. `linear` takes a code from 0 to 1 to linear light, where 1 is the white of a page; PQ and HLG
 * go beyond it.
 */
export interface Transfer {
  readonly linear: (code: number) => number;
  /** Brighter than white is part of it: light is rolled off into what sRGB can show. */
  readonly isHighDynamicRange: boolean;
  /** Light is the scene's (HLG): what a display would make of it hangs on its luminance. */
  readonly isSceneLight: boolean;
}

/** From a code of sRGB to linear light (IEC 61966-2-1). */
export function srgbToLinear(code: number): number {
  return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
}

/** From linear light, 0 to 1, to a code of sRGB. */
export function linearToSrgb(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** Codes are light to a power: 1 is linear, 2.2 what old screens did. */
export function gammaTransfer(exponent: number): Transfer {
  return curve((code) => code ** exponent);
}

function curve(linear: (code: number) => number): Transfer {
  return { linear, isHighDynamicRange: false, isSceneLight: false };
}

/**
 * The light of white on a page, in candela per square metre, by which HDR pictures are made to match others (ITU-R
 * BT.2408, 2.1).
 */
export const referenceWhite = 203;

/** What HLG is shown at where nothing else is said (ITU-R BT.2100, table 5), in candela per square metre. */
export const nominalPeak = 1000;

/** SMPTE ST 2084, as ITU-R BT.2100, table 4 has it: the light of a display, 0 to 10,000 candela per square metre. */
export function pqToNits(code: number): number {
  const m1 = 2610 / 16_384;
  const m2 = (2523 / 4096) * 128;
  const c1 = 3424 / 4096;
  const c2 = (2413 / 4096) * 32;
  const c3 = (2392 / 4096) * 32;
  const root = code ** (1 / m2);
  return 10_000 * (Math.max(0, root - c1) / (c2 - c3 * root)) ** (1 / m1);
}

/** ITU-R BT.2100, table 5: from a code of HLG to the light of the scene, 0 to 1. */
export function hlgToScene(code: number): number {
  const a = 0.17883277;
  const b = 1 - 4 * a;
  const c = 0.5 - a * Math.log(4 * a);
  return code <= 0.5 ? (code * code) / 3 : (Math.exp((code - c) / a) + b) / 12;
}

const pq: Transfer = {
  linear: (code) => pqToNits(code) / referenceWhite,
  isHighDynamicRange: true,
  isSceneLight: false,
};

const hlg: Transfer = { linear: hlgToScene, isHighDynamicRange: true, isSceneLight: true };

/** SMPTE ST 240 (H.273, table 3, code 7), backwards. */
function st240(code: number): number {
  return code < 4 * 0.0228 ? code / 4 : ((code + 0.1115) / 1.1115) ** (1 / 0.45);
}

/**
 * H.273, table 3: what has a curve of its own. What is missing is taken for sRGB: 13 is, 2 says nothing, and 1, 6, 11,
 * 12, 14 and 15 say how cameras of television code light, which no screen and no browser undoes.
 */
const coded: Readonly<Record<number, Transfer>> = {
  4: gammaTransfer(2.2),
  5: gammaTransfer(2.8),
  7: curve(st240),
  8: gammaTransfer(1),
  // Logarithms over two decades and two and a half.
  9: curve((code) => (code <= 0 ? 0 : 10 ** (2 * (code - 1)))),
  10: curve((code) => (code <= 0 ? 0 : 10 ** (2.5 * (code - 1)))),
  16: pq,
  // SMPTE ST 428-1: 48 candela per square metre are white.
  17: curve((code) => (52.37 / 48) * code ** 2.6),
  18: hlg,
};

/** The transfer characteristics of a code of H.273; null where they are those of sRGB. */
export function transferOf(code: number): Transfer | null {
  return coded[code] ?? null;
}
