import { EditError } from "../../../errors.ts";

/** The formats that are read. */
export type PictureFormat = "PNG" | "JPEG" | "WebP" | "AVIF";

const readable = "a PNG, JPEG, WebP or AVIF picture";

/**
 * Tells a picture's format from its first bytes; its name and what a sender says about it count for nothing.
 * Only these formats ever reach a decoder. GIF is told too, so that an animation can be named as one.
 * @throws EditError `picture-empty`, `picture-heic`, `picture-animated`, `picture-format-unsupported`,
 * `picture-not-a-picture`.
 */
export function formatOf(bytes: Uint8Array): PictureFormat | "GIF" {
  if (bytes.length === 0) throw new EditError("picture-empty", `Expected ${readable}, got an empty file.`);
  const known = signatures.find(({ matches }) => matches(bytes));
  if (known !== undefined) return known.format;
  const brand = brandOf(bytes);
  if (brand !== null) return formatOfBrands(brand);
  const foreign = foreigners.find(({ matches }) => matches(bytes));
  if (foreign !== undefined) {
    throw new EditError(
      "picture-format-unsupported",
      `Expected ${readable}, got ${foreign.name}. Save it as PNG or JPEG.`,
    );
  }
  throw new EditError(
    "picture-not-a-picture",
    `Expected ${readable}, got ${isText(bytes) ? "text" : "data of no known kind"}.`,
  );
}

type Test = (bytes: Uint8Array) => boolean;

/** True for bytes that hold `text`, one byte a character, at `offset`. */
function starts(text: string, offset = 0): Test {
  return (bytes) => latin1(bytes, offset, offset + text.length) === text;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString("latin1");
}

const signatures: readonly { format: PictureFormat | "GIF"; matches: Test }[] = [
  { format: "PNG", matches: starts("\x89PNG\r\n\x1a\n") },
  { format: "JPEG", matches: starts("\xff\xd8\xff") },
  { format: "WebP", matches: (bytes) => starts("RIFF")(bytes) && starts("WEBP", 8)(bytes) },
  { format: "GIF", matches: (bytes) => starts("GIF87a")(bytes) || starts("GIF89a")(bytes) },
];

/** The brands of an ISO media file (ISO/IEC 14496-12, 4.3), the major one first; null for any other file. */
function brandOf(bytes: Uint8Array): string[] | null {
  if (!starts("ftyp", 4)(bytes)) return null;
  const length = Math.min(Buffer.from(bytes.subarray(0, 4)).readUInt32BE(), 256, bytes.length);
  const compatible = Math.max(0, Math.floor((length - 16) / 4));
  return [8, ...Array.from({ length: compatible }, (_, index) => 16 + 4 * index)].map((offset) =>
    latin1(bytes, offset, offset + 4),
  );
}

const heicBrands = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]);

function formatOfBrands(brands: readonly string[]): PictureFormat {
  if (brands[0] === "avis") throw animated("AVIF");
  if (brands.includes("avif")) return "AVIF";
  if (brands.some((brand) => heicBrands.has(brand))) {
    throw new EditError(
      "picture-heic",
      `Expected ${readable}, got a HEIC photo. Send it as JPEG: on an iPhone choose Settings, Camera, Formats, ` +
        "Most Compatible, or share the photo as a JPEG copy.",
    );
  }
  throw new EditError(
    "picture-format-unsupported",
    `Expected ${readable}, got a video or another media file.`,
  );
}

/** The error for a picture that moves. */
export function animated(format: string): EditError {
  return new EditError(
    "picture-animated",
    `Expected a still picture, got an animated ${format}. Send one frame of it as PNG or JPEG.`,
  );
}

const dibHeaderSizes = new Set([12, 40, 52, 56, 64, 108, 124]);

const foreigners: readonly { name: string; matches: Test }[] = [
  { name: "an SVG drawing", matches: (bytes) => isText(bytes) && /<svg[\s/>]/i.test(opening(bytes)) },
  { name: "a PDF document", matches: (bytes) => opening(bytes).includes("%PDF-") },
  { name: "a TIFF or raw camera picture", matches: startsWithAny("II*\0", "MM\0*", "II+\0", "MM\0+") },
  {
    name: "a BMP picture",
    matches: (bytes) => starts("BM")(bytes) && dibHeaderSizes.has(bytes[14] ?? 0) && bytes[15] === 0,
  },
  { name: "an icon file", matches: startsWithAny("\0\0\x01\0", "\0\0\x02\0") },
  { name: "a JPEG XL picture", matches: startsWithAny("\xff\x0a", "\0\0\0\x0cJXL ") },
  { name: "a JPEG 2000 picture", matches: startsWithAny("\0\0\0\x0cjP  ", "\xff\x4f\xff\x51") },
  { name: "a Photoshop file", matches: starts("8BPS") },
  { name: "a PNM picture", matches: (bytes) => /^P[1-7]\s+[\d#WH]/.test(opening(bytes)) },
  { name: "an OpenEXR picture", matches: starts("\x76\x2f\x31\x01") },
  { name: "a QOI picture", matches: starts("qoif") },
];

function startsWithAny(...texts: readonly string[]): Test {
  return (bytes) => texts.some((text) => starts(text)(bytes));
}

function opening(bytes: Uint8Array): string {
  return latin1(bytes, 0, 1024);
}

/** No control characters besides white space and escape among the first bytes; UTF-16 is known by its mark. */
function isText(bytes: Uint8Array): boolean {
  if (startsWithAny("\xff\xfe", "\xfe\xff")(bytes)) return true;
  return bytes
    .subarray(0, 1024)
    .every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
}
