import { type Colours, coloursOf, coloursOfCicp } from "../colour/conversion.ts";
import { matrixToSrgb, type Primaries } from "../colour/primaries.ts";
import { gammaTransfer } from "../colour/transfer.ts";
import type { ColourChunks } from "./png.ts";

/** Who says what the colours of a PNG are. */
export interface PngColours {
  /** The ICC profile, if there is one, counts for nothing. */
  readonly ignoresProfile: boolean;
  /** Null where they are sRGB, or where the profile says what they are. */
  readonly colours: Colours | null;
}

/**
 * The colours of a PNG by what stands highest in PNG specification (third edition), 4.3: `cICP`, `iCCP`, `sRGB`, then
 * `cHRM` and `gAMA`. Chunks that name nothing are passed over.
 */
export function pngColours(chunks: ColourChunks): PngColours {
  const { cICP, iCCP, sRGB, cHRM, gAMA } = chunks;
  if (cICP !== undefined && cICP.length === 4) {
    const [primaries, transfer, , range] = cICP as unknown as [number, number, number, number];
    const saysNothing = primaries === unspecified && transfer === unspecified;
    if (!saysNothing) {
      return {
        ignoresProfile: true,
        colours: coloursOfCicp({ primaries, transfer, isFullRange: range !== 0 }),
      };
    }
  }
  if (iCCP !== undefined || sRGB !== undefined) return { ignoresProfile: false, colours: null };
  return {
    ignoresProfile: false,
    colours: coloursOf({ primaries: primariesIn(cHRM), transfer: transferIn(gAMA) }),
  };
}

const unspecified = 2;

/** Eight numbers, in hundred-thousandths: x and y of white, red, green and blue. */
function primariesIn(chunk: Buffer | undefined): Primaries | null {
  if (chunk?.length !== 32) return null;
  const point = (index: number) =>
    [chunk.readInt32BE(index * 8) / 1e5, chunk.readInt32BE(index * 8 + 4) / 1e5] as const;
  const primaries = { white: point(0), red: point(1), green: point(2), blue: point(3) };
  return matrixToSrgb(primaries) === null ? null : primaries;
}

/** How far from 1 / 2.2 a gamma may lie and still stand for the curve of sRGB, as the specification has it written. */
const rounding = 700;

/** The exponent that light was coded with, in hundred-thousandths. */
function transferIn(chunk: Buffer | undefined) {
  const gamma = chunk?.length === 4 ? chunk.readUInt32BE(0) : 0;
  if (gamma === 0 || Math.abs(gamma - 45_455) <= rounding) return null;
  return gammaTransfer(1e5 / gamma);
}
