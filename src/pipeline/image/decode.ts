import { EditError } from "../../errors.ts";
import { type Colours, type Conversion, conversionOf, type Pixel, srgbColours } from "./colour/conversion.ts";
import { withoutStrayBytes } from "./formats/jpeg.ts";
import { withProfile } from "./formats/png.ts";
import type { Size } from "./framing.ts";
import { type Placement, placementOf } from "./orientation.ts";
import { type Picture, planesOf } from "./picture.ts";
import { pictureLimits, requirePictureSize } from "./picture-limits.ts";
import { type Metadata, type Sharp, sharp } from "./sharp.ts";
import { corrupt, type Survey, survey } from "./survey.ts";

/** A picture that is worth decoding: its file has passed every check but that its pixels are whole. */
export interface Surveyed extends Survey {
  readonly header: Metadata;
}

/**
 * The checks before a picture is decoded: its format, that it is still and whole, its size.
 * @throws EditError `picture-*`
 */
export async function inspectPicture(bytes: Uint8Array): Promise<Surveyed> {
  const surveyed = survey(bytes);
  const header = await sharp(surveyed.bytes, lenient)
    .metadata()
    .catch((cause: unknown) => {
      throw corrupt(surveyed.format, "its header cannot be read", cause);
    });
  const isDeepInterlaced = surveyed.format === "PNG" && header.isProgressive && header.depth === "ushort";
  requirePictureSize(header, { avifBits: surveyed.bits, isDeepInterlaced });
  return { ...surveyed, header };
}

/** A header is read whatever else is wrong, and says how large the picture claims to be. */
const lenient = { limitInputPixels: false, failOn: "none" } as const;

/**
 * Decodes a picture to upright 8-bit sRGB.
 * @throws EditError `picture-corrupt`
 */
export async function decodeSurveyed(picture: Surveyed): Promise<Picture> {
  try {
    for (const part of picture.parts()) await sharp(part, strict).resize(1, 1).raw().toBuffer();
    return await decodeWhole(picture, { left: mostRepairs });
  } catch (cause) {
    if (cause instanceof EditError) throw cause;
    throw corrupt(picture.format, "the pixels break off or are damaged", cause);
  }
}

/** A picture that the decoder warns of is damaged. */
const strict = { limitInputPixels: pictureLimits.pixels, failOn: "warning" } as const;

/** How often bytes that mean nothing are taken out of a JPEG, each time after it was decoded in vain. */
const mostRepairs = 6;

async function decodeWhole(picture: Surveyed, repairs: { left: number }): Promise<Picture> {
  try {
    return await decodePixels(picture, "warning");
  } catch (warning) {
    // Every checksum of a PNG holds, so its pixels are not what libpng warns of; what breaks them is an error to it.
    if (picture.format === "PNG" && !pixelWarning.test(String(warning)))
      return decodePixels(picture, "error");
    for (const bytes of picture.format === "JPEG" ? withoutStrayBytes(picture.bytes, String(warning)) : []) {
      if (repairs.left-- <= 0) break;
      const repaired = await decodeWhole({ ...picture, bytes }, repairs).catch(() => null);
      if (repaired !== null) return repaired;
    }
    throw warning;
  }
}

/** The pixels come out, but are not those that went in. */
const pixelWarning = /incorrect data check/;

function decodePixels(picture: Surveyed, failOn: "warning" | "error"): Promise<Picture> {
  const { colours, orientation } = picture;
  if (colours === null && orientation === null) return decodeAsIs(picture, failOn);
  return decodeConverted(picture, colours ?? srgbColours, failOn);
}

/** Colours that the decoder turns into sRGB, or that are. */
async function decodeAsIs(picture: Surveyed, failOn: "warning" | "error"): Promise<Picture> {
  const { bytes, header, ignoresProfile } = picture;
  const greys = await greysOf(picture);
  const options = { ...strict, failOn, autoOrient: true, ignoreIcc: ignoresProfile || greys !== null };
  const { data, info } = await narrowed(sharp(bytes, options), header)
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { rgb, alpha } = planesOf(plain(data), info.channels);
  if (greys !== null)
    for (let at = 0; at < rgb.length; at++) rgb[at] = greys[(rgb[at] as number) * 3 + (at % 3)] as number;
  return { width: info.width, height: info.height, rgb, alpha };
}

