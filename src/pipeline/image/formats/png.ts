import { crc32 } from "node:zlib";

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
const checkedChunks = new Set(["IHDR", "PLTE", "tRNS", "iCCP", "eXIf"]);

/**
 * What a PNG's chunks say beyond its header: whether it moves (`acTL` with more than one frame), and what is wrong
 * with it: it has no end, or a profile, palette or orientation misses its checksum. Pixel data is skipped, not
 * read; its decoder checks it.
 */
export function readPngChunks(bytes: Uint8Array): {
  readonly frames: number;
  readonly damage: string | null;
} {
  const png = bufferOn(bytes);
  let frames = 1;
  let damage: string | null = null;
  for (const { type, start, data, sum } of chunksOf(png)) {
    if (type === "IEND") return { frames, damage };
    if (type === "acTL" && sum - data >= 8) frames = png.readUInt32BE(data);
    if (checkedChunks.has(type) && crc32(png.subarray(start + 4, sum)) !== png.readUInt32BE(sum)) {
      damage ??= `${type} is damaged`;
    }
  }
  return { frames, damage: "it has no end" };
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
  const packet = chunk("iTXt", `XML:com.adobe.xmp\0\0\0\0\0${xmp}`);
  return Buffer.concat([png.subarray(0, 8), ...parts.slice(0, 1), packet, ...parts.slice(1)]);
}

function chunk(type: string, text: string): Buffer {
  const body = Buffer.from(type + text, "utf8");
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
