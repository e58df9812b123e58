import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { coverLinesOf, wholeCover } from "../../../src/pipeline/image/cover.ts";
import { decodePicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import { detectWatermark, falseAlarmLimit } from "../../../src/pipeline/marks/watermark/detect.ts";
import { embedWatermark } from "../../../src/pipeline/marks/watermark/embed.ts";
import { signsOf } from "../../../src/pipeline/marks/watermark/lattice.ts";
import type { Box } from "../../../src/types.ts";
import { flatRgb, noisyPicture } from "../image/pictures.ts";

const root = join(import.meta.dirname, "../../..");
const signs = signsOf("a key");
const rocket = await decodePicture(readFileSync(join(root, "examples/rocket.jpg")));
const gift = await enlarged(await decodePicture(readFileSync(join(root, "examples/gift.png"))), 700);
const box = { left: 180, top: 150, width: 240, height: 220 };

async function enlarged(picture: Picture, longer: number): Promise<Picture> {
  return decodePicture(
    await encoded(picture).resize({ width: longer, height: longer, fit: "inside" }).png().toBuffer(),
  );
}

function encoded({ rgb, width, height }: Picture) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

function marked(picture: Picture, area: Box = box, cover = wholeCover): Picture {
  const copy = { ...picture, rgb: picture.rgb.slice(), alpha: picture.alpha?.slice() ?? null };
  embedWatermark(copy, { box: area, coverLine: coverLinesOf(cover, area, picture) }, signs);
  return copy;
}

async function jpeg(picture: Picture, scale: number): Promise<Picture> {
  const size = { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
  return decodePicture(
    await encoded(picture)
      .resize({ ...size, fit: "fill" })
      .jpeg({ quality: 75 })
      .toBuffer(),
  );
}

function psnr(before: Picture, after: Picture, { left, top, width, height }: Box): number {
  let sum = 0;
  for (let y = top; y < top + height; y++)
    for (let at = (y * before.width + left) * 3; at < (y * before.width + left + width) * 3; at++)
      sum += ((after.rgb[at] ?? 0) - (before.rgb[at] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * width * height * 3) / sum);
}

const pictures = [
  ["a photograph", rocket],
  ["a drawing", gift],
] as const;

describe("the invisible mark", () => {
  it.each(pictures)(
    "is found in %s, and as surely after JPEG 75 and halving as its limit asks",
    async (_, picture) => {
      expect(detectWatermark(picture, signs)).toMatchObject({ isFound: false, box: null });
      const with_ = marked(picture);
      for (const copy of [with_, await jpeg(with_, 1), await jpeg(with_, 0.5)]) {
        const found = detectWatermark(copy, signs);
        expect(found.isFound).toBe(true);
        expect(found.falseAlarm).toBeLessThan(falseAlarmLimit);
      }
    },
  );

  it.each(pictures)("is said to lie where %s was painted", (_, picture) => {
    const found = detectWatermark(marked(picture), signs).box;
    expect(found).not.toBeNull();
    const { left, top, width, height } = found as Box;
    const [across, down] = [left + width / 2, top + height / 2];
    expect(across > box.left && across < box.left + box.width).toBe(true);
    expect(down > box.top && down < box.top + box.height).toBe(true);
  });

  it.each(pictures)("leaves a PSNR of more than 42 dB in the painted box of %s", (_, picture) => {
    for (const side of [48, 64, 100, 200])
      expect(
        psnr(picture, marked(picture, { ...box, width: side, height: side }), {
          ...box,
          width: side,
          height: side,
        }),
      ).toBeGreaterThan(42);
  });

  it("changes no pixel outside the box, nor inside it where the painting does not show, nor transparency", () => {
    const picture = noisyPicture(300, 260, 3, true);
    const area = { left: 40, top: 30, width: 200, height: 180 };
    // The left half of the box shows the painting.
    const cover = { width: 2, height: 1, values: Uint8Array.of(255, 0), tone: null };
    const after = marked(picture, area, cover);
    expect(after.alpha).toEqual(picture.alpha);
    const lines = coverLinesOf(cover, area, picture);
    let changed = 0;
    for (let y = 0; y < 260; y++) {
      const isInBox = y >= area.top && y < area.top + area.height;
      const line = isInBox ? lines(y - area.top) : null;
      for (let x = 0; x < 300; x++) {
        const at = (y * 300 + x) * 3;
        const isChanged = [0, 1, 2].some((channel) => after.rgb[at + channel] !== picture.rgb[at + channel]);
        if (!isChanged) continue;
        changed++;
        expect(line?.[x - area.left], `${x},${y}`).toBeGreaterThan(0);
      }
    }
    expect(changed).toBeGreaterThan(5000);
  });

  it("is the same for the same picture and key, and another key does not find it", () => {
    expect(Buffer.compare(marked(gift).rgb, marked(gift).rgb)).toBe(0);
    expect(detectWatermark(marked(gift), signsOf("another key")).isFound).toBe(false);
  });

  it("is put into a flat place too", async () => {
    const flat = { ...flatRgb(400, 300, [120, 140, 90]), alpha: null };
    const with_ = marked(flat, { left: 60, top: 50, width: 240, height: 220 });
    expect(psnr(flat, with_, { left: 60, top: 50, width: 240, height: 220 })).toBeGreaterThan(42);
    expect(detectWatermark(await jpeg(with_, 1), signs).isFound).toBe(true);
    expect(detectWatermark(flat, signs).isFound).toBe(false);
  });

  it("asks nothing of areas that are too small for it, and of pictures of any shape", () => {
    for (const [width, height] of [
      [32, 32],
      [32, 256],
      [256, 32],
      [33, 47],
    ] as const) {
      const picture = noisyPicture(width, height, 1);
      const area = { left: 0, top: 0, width, height };
      expect(psnr(picture, marked(picture, area), area)).toBeGreaterThan(42);
      expect(detectWatermark(picture, signs).isFound).toBe(false);
    }
    const dot = { left: 5, top: 5, width: 3, height: 3 };
    expect(Buffer.compare(marked(gift, dot).rgb, gift.rgb)).toBe(0);
  });
});
