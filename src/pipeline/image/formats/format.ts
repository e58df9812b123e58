import { EditError } from "../../../errors.ts";
import { foreignPictureName, isText, latin1, starts, type Test } from "./foreign.ts";

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
  const foreign = foreignPictureName(bytes);
  if (foreign !== null) throw unsupported(foreign);
  throw new EditError(
    "picture-not-a-picture",
    `Expected ${readable}, got ${isText(bytes) ? "text" : "data of no known kind"}.`,
  );
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

/** The error for a picture of a format that is not read. @param name With its article. */
export function unsupported(name: string): EditError {
  return new EditError(
    "picture-format-unsupported",
    `Expected ${readable}, got ${name}. Save it as PNG or JPEG.`,
  );
}

/** The error for a picture that moves. */
export function animated(format: string): EditError {
  return new EditError(
    "picture-animated",
    `Expected a still picture, got an animated ${format}. Send one frame of it as PNG or JPEG.`,
  );
}
