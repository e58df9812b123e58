import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { readPicture, sha256OfPicture } from "../../../src/pipeline/image/image.ts";
import { interleaved, type Picture } from "../../../src/pipeline/image/picture.ts";
import {
  flatRgb,
  gradient,
  largestDifference,
  noise,
  noisyPicture,
  raw,
  rawRgb,
  refusal,
  temporaryFolder,
} from "./pictures.ts";
import { srgbOfAdobe, taggedAsAdobe } from "./profiles.ts";

const { put } = temporaryFolder();

const colours = [
  [10, 20, 30],
  [200, 100, 50],
  [0, 255, 7],
  [90, 90, 90],
];

describe("formats", () => {
  const source = noisyPicture(50, 40, 1);

  it.each([
    ["PNG", (image: Sharp) => image.png()],
    ["interlaced PNG", (image: Sharp) => image.png({ progressive: true })],
    ["lossless WebP", (image: Sharp) => image.webp({ lossless: true })],
    ["lossless AVIF", (image: Sharp) => image.avif({ lossless: true, chromaSubsampling: "4:4:4" })],
  ])("an untagged %s keeps every byte", async (_, encode) => {
    const path = put("picture.bin", await encode(rawRgb(source)).toBuffer());
    const picture = await readPicture(path);
    expect([picture.width, picture.height, picture.alpha]).toEqual([50, 40, null]);
    expect(largestDifference(picture.rgb, source.rgb)).toBeLessThanOrEqual(_.includes("AVIF") ? 1 : 0);
  });

  it.each([
    ["JPEG", (image: Sharp) => image.jpeg({ quality: 95 })],
    ["progressive JPEG", (image: Sharp) => image.jpeg({ quality: 95, progressive: true })],
    ["lossy WebP", (image: Sharp) => image.webp({ quality: 95 })],
    ["AVIF", (image: Sharp) => image.avif({ quality: 90 })],
  ])("a %s is the picture within what its codec loses", async (_, encode) => {
    const smooth = gradient(96, 64);
    const picture = await readPicture(put("picture.bin", await encode(rawRgb(smooth)).toBuffer()));
    expect(largestDifference(picture.rgb, smooth.rgb)).toBeLessThanOrEqual(8);
  });

  it("a wrong file name changes nothing", async () => {
    const path = put("picture.gif", await rawRgb(source).png().toBuffer());
    expect((await readPicture(path)).rgb).toEqual(source.rgb);
  });

  it("a palette PNG gives the colours of its palette", async () => {
    const rgb = new Uint8Array(64 * 48 * 3);
    for (let pixel = 0; pixel < 64 * 48; pixel++) rgb.set(colours[pixel % 4] ?? [], pixel * 3);
    const bytes = await raw(rgb, 64, 48, 3).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    expect((await readPicture(put("palette.png", bytes))).rgb).toEqual(rgb);
  });

  it("a JPEG with stray bytes between its segments or after its end is a whole picture", async () => {
    const bytes = await rawRgb(gradient(64, 64)).jpeg().toBuffer();
    const expected = (await readPicture(put("plain.jpg", bytes))).rgb;
    const frame = bytes.indexOf("ffc0", "hex");
    const stray = Buffer.concat([
      bytes.subarray(0, frame),
      Buffer.alloc(2),
      bytes.subarray(frame),
      Buffer.from("trailer"),
    ]);
    expect((await readPicture(put("stray.jpg", stray))).rgb).toEqual(expected);
  });
});

describe("orientation", () => {
  /** Where the upright picture's pixel (x, y) lies in a stored picture of w by h; EXIF 2.32, table of tag 274. */
  const stored: [number, (x: number, y: number, w: number, h: number) => [number, number]][] = [
    [1, (x, y) => [x, y]],
    [2, (x, y, w) => [w - 1 - x, y]],
    [3, (x, y, w, h) => [w - 1 - x, h - 1 - y]],
    [4, (x, y, _w, h) => [x, h - 1 - y]],
    [5, (x, y) => [y, x]],
    [6, (x, y, _w, h) => [y, h - 1 - x]],
    [7, (x, y, w, h) => [w - 1 - y, h - 1 - x]],
    [8, (x, y, w) => [w - 1 - y, x]],
  ];

  it.each(stored)("EXIF orientation %i is turned upright, alpha with it", async (orientation, placeOf) => {
    const source = noisyPicture(48, 36, orientation, true);
    const rgba = interleaved(source);
    const bytes = await raw(rgba, 48, 36, 4).withMetadata({ orientation }).png().toBuffer();
    const picture = await readPicture(put("turned.png", bytes));
    const turned = orientation >= 5;
    expect([picture.width, picture.height]).toEqual(turned ? [36, 48] : [48, 36]);
    const expected = new Uint8Array(rgba.length);
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const [sx, sy] = placeOf(x, y, 48, 36);
        const from = (sy * 48 + sx) * 4;
        expected.set(rgba.subarray(from, from + 4), (y * picture.width + x) * 4);
      }
    }
    expect(interleaved(picture)).toEqual(expected);
  });

  it("turns a JPEG as well", async () => {
    const bytes = await rawRgb(gradient(80, 40)).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const picture = await readPicture(put("turned.jpg", bytes));
    expect([picture.width, picture.height]).toEqual([40, 80]);
  });
});

