import { describe, expect, it } from "vitest";
import { decodePicture } from "../../../src/pipeline/image/image.ts";
import { interleaved, type Picture } from "../../../src/pipeline/image/picture.ts";
import { largestDifference, noise, pngChunks, pngOf, raw } from "./pictures.ts";
import { taggedAsAdobe } from "./profiles.ts";

/** A PNG of 16-bit samples, of grey (1), grey and alpha (2), RGB (3) or RGBA (4). */
function deepPng(channels: 1 | 2 | 3 | 4): Promise<Buffer> {
  const samples = new Uint16Array(noise(48 * 36 * channels * 2, channels).buffer);
  return raw(samples, 48, 36, channels)
    .toColourspace(channels < 3 ? "grey16" : "rgb16")
    .png()
    .toBuffer();
}

function withChunk(png: Buffer, type: string, data: Uint8Array | readonly number[]): Buffer {
  const [header, ...rest] = pngChunks(png);
  return pngOf([...(header ? [header] : []), { type, data }, ...rest]);
}

/** EXIF of one field: tag 274, a number of two bytes. */
function turnedBy(png: Buffer, orientation: number): Buffer {
  const field = [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
  return withChunk(png, "eXIf", [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, ...field, 0, 0, 0, 0]);
}

const tags: [string, (png: Buffer) => Buffer][] = [
  ["without a profile", (png) => png],
  ["with a profile", taggedAsAdobe],
  ["of linear light", (png) => withChunk(png, "gAMA", [0, 1, 0x86, 0xa0])],
];

/** The picture that a stored one is upright, by the table of EXIF's tag 274. */
function turned({ width: w, height: h, rgb, alpha }: Picture, orientation: number): Picture {
  const isSideways = orientation >= 5;
  const [width, height] = isSideways ? [h, w] : [w, h];
  const upright = {
    width,
    height,
    rgb: new Uint8Array(rgb.length),
    alpha: alpha && new Uint8Array(alpha.length),
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isRight = [2, 3, 7, 8].includes(orientation);
      const isDown = [3, 4, 6, 7].includes(orientation);
      const [sx, sy] = isSideways ? [y, x] : [x, y];
      const from = (isDown ? h - 1 - sy : sy) * w + (isRight ? w - 1 - sx : sx);
      upright.rgb.set(rgb.subarray(from * 3, from * 3 + 3), (y * width + x) * 3);
      if (upright.alpha && alpha) upright.alpha[y * width + x] = alpha[from] ?? 0;
    }
  }
  return upright;
}

describe.each([1, 2, 3, 4] as const)("a 16-bit PNG of %i channels", (channels) => {
  it.each(tags)("%s is the same picture in every orientation", async (_, tag) => {
    // Grey takes no profile of RGB: a decoder passes over it.
    const stored = await decodePicture(tag(await deepPng(channels)));
    expect(stored.alpha === null).toBe(channels % 2 === 1);
    for (let orientation = 1; orientation <= 8; orientation++) {
      const picture = await decodePicture(turnedBy(tag(await deepPng(channels)), orientation));
      const upright = turned(stored, orientation);
      expect([orientation, picture.width, picture.height]).toEqual([
        orientation,
        upright.width,
        upright.height,
      ]);
      expect({ orientation, off: largestDifference(interleaved(picture), interleaved(upright)) }).toEqual({
        orientation,
        off: 0,
      });
    }
  });
});