/**
 * 16-bit samples become 8-bit ones first of all: sharp would take tagged ones to Display P3 and leave them there, take
 * no notice of the profile of grey ones, and hold a turned picture at 16 bits.
 */
function narrowed(image: Sharp, { depth }: Metadata): Sharp {
  return depth === "uchar" ? image : image.pipelineColourspace("srgb");
}

/**
 * What the decoder makes of the 256 greys of a grey profile, where it takes no notice of it because it makes three
 * channels of the picture; else null.
 */
async function greysOf({ header, ignoresProfile }: Surveyed): Promise<Uint8Array | null> {
  const { icc, channels, depth } = header;
  if (ignoresProfile || icc === undefined || (channels < 3 && depth === "uchar")) return null;
  if (icc.toString("latin1", 16, 20) !== "GRAY") return null;
  const levels = Uint8Array.from({ length: 256 }, (_, level) => level);
  const png = await sharp(levels, { raw: { width: 256, height: 1, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  return plain(await sharp(withProfile(png, icc)).toColourspace("srgb").raw().toBuffer());
}

/** Pixels of a PNG that are held at 16 bits at a time. */
const stripePixels = 8_000_000;

/** Colours that are turned into sRGB here, at all the bits that they have, and put upright on the way. */
async function decodeConverted(
  { bytes, header, format, bits, ignoresProfile, orientation }: Surveyed,
  colours: Colours,
  failOn: "warning" | "error",
): Promise<Picture> {
  const { width, height } = header;
  const isProfileApplied = header.hasProfile && !ignoresProfile;
  const isDeep = header.depth !== "uchar" && !isProfileApplied;
  // libvips shifts 10 and 12 bits up to 16.
  const highest = !isDeep ? 255 : bits === null ? 65_535 : (2 ** bits - 1) * 2 ** (16 - bits);
  const convert = conversionOf(colours, highest);
  const placement = placementOf(header, orientation ?? header.orientation ?? 1);
  const pixels = width * height;
  const rgb = new Uint8Array(pixels * 3);
  const alpha = header.hasAlpha ? new Uint8Array(pixels) : null;
  const rows = format === "PNG" ? Math.ceil(stripePixels / width) : height;
  for (let top = 0; top < height; top += rows) {
    const stripe = { left: 0, top, width, height: Math.min(rows, height - top) };
    const image = sharp(bytes, { ...strict, failOn, ignoreIcc: ignoresProfile });
    const wide = isDeep ? image.toColourspace("rgb16") : narrowed(image, header).toColourspace("srgb");
    const data = await (stripe.height === height ? wide : wide.extract(stripe))
      .raw({ depth: isDeep ? "ushort" : "uchar" })
      .toBuffer();
    const samples = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
    convertStripe(samples, stripe, { rgb, alpha }, placement, convert, highest);
  }
  return { width: placement.width, height: placement.height, rgb, alpha };
}

function convertStripe(
  samples: Uint8Array | Uint16Array,
  { top, width, height }: Stripe,
  { rgb, alpha }: Pick<Picture, "rgb" | "alpha">,
  { first, right, down }: Placement,
  convert: Conversion,
  highest: number,
): void {
  const pixel: Pixel = [0, 0, 0, highest];
  const channels = alpha === null ? 3 : 4;
  for (let row = 0, from = 0; row < height; row++) {
    let to = first + (top + row) * down;
    for (let column = 0; column < width; column++, from += channels, to += right) {
      pixel[0] = samples[from] as number;
      pixel[1] = samples[from + 1] as number;
      pixel[2] = samples[from + 2] as number;
      if (alpha !== null) pixel[3] = samples[from + 3] as number;
      convert(pixel);
      rgb[to * 3] = pixel[0];
      rgb[to * 3 + 1] = pixel[1];
      rgb[to * 3 + 2] = pixel[2];
      if (alpha !== null) alpha[to] = highest === 255 ? pixel[3] : pixel[3] >> 8;
    }
  }
}

interface Stripe extends Size {
  readonly top: number;
}

/** The same memory without Buffer's own methods. */
export function plain(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
