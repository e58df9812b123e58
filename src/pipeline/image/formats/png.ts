import { crc32, deflateSync } from "node:zlib";

// A PNG is a signature and chunks: length, type, data, checksum (PNG specification, 5.3).

/** One chunk of a PNG, as places in its bytes. */
interface Chunk {
  readonly type: string;
  /** Where its length stands. */
  readonly start: number;
  readonly data: number;
  /** Where its checksum stands, the chunk's last four bytes. */
  readonly sum: number;
}

/** The chunks of a PNG whose checksums lie inside the bytes, up to the first that does not. */
function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let start = 8; start + 12 <= png.length; ) {
    const sum = start + 8 + png.readUInt32BE(start);
    if (sum + 4 > png.length) return;
    yield { type: png.toString("latin1", start + 4, start + 8), start, data: start + 8, sum };
    start = sum + 4;
  }
}

/** Chunks whose contents change the upright picture; decoders pass over damage in most of them. */
const checkedChunks = new Set([
  "IHDR",
  "PLTE",
  "IDAT",
  "tRNS",
  "iCCP",
  "eXIf",
  "cICP",
  "sRGB",
  "cHRM",
  "gAMA",
]);

/** Chunks that say what the colours are; they count where they stand before the pixels. */
const colourChunks = ["cICP", "iCCP", "sRGB", "cHRM", "gAMA"] as const;

export type ColourChunks = Readonly<Partial<Record<(typeof colourChunks)[number], Buffer>>>;

/** What a PNG's chunks say beyond its header. */
export interface PngChunks {
  /** More than one where it moves (`acTL`). */
  readonly frames: number;
  /** It has no end, or a chunk that changes the picture misses its checksum; else null. */
  readonly damage: string | null;
  readonly colours: ColourChunks;
  /** The orientation stands after the pixels, where libpng does not look for it. */
  readonly hasLateOrientation: boolean;
}

export function readPngChunks(bytes: Uint8Array): PngChunks {
  const png = bufferOn(bytes);
  const colours: Partial<Record<string, Buffer>> = {};
  let frames = 1;
  let damage: string | null = null;
  let hasPixels = false;
  let orientation: "none" | "early" | "late" = "none";
  const found = (end: string | null): PngChunks => {
    return { frames, damage: damage ?? end, colours, hasLateOrientation: orientation === "late" };
  };
  for (const { type, start, data, sum } of chunksOf(png)) {
    if (checkedChunks.has(type) && crc32(png.subarray(start + 4, sum)) !== png.readUInt32BE(sum)) {
      damage ??= `${type} is damaged`;
    }
    if (type === "IEND") return found(null);
    if (type === "acTL" && sum - data >= 8) frames = png.readUInt32BE(data);
    if (type === "IDAT") hasPixels = true;
    if (type === "eXIf" && orientation === "none") orientation = hasPixels ? "late" : "early";
    if (!hasPixels && colourChunks.some((name) => name === type)) colours[type] ??= png.subarray(data, sum);
  }
  return found("it has no end");
}

/** The PNG with its `eXIf` chunk before the pixels. It may stand after them (PNG specification, 5.6). */
export function withOrientationFirst(bytes: Uint8Array): Uint8Array {
  const png = bufferOn(bytes);
  const chunks = [...chunksOf(png)];
  const late = chunks.find(({ type }) => type === "eXIf");
  const [header] = chunks;
  if (late === undefined || header === undefined) return bytes;
  const [from, to] = [late.start, late.sum + 4];
  const afterHeader = header.sum + 4;
  return Buffer.concat([
    png.subarray(0, afterHeader),
    png.subarray(from, to),
    png.subarray(afterHeader, from),
    png.subarray(to),
  ]);
}

/**
 * The PNG with an XMP packet and no other metadata. The packet stands uncompressed in an `iTXt` chunk before the
 * pixels, as XMP Specification Part 3, 1.1.5 wants it; libvips would put it compressed into `zTXt`, where few
 * programs look for it. Every optional chunk goes, such as the resolution that libvips makes up: the PNG must be
 * one of true colour, which needs none.
 */
export function withXmpAlone(bytes: Uint8Array, xmp: string): Uint8Array {
  const png = bufferOn(bytes);
  const kept = [...chunksOf(png)].filter(({ type }) => /^[A-Z]/.test(type));
  const parts = kept.map(({ start, sum }) => png.subarray(start, sum + 4));
  const packet = chunk("iTXt", Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`, "utf8"));
  return Buffer.concat([png.subarray(0, 8), ...parts.slice(0, 1), packet, ...parts.slice(1)]);
}

/** The types of a PNG's chunks, in order. */
export function chunkTypesOf(bytes: Uint8Array): string[] {
  return [...chunksOf(bufferOn(bytes))].map(({ type }) => type);
}

/** The PNG tagged with an ICC profile; it has none yet. */
export function withProfile(bytes: Uint8Array, profile: Uint8Array): Uint8Array {
  const png = bufferOn(bytes);
  const [header] = chunksOf(png);
  const afterHeader = header === undefined ? 8 : header.sum + 4;
  const tag = chunk("iCCP", Buffer.concat([Buffer.from("profile\0\0", "latin1"), deflateSync(profile)]));
  return Buffer.concat([png.subarray(0, afterHeader), tag, png.subarray(afterHeader)]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(body.length - 4, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), whole.length - 4);
  return whole;
}

/** The same memory. */
function bufferOn(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
