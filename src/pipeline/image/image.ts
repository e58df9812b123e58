import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { Box } from "../../types.ts";
import { dimOutside, dimUnchanged } from "./changed-cells.ts";
import { decodeSurveyed, inspectPicture, plain, type Surveyed } from "./decode.ts";
import type { PictureFormat } from "./formats/format.ts";
import { withXmpAlone } from "./formats/png.ts";
import type { Size } from "./framing.ts";
import { marksExtent, marksSvg, numberDrawing, type OverlayMarks } from "./overlay.ts";
import { interleaved, interleavedParts, type Picture, type Rgb } from "./picture.ts";
import { pictureLimits, requireFileSize } from "./picture-limits.ts";
import type { Kernel } from "./resample.ts";
import { sharp } from "./sharp.ts";
import { writeOutput } from "./write-file.ts";

/**
 * Reads a picture as the reference that an edit starts from. Its contents alone say what it is. The size is read
 * from the header and checked before anything is decoded. EXIF orientation is applied; a tagged colour profile,
 * CMYK, 16-bit and grey samples become 8-bit sRGB once, and untagged 8-bit RGB is left as it is. Alpha is copied
 * and never multiplied into the colours. All metadata stays behind.
 * @throws EditError `picture-*`; `cancelled`.
 */
export async function readPicture(
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Picture> {
  const picture = await decodeSurveyed(await open(path, options.signal));
  throwIfCancelled(options.signal);
  return picture;
}

/** A picture's file as it lies on the disk, and the size that its picture has upright. */
export interface EncodedPicture extends Size {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
  /** Its XMP packet, as it stands in the file. */
  readonly xmp: Uint8Array | undefined;
}

/**
 * Reads a picture's file with the checks of `readPicture`, except that nothing is decoded.
 * @throws EditError `picture-*`; `cancelled`.
 */
export async function readEncodedPicture(
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<EncodedPicture> {
  const { bytes, format, header } = await open(path, options.signal);
  const { width, height } = header.autoOrient;
  return { bytes, format, width, height, xmp: header.xmp };
}

async function open(path: string, signal: AbortSignal | undefined): Promise<Surveyed> {
  throwIfCancelled(signal);
  const bytes = await readBytes(path);
  throwIfCancelled(signal);
  return inspectPicture(bytes);
}

/**
 * Decodes a picture that is in memory, with the checks of `readPicture`.
 * @throws EditError `picture-*`
 */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  return decodeSurveyed(await inspectPicture(bytes));
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) {
      throw new EditError("picture-is-a-directory", `Expected a picture file, got the folder ${path}.`);
    }
    if (!stats.isFile()) {
      throw new EditError("picture-unreadable", `Expected a picture file, got a pipe or device: ${path}.`);
    }
    requireFileSize(stats.size);
    // Files of the system say that they are empty, and reading one may wait forever.
    return stats.size === 0 ? new Uint8Array() : await readFile(path);
  } catch (cause) {
    throw cause instanceof EditError ? cause : readError(path, cause);
  }
}

function readError(path: string, cause: unknown): EditError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return reason === "ENOENT" || reason === "ENOTDIR"
    ? new EditError("picture-not-found", `Expected a picture at ${path}, got no such file.`, { cause })
    : new EditError("picture-unreadable", `Expected to read the picture ${path}, got ${reason}.`, { cause });
}

/** The sha256 of a picture's bytes, row-major: RGB, or RGBA interleaved where there is alpha. Lower-case hex. */
export function sha256OfPicture(picture: Picture): string {
  const hash = createHash("sha256");
  for (const part of interleavedParts(picture)) hash.update(part);
  return hash.digest("hex");
}

/**
 * The picture, or the part of it inside `crop`, at another size, antialiased; `width * height * 3` bytes,
 * row-major. Runs off this thread. Its bytes may differ by a level or two from those of `resample`.
 */
export async function resizeRgb(
  source: Rgb,
  crop: Box | null,
  width: number,
  height: number,
  kernel: Kernel,
): Promise<Uint8Array> {
  const whole = sharp(source.rgb, { raw: { width: source.width, height: source.height, channels: 3 } });
  const part = crop === null ? whole : whole.extract(crop);
  const data = await part
    .resize({ width, height, fit: "fill", kernel: kernel === "lanczos" ? "lanczos3" : kernel })
    .raw()
    .toBuffer();
  return plain(data);
}

/** What goes into a result's file beside its pixels. */
export interface Imprint {
  /** The packet that says how the picture came about. */
  readonly xmp: string;
  /** Gives the encoded file back with a signature in it; `null` where there is none. */
  readonly seal: ((file: Uint8Array) => Promise<Uint8Array>) | null;
}

/**
 * Writes a result: a PNG of the picture's size, with its alpha, whose only metadata is its imprint. The file is there whole
 * or not at all.
 * @throws EditError `disk-full`, `output-unwritable`; what `seal` throws
 */
export async function writeResultPng(path: string, picture: Picture, imprint: Imprint): Promise<void> {
  const png = await encodePng(picture, imprint.xmp);
  await writeOutput(path, imprint.seal === null ? png : await imprint.seal(png));
}

/** Twice as fast as the default and a few per cent larger; sixteen files are written for each edit. */
const compressionLevel = 2;