describe("colour", () => {
  const source = gradient(64, 48);

  it("a profile is applied once: Display P3 comes back as the sRGB it was made from", async () => {
    const bytes = await rawRgb(source).withIccProfile("p3").png().toBuffer();
    const untagged = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(largestDifference(untagged, source.rgb)).toBeGreaterThan(10);
    expect(largestDifference((await readPicture(put("p3.png", bytes))).rgb, source.rgb)).toBeLessThanOrEqual(
      3,
    );
  });

  it("a profile is applied to 16-bit samples too", async () => {
    const bytes = await rawRgb(source).toColourspace("rgb16").withIccProfile("p3").png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    expect(
      largestDifference((await readPicture(put("p3-16.png", bytes))).rgb, source.rgb),
    ).toBeLessThanOrEqual(4);
  });

  it.each([
    [150, 120, 90],
    [40, 90, 160],
    [128, 128, 128],
    [200, 60, 40],
  ])(
    "Adobe RGB %i %i %i becomes the sRGB that the standards say, from 8 bits and from 16",
    async (...colour) => {
      const flat = rawRgb(flatRgb(40, 40, colour));
      const expected = srgbOfAdobe(colour);
      for (const space of ["srgb", "rgb16"]) {
        const bytes = taggedAsAdobe(await flat.clone().toColourspace(space).png().toBuffer());
        expect(await sharp(bytes).metadata()).toMatchObject({ hasProfile: true });
        const { rgb } = await readPicture(put("adobe.png", bytes));
        const off = expected.map((value, channel) => Math.abs((rgb[channel] ?? 0) - value));
        // 8 bits rounded once, and what tables instead of formulas cost.
        expect(Math.max(...off)).toBeLessThanOrEqual(1.5);
      }
    },
  );

  it("an sRGB profile changes nothing", async () => {
    const bytes = await rawRgb(source).withIccProfile("srgb").png().toBuffer();
    expect((await sharp(bytes).metadata()).hasProfile).toBe(true);
    expect(
      largestDifference((await readPicture(put("srgb.png", bytes))).rgb, source.rgb),
    ).toBeLessThanOrEqual(1);
  });

  it("a CMYK JPEG becomes sRGB", async () => {
    // To inks and back through a printing profile, this colour of its gamut comes back within 15 levels.
    const flat = flatRgb(64, 64, [180, 90, 70]);
    const bytes = await rawRgb(flat).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const picture = await readPicture(put("cmyk.jpg", bytes));
    expect(picture.alpha).toBeNull();
    expect(largestDifference(picture.rgb, flat.rgb)).toBeLessThanOrEqual(20);
  });

  it("16-bit samples keep their high byte, alpha too", async () => {
    const samples = new Uint16Array(noise(40 * 40 * 8, 5).buffer);
    const bytes = await raw(samples, 40, 40, 4).toColourspace("rgb16").png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    const expected = Uint8Array.from(samples, (sample) => sample >> 8);
    expect(interleaved(await readPicture(put("deep.png", bytes)))).toEqual(expected);
  });

  it.each([1, 2] as const)("grey of %i channels is replicated", async (channels) => {
    const samples = noise(40 * 40 * channels, 6);
    const bytes = await raw(samples, 40, 40, channels).toColourspace("b-w").png().toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(channels);
    const picture = await readPicture(put("grey.png", bytes));
    expect(picture.rgb).toEqual(replicated(samples.filter((_, index) => index % channels === 0)));
    expect(picture.alpha).toEqual(channels === 2 ? samples.filter((_, index) => index % 2 === 1) : null);
  });

  it("16-bit grey is replicated", async () => {
    const samples = new Uint16Array(noise(40 * 40 * 2, 7).buffer);
    const bytes = await raw(samples, 40, 40, 1).toColourspace("grey16").png().toBuffer();
    const expected = replicated(Uint8Array.from(samples, (sample) => sample >> 8));
    expect((await readPicture(put("grey16.png", bytes))).rgb).toEqual(expected);
  });
});

describe("alpha", () => {
  it.each([
    ["PNG", (image: Sharp) => image.png()],
    ["lossless WebP", (image: Sharp) => image.webp({ lossless: true, exact: true })],
  ])("of a %s is copied, and colours under alpha 0 survive", async (_, encode) => {
    const source = noisyPicture(40, 40, 8, true);
    source.alpha?.fill(0, 0, 400);
    const bytes = await encode(raw(interleaved(source), 40, 40, 4)).toBuffer();
    expect(await readPicture(put("alpha.bin", bytes))).toEqual(source);
  });
});

describe("a reference", () => {
  it("has the sha256 of its bytes, RGB or RGBA", async () => {
    const opaque: Picture = { width: 1, height: 1, rgb: Uint8Array.of(97, 98, 99), alpha: null };
    // Known values: sha256 of "abc" and of "abcd".
    expect(sha256OfPicture(opaque)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256OfPicture({ ...opaque, alpha: Uint8Array.of(100) })).toBe(
      "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589",
    );
  });

  it("is the same at every reading", async () => {
    const path = put("same.jpg", await rawRgb(gradient(200, 150)).withIccProfile("p3").jpeg().toBuffer());
    const [first, second] = await Promise.all([readPicture(path), readPicture(path)]);
    expect(sha256OfPicture(first)).toBe(sha256OfPicture(second));
  });

  it("is not read once the edit is cancelled", async () => {
    const path = put("cancelled.png", await rawRgb(gradient(64, 64)).png().toBuffer());
    await refusal(readPicture(path, { signal: AbortSignal.abort() }), "cancelled");
  });
});

/** Each sample three times. */
function replicated(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (const [pixel, sample] of grey.entries()) rgb.fill(sample, pixel * 3, pixel * 3 + 3);
  return rgb;
}
