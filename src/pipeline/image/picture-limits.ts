import { EditError } from "../../errors.ts";
import type { Size } from "./framing.ts";

/** What pictures may be: sides and area in pixels, the file in bytes. */
export const pictureLimits = {
  /** The least that a box and its seam make sense in. */
  shortSide: 32,
  /** Long side over short side. */
  aspect: 8,
  pixels: 50_000_000,
  /** The decoder of AVIF takes 15 bytes a pixel and more, and cannot be given less than the whole picture. */
  avifPixels: 34_000_000,
  /** Of more than 8 bits a sample. */
  deepAvifPixels: 20_000_000,
  /** Of an interlaced PNG of 16 bits a sample, which is decoded as a whole before its first row is there. */
  interlacedPixels: 25_000_000,
  /** A 50 megapixel photo stays far below. */
  bytes: 200_000_000,
  /** Of a JPEG. Progressive ones have ten or so; each costs the decoder as much as the whole picture is large. */
  scans: 100,
} as const;

/** @throws EditError `picture-too-large` for a file that is not worth reading. */
export function requireFileSize(bytes: number): void {
  if (bytes <= pictureLimits.bytes) return;
  const limit = pictureLimits.bytes / 1e6;
  throw new EditError(
    "picture-too-large",
    `Expected a picture file of at most ${limit} MB, got one of ${Math.ceil(bytes / 1e6)} MB.`,
  );
}

/** What a picture's decoder needs memory for. */
export interface DecoderLoad {
  /** Bits a sample of an AVIF, null for other formats. */
  readonly avifBits: number | null;
  /** A PNG of 16 bits a sample whose rows come in seven passes. */
  readonly isDeepInterlaced: boolean;
}

const light: DecoderLoad = { avifBits: null, isDeepInterlaced: false };

/** @throws EditError `picture-too-small`, `picture-too-long`, `picture-too-large`. */
export function requirePictureSize({ width, height }: Size, load: DecoderLoad = light): void {
  const got = `got ${width} x ${height}`;
  const short = Math.min(width, height);
  const long = Math.max(width, height);
  if (short < pictureLimits.shortSide) {
    const expected = `Expected a picture of at least ${pictureLimits.shortSide} pixels on its short side`;
    throw new EditError("picture-too-small", `${expected}, ${got}.`);
  }
  const { kind, pixels } = mostPixels(load);
  if (width * height > pixels) {
    const expected = `Expected ${kind} of at most ${pixels / 1e6} megapixels`;
    // Rounded up, so that the least too much does not read as 50.
    const megapixels = Math.ceil((width * height) / 1e5) / 10;
    throw new EditError("picture-too-large", `${expected}, ${got} (${megapixels.toFixed(1)} megapixels).`);
  }
  if (long > pictureLimits.aspect * short) {
    const expected = `Expected a picture at most ${pictureLimits.aspect} times as long as it is short`;
    throw new EditError("picture-too-long", `${expected}, ${got}.`);
  }
}

function mostPixels({ avifBits, isDeepInterlaced }: DecoderLoad) {
  const { pixels, avifPixels, deepAvifPixels, interlacedPixels } = pictureLimits;
  if (isDeepInterlaced) return { kind: "an interlaced PNG of 16 bits", pixels: interlacedPixels };
  if (avifBits === null) return { kind: "a picture", pixels };
  if (avifBits === 8) return { kind: "an AVIF picture", pixels: avifPixels };
  return { kind: `an AVIF picture of ${avifBits} bits`, pixels: deepAvifPixels };
}
