import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pasteFrame } from "../src/pipeline/image/compose.ts";
import { coverLinesOf, wholeCover } from "../src/pipeline/image/cover.ts";
import { decodePicture } from "../src/pipeline/image/image.ts";
import type { Picture } from "../src/pipeline/image/picture.ts";
import { sharp } from "../src/pipeline/image/sharp.ts";
import { detectWatermark } from "../src/pipeline/marks/watermark/detect.ts";
import { embedWatermark } from "../src/pipeline/marks/watermark/embed.ts";
import { signsOf } from "../src/pipeline/marks/watermark/lattice.ts";
import { createRandom } from "../src/pipeline/random.ts";
import type { Box } from "../src/types.ts";
import type { BenchOptions } from "./main.ts";

const root = join(import.meta.dirname, "..");
const sides = [64, 100, 150, 200, 300, 400];
const signs = signsOf("made with learnable-regions-bot");

/**
 * The invisible mark on pictures made from those of the repository, or of a folder: crops at sizes drawn by lot, in each a square box into which
 * a crop of another is pasted with the seam of edits. `npm run bench -- watermark [COUNT] [SEED] [FOLDER]`.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const [count = "1000", seed = "1", folder] = args;
  const files = folder
    ? picturesIn(folder)
    : ["examples", "models/mini/eval"].flatMap((name) => picturesIn(join(root, name)));
  const random = createRandom(Number(seed));
  const rows = sides.map((side) => ({
    side,
    pictures: 0,
    false: 0,
    same: 0,
    jpeg75: 0,
    half75: 0,
    psnr: [] as number[],
  }));
  for (let index = 0; index < Number(count); index++) {
    const row = rows[index % rows.length] as (typeof rows)[number];
    const picture = await cropOf(files, random, row.side);
    const { box, painted } = await paintedIn(picture, files, row.side, random);
    if (detectWatermark(painted, signs).isFound) row.false++;
    const marked: Picture = { ...painted, rgb: painted.rgb.slice() };
    embedWatermark(marked, { box, coverLine: coverLinesOf(wholeCover, box, picture) }, signs);
    row.pictures++;
    row.psnr.push(psnrIn(box, painted, marked));
    if (detectWatermark(marked, signs).isFound) row.same++;
    if (detectWatermark(await jpegOf(marked, 1), signs).isFound) row.jpeg75++;
    if (detectWatermark(await jpegOf(marked, 0.5), signs).isFound) row.half75++;
  }
  log("side  pictures  false alarms  found as it is  JPEG 75  half and JPEG 75  least PSNR");
  for (const row of rows) {
    const share = (found: number) => `${((100 * found) / row.pictures).toFixed(1)} %`;
    log(
      `${row.side}  ${row.pictures}  ${row.false}  ${share(row.same)}  ${share(row.jpeg75)}  ${share(row.half75)}  ${Math.min(...row.psnr).toFixed(2)}`,
    );
  }
  return {
    rows: rows.map(({ psnr, ...row }) => ({ ...row, leastPsnr: Math.min(...psnr) })),
    large: await large(files, log),
  };
}

function picturesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(png|jpe?g)$/.test(name))
    .map((name) => join(folder, name));
}

type Random = ReturnType<typeof createRandom>;

/** A crop of at least half a picture, at a longer side of 400 to 1000 pixels, and large enough for the box. */
async function cropOf(files: readonly string[], random: Random, least: number): Promise<Picture> {
  const file = readFileSync(files[Math.floor(random.uniform() * files.length)] ?? "");
  const { width = 1, height = 1 } = await sharp(file).metadata();
  const share = 0.5 + 0.5 * random.uniform();
  const crop = { width: Math.floor(width * share), height: Math.floor(height * share) };
  const left = Math.floor(random.uniform() * (width - crop.width + 1));
  const top = Math.floor(random.uniform() * (height - crop.height + 1));
  const longer = Math.max(400 + Math.floor(600 * random.uniform()), least * 2);
  const png = await sharp(file)
    .extract({ left, top, ...crop })
    .resize({ width: longer, height: longer, fit: "inside" })
    .png()
    .toBuffer();
  const picture = await decodePicture(png);
  return Math.min(picture.width, picture.height) > least ? picture : cropOf(files, random, least);
}

async function paintedIn(picture: Picture, files: readonly string[], side: number, random: Random) {
  const left = Math.floor(random.uniform() * (picture.width - side));
  const top = Math.floor(random.uniform() * (picture.height - side));
  const box: Box = { left, top, width: side, height: side };
  const other = await cropOf(files, random, side);
  const rgb = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++)
    rgb.set(other.rgb.subarray(row * other.width * 3, (row * other.width + side) * 3), row * side * 3);
  return { box, painted: pasteFrame(picture, rgb, box, box) };
}

async function jpegOf({ rgb, width, height }: Picture, scale: number): Promise<Picture> {
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return decodePicture(
    await sharp(rgb, { raw: { width, height, channels: 3 } })
      .resize({ ...size, fit: "fill" })
      .jpeg({ quality: 75 })
      .toBuffer(),
  );
}

/** Of the pixels that differ from the picture as it was painted, and all others in the box. */
function psnrIn(box: Box, before: Picture, after: Picture): number {
  let sum = 0;
  for (let y = box.top; y < box.top + box.height; y++) {
    const start = (y * before.width + box.left) * 3;
    for (let at = start; at < start + box.width * 3; at++)
      sum += ((after.rgb[at] ?? 0) - (before.rgb[at] ?? 0)) ** 2;
  }
  return 10 * Math.log10((255 * 255) / (sum / (box.width * box.height * 3)));
}

/** What 12 megapixels cost: a quarter of them painted, and all. */
async function large(files: readonly string[], log: (line: string) => void) {
  const png = await sharp(readFileSync(files[0] ?? ""))
    .resize({ width: 4000, height: 3000, fit: "fill" })
    .removeAlpha()
    .png()
    .toBuffer();
  const picture = await decodePicture(png);
  const times = (share: number) => {
    const box = { left: 0, top: 0, width: 4000 * share, height: 3000 * share };
    const start = performance.now();
    embedWatermark(picture, { box, coverLine: coverLinesOf(wholeCover, box, picture) }, signs);
    return Math.round(performance.now() - start);
  };
  times(0.5);
  const [quarterMilliseconds, wholeMilliseconds] = [times(0.5), times(1)];
  const start = performance.now();
  detectWatermark(picture, signs);
  const detectMilliseconds = Math.round(performance.now() - start);
  log(
    `12 megapixels: ${quarterMilliseconds} ms for a quarter, ${wholeMilliseconds} ms for all, ${detectMilliseconds} ms to look for it`,
  );
  return { quarterMilliseconds, wholeMilliseconds, detectMilliseconds };
}
