import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { sharp } from "../src/pipeline/image/sharp.ts";
import type { BenchOptions } from "./main.ts";

type Image = ReturnType<typeof sharp>;

interface Case {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly isDeep?: boolean;
  readonly encode: (image: Image) => Image;
  readonly tag?: (file: Uint8Array) => Uint8Array;
}

const photo = { width: 8000, height: 6250 };
/** The most that an AVIF of 8 bits, and of more, may have. */
const avif = { width: 6800, height: 5000 };
const deepAvif = { width: 5000, height: 4000 };
const quick = { quality: 40, effort: 0 } as const;
const turned = (image: Image) => image.withMetadata({ orientation: 6 });

const cases: readonly Case[] = [
  { ...photo, name: "PNG", channels: 3, encode: (image) => image.png({ compressionLevel: 1 }) },
  { ...photo, name: "PNG with alpha", channels: 4, encode: (image) => image.png({ compressionLevel: 1 }) },
  {
    ...photo,
    name: "PNG, 16 bits",
    channels: 3,
    isDeep: true,
    encode: (image) => image.png({ compressionLevel: 1 }),
  },
  {
    ...photo,
    name: "PNG, 16 bits with alpha",
    channels: 4,
    isDeep: true,
    encode: (image) => image.png({ compressionLevel: 1 }),
  },
  {
    ...photo,
    name: "PNG, 16 bits with alpha, P3, turned",
    channels: 4,
    isDeep: true,
    encode: (image) => turned(image).withIccProfile("p3").png({ compressionLevel: 1 }),
  },
  {
    width: 6250,
    height: 4000,
    name: "PNG, 25 megapixels, 16 bits with alpha, interlaced",
    channels: 4,
    isDeep: true,
    encode: (image) => image.png({ compressionLevel: 1, progressive: true }),
  },
  {
    ...photo,
    name: "PNG, 16 bits with alpha, linear light",
    channels: 4,
    isDeep: true,
    encode: (image) => image.png({ compressionLevel: 1 }),
    tag: (png) => withGamma(png, 100_000),
  },
  { ...photo, name: "JPEG", channels: 3, encode: (image) => image.jpeg() },
  { ...photo, name: "JPEG, turned", channels: 3, encode: (image) => turned(image).jpeg() },
  {
    ...photo,
    name: "JPEG, progressive, 4:4:4",
    channels: 3,
    encode: (image) => image.jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
  },
  {
    ...photo,
    name: "JPEG, progressive, CMYK",
    channels: 3,
    encode: (image) => image.toColourspace("cmyk").jpeg({ progressive: true }),
  },
  { ...photo, name: "WebP", channels: 3, encode: (image) => image.webp({ effort: 0 }) },
  {
    ...photo,
    name: "WebP, lossless with alpha",
    channels: 4,
    encode: (image) => image.webp({ lossless: true, effort: 0 }),
  },
  {
    ...avif,
    name: "AVIF, 34 megapixels",
    channels: 3,
    encode: (image) => image.avif({ ...quick, chromaSubsampling: "4:2:0" }),
  },
  {
    ...avif,
    name: "AVIF, 34 megapixels, 4:4:4 with alpha",
    channels: 4,
    encode: (image) => image.avif(quick),
  },
  {
    ...deepAvif,
    name: "AVIF, 20 megapixels, 10 bits, 4:4:4 with alpha",
    channels: 4,
    isDeep: true,
    encode: (image) => image.avif({ ...quick, bitdepth: 10 }),
  },
  {
    ...deepAvif,
    name: "AVIF, 20 megapixels, 12 bits, 4:4:4",
    channels: 3,
    isDeep: true,
    encode: (image) => image.avif({ ...quick, bitdepth: 12 }),
  },
];

const ours = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

/** Reads one picture as the picture worker does, and prints its peak of resident memory in MB, and milliseconds of processors. */
const child = (file: string) => `
  const { readPicture, sha256OfPicture } = await import(${ours("../dist/pipeline/image/image.js")});
  const { readFileSync } = await import("node:fs");
  const before = process.cpuUsage();
  sha256OfPicture(await readPicture(${JSON.stringify(file)}));
  const { user, system } = process.cpuUsage(before);
  // maxRSS of process.resourceUsage() would count what its parent held when it was forked.
  const kilobytes = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\\s+(\\d+) kB/)[1];
  console.log(JSON.stringify([kilobytes / 1024, (user + system) / 1000]));`;

/** Peak memory and processor seconds of reading the largest picture of each kind that is allowed, each in a process of its own (Linux). */
export async function run({ log }: BenchOptions): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-bench-pictures-"));
  const peaks: Record<string, number> = {};
  try {
    log("| picture | file, MB | peak memory, MB | processor seconds |");
    log("|---|---|---|---|");
    for (const each of cases) {
      const encoded = await each.encode(drawn(each)).toBuffer();
      const bytes = each.tag?.(encoded) ?? encoded;
      const file = join(folder, "picture.bin");
      writeFileSync(file, bytes);
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", child(file)], {
        encoding: "utf8",
        // As the picture worker has it.
        env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: "2" },
      });
      const [megabytes, milliseconds] = JSON.parse(printed) as [number, number];
      peaks[each.name] = Math.round(megabytes);
      const seconds = (milliseconds / 1000).toFixed(1);
      log(`| ${each.name} | ${(bytes.length / 1e6).toFixed(0)} | ${peaks[each.name]} | ${seconds} |`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return peaks;
}

/** The PNG with a chunk that says how its light is coded, in hundred-thousandths, right after its header. */
function withGamma(png: Uint8Array, gamma: number): Uint8Array {
  const chunk = Buffer.alloc(16);
  chunk.writeUInt32BE(4, 0);
  chunk.write("gAMA", 4, "latin1");
  chunk.writeUInt32BE(gamma, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 12)), 12);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** A picture that codecs can neither take for flat nor have to keep as noise. */
function drawn({ width, height, channels, isDeep = false }: Case): Image {
  const samples = isDeep
    ? new Uint16Array(width * height * channels)
    : new Uint8Array(width * height * channels);
  let state = 1;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const value = ((x >> 5) * (channel + 1) + (y >> 4) + (state % 5 === 0 ? 1 : 0)) & 255;
        samples[at++] = isDeep ? value * 257 : value;
      }
    }
  }
  const image = sharp(samples, { raw: { width, height, channels } });
  return isDeep ? image.toColourspace("rgb16") : image;
}
