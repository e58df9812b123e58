import { execFileSync } from "node:child_process";
import { truncateSync } from "node:fs";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { EditError } from "../../../src/errors.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import { pictureLimits } from "../../../src/pipeline/image/picture-limits.ts";
import {
  gradient,
  noisyPicture,
  pngChunks,
  pngHeader,
  pngOf,
  randomNumbers,
  randomWhole,
  rawRgb,
  refusal,
  temporaryFolder,
} from "./pictures.ts";

const { folder, put, path } = temporaryFolder();
const refused = async (bytes: Uint8Array | string, code: Parameters<typeof refusal>[1]) =>
  (await refusal(readPicture(put("picture.png", bytes)), code)).message;

describe("what is no picture that is read", () => {
  it.each([
    ["an empty file", "", "picture-empty", "an empty file"],
    ["text", "a picture, says its name", "picture-not-a-picture", "text"],
    ["noise", Buffer.from("00ff00ff00ff00ff", "hex"), "picture-not-a-picture", "data of no known kind"],
    ["the first bytes of a PNG", Buffer.from("89504e", "hex"), "picture-not-a-picture", "got"],
    ["an SVG", `<?xml version="1.0"?>\n<!-- x -->\n<svg width="64"/>`, "picture-format-unsupported", "SVG"],
    ["an SVG with a byte order mark", "\ufeff<svg/>", "picture-format-unsupported", "SVG"],
    ["a PDF", "%PDF-1.7\n%\u00e2\u00e3\n1 0 obj", "picture-format-unsupported", "PDF"],
    ["a TIFF", Buffer.from("49492a0008000000", "hex"), "picture-format-unsupported", "TIFF"],
    ["a BMP", Buffer.from(`424d${"00".repeat(12)}28000000`, "hex"), "picture-format-unsupported", "BMP"],
    ["a JPEG XL", Buffer.from("ff0a00", "hex"), "picture-format-unsupported", "JPEG XL"],
    ["a video", isoFile("isom", "mp41"), "picture-format-unsupported", "video"],
    ["a HEIC photo", isoFile("heic", "mif1"), "picture-heic", "Send it as JPEG"],
    ["a HEIC photo of another brand", isoFile("mif1", "heic"), "picture-heic", "Send it as JPEG"],
    ["an AVIF sequence", isoFile("avis", "avif"), "picture-animated", "an animated AVIF"],
  ] as const)("%s", async (_, bytes, code, says) => {
    expect(await refused(bytes, code)).toContain(says);
  });

  const drawing = `<?xml version="1.0" encoding="UTF-16"?><svg width="64"/>`;
  it.each([
    ["a DDS texture", "DDS |\0\0\0", "a DDS texture"],
    [
      "a PCX",
      Buffer.concat([Buffer.from("0a0501080000000027002700", "hex"), Buffer.alloc(120)]),
      "a PCX picture",
    ],
    [
      "an SGI",
      Buffer.concat([Buffer.from("01da01010003002800280003", "hex"), Buffer.alloc(500)]),
      "an SGI picture",
    ],
    ["an ICNS", "icns\0\0\x01\0ic07", "an Apple icon file (ICNS)"],
    ["a JPEG XR", Buffer.from("4949bc0120000000", "hex"), "a JPEG XR picture"],
    ["a JPEG 2000", Buffer.from("0000000c6a5020200d0a870a", "hex"), "a JPEG 2000 picture"],
    ["a JPEG 2000 stream", Buffer.from("ff4fff510029", "hex"), "a JPEG 2000 picture"],
    ["a JPEG XL in boxes", Buffer.from("0000000c4a584c200d0a870a", "hex"), "a JPEG XL picture"],
    ["an EPS", "%!PS-Adobe-3.0 EPSF-3.0\n", "an EPS or PostScript drawing"],
    ["an EPS with a preview", Buffer.from("c5d0d3c61e000000", "hex"), "an EPS or PostScript drawing"],
    ["an SVG in UTF-16", Buffer.from(`\ufeff${drawing}`, "utf16le"), "an SVG drawing"],
    [
      "an SVG in UTF-16, high bytes first",
      Buffer.from(`\ufeff${drawing}`, "utf16le").swap16(),
      "an SVG drawing",
    ],
    ["an SVG in UTF-16 without its mark", Buffer.from(drawing, "utf16le"), "an SVG drawing"],
    ["a Photoshop file", "8BPS\0\x01", "a Photoshop file"],
    ["a GIMP file", "gimp xcf v011\0", "a GIMP file"],
    [
      "a TGA",
      Buffer.concat([Buffer.from("000002000000000000000000280028001820", "hex"), Buffer.alloc(99)]),
      "a TGA picture",
    ],
    ["a big TIFF", Buffer.from("49492b0008000000", "hex"), "a TIFF or raw camera picture"],
    ["a Radiance HDR", "#?RADIANCE\nFORMAT=", "a Radiance HDR picture"],
    ["a Matroska video", Buffer.from("1a45dfa3", "hex"), "a video"],
  ] as const)("%s, by its name", async (_, bytes, name) => {
    expect(await refused(bytes, "picture-format-unsupported")).toContain(`got ${name}.`);
  });

  it.each(["DD", "gif87a", "%! a remark", "icn", "\x0a\x05 a line of text"])(
    "%j is none of them",
    async (text) => {
      await refused(text, "picture-not-a-picture");
    },
  );

  it("a GIF: a still one by its format, one of two frames as an animation", async () => {
    const gif = await rawRgb(gradient(40, 40)).gif().toBuffer();
    expect(await refused(gif, "picture-format-unsupported")).toContain("got a GIF");
    expect(await refused(await twoFrames().gif().toBuffer(), "picture-animated")).toContain("animated GIF");
  });

  it("an animated WebP", async () => {
    expect(await refused(await twoFrames().webp().toBuffer(), "picture-animated")).toContain("WebP");
  });

  it("an animated PNG, but not one that says it has a single frame", async () => {
    const [header, ...rest] = pngChunks(await rawRgb(gradient(40, 40)).png().toBuffer());
    const frames = (count: number) => ({ type: "acTL", data: Buffer.from([0, 0, 0, count, 0, 0, 0, 0]) });
    const movingFor = (count: number) => pngOf([...(header ? [header] : []), frames(count), ...rest]);
    expect(await refused(movingFor(2), "picture-animated")).toContain("PNG");
    expect(await readPicture(put("one.png", movingFor(1)))).toMatchObject({ width: 40 });
  });
});

