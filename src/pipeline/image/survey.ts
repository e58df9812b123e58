import { EditError } from "../../errors.ts";
import { type Colours, coloursOf, coloursOfCicp } from "./colour/conversion.ts";
import { readAvif } from "./formats/avif.ts";
import { Damage } from "./formats/boxes.ts";
import { animated, formatOf, type PictureFormat, unsupported } from "./formats/format.ts";
import { isAnimatedGif, isAnimatedWebp } from "./formats/frames.ts";
import { readJpegMarkers } from "./formats/jpeg.ts";
import { readPngChunks, withOrientationFirst } from "./formats/png.ts";
import { pngColours } from "./formats/png-colours.ts";
import { pictureLimits } from "./picture-limits.ts";

/** What a picture's file says that its decoder passes over. */
export interface Survey {
  readonly format: PictureFormat;
  /** The file, with what the decoder would not find or would stumble over put right. */
  readonly bytes: Uint8Array;
  /** What has to become sRGB after decoding; null where the decoder does it, or nothing has to. */
  readonly colours: Colours | null;
  /** The ICC profile counts for nothing. */
  readonly ignoresProfile: boolean;
  /** Bits a sample of an AVIF's colours; else null. */
  readonly bits: 8 | 10 | 12 | null;
  /** How a picture is turned that the decoder does not turn; null where it does. */
  readonly orientation: number | null;
  /** Files of which each has to be a whole picture, or this one is none. */
  parts(): Iterable<Uint8Array>;
}

const nothing = {
  colours: null,
  ignoresProfile: false,
  bits: null,
  orientation: null,
  parts: () => [],
} as const;

/**
 * Tells what a file is and whether it can be a still, whole picture, before anything is decoded.
 * @throws EditError `picture-*`
 */
export function survey(bytes: Uint8Array): Survey {
  const format = formatOf(bytes);
  switch (format) {
    case "PNG":
      return surveyPng(bytes);
    case "JPEG":
      return surveyJpeg(bytes);
    case "AVIF":
      return surveyAvif(bytes);
    case "WebP":
      if (isAnimatedWebp(bytes)) throw animated(format);
      return { ...nothing, format, bytes };
    case "GIF":
      throw isAnimatedGif(bytes) ? animated(format) : unsupported("a GIF");
  }
}

function surveyPng(bytes: Uint8Array): Survey {
  const { frames, damage, colours, hasLateOrientation } = readPngChunks(bytes);
  if (frames > 1) throw animated("PNG");
  if (damage !== null) throw corrupt("PNG", damage);
  const upright = hasLateOrientation ? withOrientationFirst(bytes) : bytes;
  return { ...nothing, format: "PNG", bytes: upright, ...pngColours(colours) };
}

function surveyJpeg(bytes: Uint8Array): Survey {
  const markers = readJpegMarkers(bytes);
  if (markers.scans > pictureLimits.scans) {
    throw new EditError(
      "picture-too-many-scans",
      `Expected a JPEG of at most ${pictureLimits.scans} scans, got one of ${markers.scans} or more. Save it anew.`,
    );
  }
  return { ...nothing, format: "JPEG", bytes: markers.bytes };
}

function surveyAvif(bytes: Uint8Array): Survey {
  try {
    const { apart, bits, cicp, isMonochrome, isPremultiplied, profile, tiles } = readAvif(bytes);
    // libheif stretches limited ranges, but not where there is luma alone.
    const isFullRange = cicp.isFullRange || !isMonochrome;
    const space = profile === null ? coloursOfCicp({ ...cicp, isFullRange: true }) : null;
    const colours = coloursOf({ ...space, isFullRange, isPremultiplied });
    const { orientation, ...file } = apart ?? { bytes, orientation: null };
    return { ...nothing, ...file, format: "AVIF", colours, bits, orientation, parts: tiles };
  } catch (cause) {
    throw cause instanceof Damage ? corrupt("AVIF", cause.message) : cause;
  }
}

/** The error for a picture that is not whole. @param what follows "one where". */
export function corrupt(format: PictureFormat, what: string, cause?: unknown): EditError {
  return new EditError(
    "picture-corrupt",
    `Expected a whole, undamaged ${format} picture, got one where ${what}.`,
    { cause },
  );
}