/** A PNG of opaque pixels without metadata. */
export async function encodeRgbPng({ rgb, width, height }: Rgb): Promise<Uint8Array> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel })
    .toBuffer();
}

async function encodePng(picture: Picture, xmp: string): Promise<Uint8Array> {
  const channels = picture.alpha === null ? 3 : 4;
  const raw = { width: picture.width, height: picture.height, channels } as const;
  const png = await sharp(interleaved(picture), { raw }).png({ compressionLevel }).toBuffer();
  return withXmpAlone(png, xmp);
}

/** Up to here a JPEG's tables are made for the picture, which takes 6 bytes a pixel and saves a few per cent. */
const optimizedPixels = 4_000_000;

/**
 * A JPEG of a result at a size, without subsampled colours, on white where the result is transparent; its only metadata
 * is its imprint. The pixels stay in native memory.
 * @param quality 1 to 100.
 * @param number Drawn into its upper left corner. None by default.
 */
export async function encodeResultJpeg(
  { bytes }: EncodedPicture,
  {
    width,
    height,
    quality,
    imprint,
    number = null,
  }: Size & { readonly quality: number; readonly imprint: Imprint; readonly number?: number | null },
): Promise<Uint8Array> {
  const drawn = number === null ? null : numberDrawing({ width, height }, number);
  const jpeg = await sharp(bytes, { limitInputPixels: pictureLimits.pixels, autoOrient: true })
    .resize({ width, height, fit: "fill" })
    .flatten({ background: "#ffffff" })
    .composite(drawn ? [{ input: Buffer.from(drawn.svg), left: drawn.box.left, top: drawn.box.top }] : [])
    .jpeg({ quality, chromaSubsampling: "4:4:4", optimizeCoding: width * height <= optimizedPixels })
    .withXmp(imprint.xmp)
    .toBuffer();
  return imprint.seal === null ? jpeg : imprint.seal(jpeg);
}

/** A JPEG of a picture within so many pixels a side, on white where it is transparent; its only metadata is the XMP packet, if any. */
export function encodeCopyJpeg(
  picture: Picture,
  maxSide: number,
  xmp: string | null = null,
): Promise<Uint8Array> {
  const { width, height } = picture;
  const channels = picture.alpha === null ? 3 : 4;
  const data = picture.alpha === null ? picture.rgb : interleaved(picture);
  const copy = sharp(data, { raw: { width, height, channels } })
    .resize({ width: maxSide, height: maxSide, fit: "inside", withoutEnlargement: true })
    .flatten({ background: "#ffffff" })
    .jpeg({ quality: 90 });
  return (xmp === null ? copy : copy.withXmp(xmp)).toBuffer();
}

/**
 * Writes a result with its box, anchor and rank drawn on it; otherwise as `writeResultPng`.
 * @throws EditError `disk-full`, `output-unwritable`.
 */
export async function writeOverlayPng(
  path: string,
  picture: Picture,
  marks: OverlayMarks,
  imprint: Imprint,
): Promise<void> {
  await writeResultPng(path, await drawOverlay(picture, marks), imprint);
}

/** Pixels of marks that are drawn at a time, so that a large picture needs no second one in memory. */
const bandPixels = 1 << 21;

/**
 * The picture with the marks drawn on it; where they are opaque, so is the picture. Other pixels stay as they are, or are darkened where they
 * are as before, or where a method decided not to edit.
 */
export async function drawOverlay(picture: Picture, marks: OverlayMarks): Promise<Picture> {
  const drawn = { ...picture, rgb: picture.rgb.slice(), alpha: picture.alpha?.slice() ?? null };
  if (marks.decided) dimOutside(drawn, marks.decided);
  else if (marks.before) dimUnchanged(drawn, marks.before);
  const { left, top, width, height } = marksExtent(picture, marks);
  const rows = Math.max(1, Math.floor(bandPixels / width));
  for (let row = 0; row < height; row += rows) {
    const band = { left, top: top + row, width, height: Math.min(rows, height - row) };
    const svg = Buffer.from(marksSvg(picture, marks, band));
    blend(drawn, band, await sharp(svg).ensureAlpha().raw().toBuffer());
  }
  return drawn;
}

/** Lays straight-alpha RGBA over the part of the picture at `band`, in place. */
function blend(picture: Picture, band: Box, rgba: Uint8Array): void {
  for (let row = 0; row < band.height; row++) {
    const start = (band.top + row) * picture.width + band.left;
    blendLine(picture, start, rgba, row * band.width * 4, band.width);
  }
}

function blendLine({ rgb, alpha }: Picture, start: number, rgba: Uint8Array, from: number, length: number) {
  for (let column = 0; column < length; column++, from += 4) {
    const cover = rgba[from + 3] as number;
    if (cover === 0) continue;
    const pixel = start + column;
    for (let channel = 0; channel < 3; channel++) {
      const old = rgb[pixel * 3 + channel] as number;
      rgb[pixel * 3 + channel] = Math.round(old + (((rgba[from + channel] as number) - old) * cover) / 255);
    }
    if (alpha !== null) alpha[pixel] = Math.max(alpha[pixel] as number, cover);
  }
}