describe("libvips' readers that nobody needs", () => {
  it.each(["tiff", "gif"] as const)("%s cannot be opened, even past the checks", async (format) => {
    const bytes = await rawRgb(gradient(40, 40)).toFormat(format).toBuffer();
    await expect(sharp(bytes).metadata()).rejects.toThrow("unsupported image format");
  });

  it.each(["png", "jpeg", "webp", "avif"] as const)("%s can", async (format) => {
    const bytes = await rawRgb(gradient(40, 40)).toFormat(format).toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 40 });
  });
});

describe("what is no file", () => {
  it("a missing one, and one below a file", async () => {
    await refusal(readPicture(path("nowhere.png")), "picture-not-found");
    await refusal(readPicture(`${put("file", "x")}/below.png`), "picture-not-found");
  });

  it("a folder", () => refusal(readPicture(folder), "picture-is-a-directory"));

  it.skipIf(process.platform === "win32")("a pipe or a device, without waiting for it", async () => {
    execFileSync("mkfifo", [path("pipe.png")]);
    await refusal(readPicture(path("pipe.png")), "picture-unreadable");
    await refusal(readPicture("/dev/zero"), "picture-unreadable");
  });

  it("one too large to be worth reading", async () => {
    truncateSync(put("huge.png", "x"), pictureLimits.bytes + 1);
    await refusal(readPicture(path("huge.png")), "picture-too-large");
  });
});

describe("sizes, as the header has them", () => {
  const pngOfSize = (width: number, height: number) =>
    rawRgb({ width, height, rgb: new Uint8Array(width * height * 3) })
      .png()
      .toBuffer();

  it.each([
    [1, 1, "picture-too-small"],
    [31, 100, "picture-too-small"],
    [100, 31, "picture-too-small"],
    [1, 100_000, "picture-too-small"],
    [32, 257, "picture-too-long"],
    [257, 32, "picture-too-long"],
  ] as const)("%i x %i is refused", async (width, height, code) => {
    expect(await refused(await pngOfSize(width, height), code)).toContain(`got ${width} x ${height}`);
  });

  it.each([
    [32, 32],
    [32, 256],
    [256, 32],
  ])("%i x %i is read", async (width, height) => {
    const picture = await readPicture(put("fits.png", await pngOfSize(width, height)));
    expect(picture).toMatchObject({ width, height });
  });

  it.each([
    [50_000_001, 1, "picture-too-small"],
    [7072, 7072, "picture-too-large"],
    [65_535, 65_535, "picture-too-large"],
    [2 ** 31 - 1, 2 ** 31 - 1, "picture-corrupt"],
  ] as const)("%i x %i is refused before any pixel is decoded", async (width, height, code) => {
    // Its pixels are one byte of deflated nothing: decoding them would say that they are damaged.
    const chunks = [
      pngHeader(width, height),
      { type: "IDAT", data: deflateSync(Buffer.alloc(1)) },
      { type: "IEND", data: Buffer.alloc(0) },
    ];
    await refused(pngOf(chunks), code);
  });

  it("an interlaced PNG of 16 bits may be half as large", async () => {
    const header = pngHeader(6000, 5000);
    header.data.set([16, 6, 0, 0, 1], 8);
    const nothing = { type: "IDAT", data: deflateSync(Buffer.alloc(1)) };
    const bytes = pngOf([header, nothing, { type: "IEND", data: Buffer.alloc(0) }]);
    expect(await refused(bytes, "picture-too-large")).toContain("an interlaced PNG of 16 bits of at most 25");
    header.data.set([0], 12);
    await refused(pngOf([header, nothing, { type: "IEND", data: Buffer.alloc(0) }]), "picture-corrupt");
  });

  it("a JPEG that claims 65,500 x 65,500 in its header is refused by it", async () => {
    const bytes = await rawRgb(gradient(64, 64)).jpeg().toBuffer();
    const frame = bytes.indexOf("ffc0", "hex");
    bytes.writeUInt16BE(65_500, frame + 5);
    bytes.writeUInt16BE(65_500, frame + 7);
    expect(await refused(bytes, "picture-too-large")).toContain("4290.3 megapixels");
  });
});

describe("damage", () => {
  const encoded = {
    PNG: () =>
      rawRgb(noisyPicture(60, 50, 3))
        .png()
        .toBuffer(),
    "interlaced PNG": () =>
      rawRgb(noisyPicture(60, 50, 3))
        .png({ progressive: true })
        .toBuffer(),
    "palette PNG": () => rawRgb(gradient(60, 50)).png({ palette: true }).toBuffer(),
    JPEG: () =>
      rawRgb(noisyPicture(60, 50, 3))
        .jpeg()
        .toBuffer(),
    "progressive JPEG": () => rawRgb(gradient(60, 50)).jpeg({ progressive: true }).toBuffer(),
    "JPEG with EXIF": () => rawRgb(gradient(60, 50)).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    WebP: () =>
      rawRgb(noisyPicture(60, 50, 3))
        .webp()
        .toBuffer(),
    "WebP with alpha": () => rawRgb(gradient(60, 50)).ensureAlpha(0.5).webp().toBuffer(),
    "lossless WebP": () =>
      rawRgb(noisyPicture(60, 50, 3))
        .webp({ lossless: true })
        .toBuffer(),
    AVIF: () =>
      rawRgb(noisyPicture(60, 50, 3))
        .avif()
        .toBuffer(),
  };
  const formats = Object.entries(encoded);
  const early = ["picture-empty", "picture-not-a-picture", "picture-format-unsupported"];

  it.each(formats)("a %s that breaks off anywhere is refused, mostly as corrupt", async (_, encode) => {
    const bytes = await encode();
    const last = [1, 2, 3, 4, 5, 8, 12].map((missing) => bytes.length - missing);
    const cuts = Array.from({ length: 60 }, (_, index) => Math.floor((bytes.length * index) / 60));
    for (const cut of [...cuts, ...last]) {
      const found = await answerTo(bytes.subarray(0, cut));
      expect({ cut, found: cut < 32 && early.includes(String(found)) ? "picture-corrupt" : found }).toEqual({
        cut,
        found: "picture-corrupt",
      });
    }
  });

  it.each(formats)(
    "a %s with a flipped bit is refused with a code, or is some picture",
    async (_, encode) => {
      const bytes = await encode();
      const seed = Date.now() % 1e6;
      const random = randomNumbers(seed);
      for (let trial = 0; trial < 60; trial++) {
        const changed = Buffer.from(bytes);
        const at = randomWhole(random, 0, bytes.length - 1);
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << randomWhole(random, 0, 7)), at);
        const found = await answerTo(changed);
        expect({ seed, at, found }).toEqual({ seed, at, found: expect.stringMatching(/^(picture-|read$)/) });
      }
    },
  );

  it.each(formats.filter(([name]) => name.endsWith("PNG")))(
    "no flipped bit of a %s's picture goes unseen",
    async (_, encode) => {
      const bytes = await encode();
      const original = await readPicture(put("whole.png", bytes));
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 80)) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const picture = await readPicture(put("flipped.png", changed)).catch(() => original);
        expect({ at, same: Buffer.compare(picture.rgb, original.rgb) }).toEqual({ at, same: 0 });
      }
    },
  );

  it("a PNG whose colour profile is damaged is refused: its colours would be other ones", async () => {
    const bytes = await rawRgb(gradient(40, 40)).withIccProfile("p3").png().toBuffer();
    const profile = bytes.indexOf("iCCP", 0, "latin1");
    bytes.writeUInt8(bytes.readUInt8(profile + 40) ^ 4, profile + 40);
    expect(await refused(bytes, "picture-corrupt")).toContain("iCCP is damaged");
  });

  async function answerTo(bytes: Uint8Array): Promise<unknown> {
    return readPicture(put("damaged.bin", bytes)).then(
      () => "read",
      (error: unknown) => (error instanceof EditError ? error.code : error),
    );
  }
});

function twoFrames() {
  const frames = Buffer.concat([gradient(40, 40).rgb, noisyPicture(40, 40, 2).rgb]);
  return sharp(frames, { raw: { width: 40, height: 80, channels: 3, pageHeight: 40 } });
}

/** The first box of an ISO media file, with its brands. */
function isoFile(major: string, compatible: string): Buffer {
  return Buffer.from(`\0\0\0\x14ftyp${major}\0\0\0\0${compatible}`, "latin1");
}
