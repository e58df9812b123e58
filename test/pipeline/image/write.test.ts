import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { pasteFrame } from "../../../src/pipeline/image/compose.ts";
import {
  drawOverlay,
  readPicture,
  writeOverlayPng,
  writeResultPng,
} from "../../../src/pipeline/image/image.ts";
import { interleaved, type Picture } from "../../../src/pipeline/image/picture.ts";
import { writeOutput } from "../../../src/pipeline/image/write-file.ts";
import {
  gradient,
  noise,
  noisyPicture,
  plainImprint,
  pngChunks,
  raw,
  rawRgb,
  refusal,
  temporaryFolder,
} from "./pictures.ts";

const { folder, path, put } = temporaryFolder();
const box = { left: 20, top: 12, width: 15, height: 21 };
const marks = { box, anchor: { x: 27.5, y: 22.5 }, rank: 1 };

describe("a result", () => {
  it.each([
    ["opaque", noisyPicture(57, 43, 1)],
    ["with alpha", noisyPicture(57, 43, 2, true)],
  ])("comes back from its PNG bit for bit, %s", async (_, picture) => {
    await writeResultPng(path("result.png"), picture, plainImprint);
    expect(await readPicture(path("result.png"))).toEqual(picture);
    expect(await sharp(path("result.png")).metadata()).toMatchObject({ format: "png", depth: "uchar" });
  });

  it("says in XMP that a trained model painted a part, and has no other metadata", async () => {
    await writeResultPng(path("result.png"), noisyPicture(57, 43, 1), plainImprint);
    await writeOverlayPng(path("overlay.png"), noisyPicture(57, 43, 1), marks, plainImprint);
    for (const name of ["result.png", "overlay.png"]) {
      const chunks = pngChunks(readFileSync(path(name)));
      const kinds = new Set(chunks.map(({ type }) => type));
      expect([...kinds].sort()).toEqual(["IDAT", "IEND", "IHDR", "iTXt"]);
      const texts = chunks.filter(({ type }) => type === "iTXt").map(({ data }) => data.toString("utf8"));
      expect(texts).toEqual([expect.stringMatching(/^XML:com\.adobe\.xmp\0{5}<\?xpacket /)]);
      expect((await sharp(path(name)).metadata()).xmpAsString).toContain("DigitalSourceType");
      expect(texts[0]).toContain(
        "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia<",
      );
    }
  });

  it("keeps nothing of the input's EXIF, place, comments or profile", async () => {
    const exif = {
      IFD0: { Copyright: "somebody", Make: "Camera" },
      IFD3: { GPSLatitude: "51/1 30/1 0/1", GPSLatitudeRef: "N" },
    };
    const photo = await rawRgb(gradient(80, 60))
      .withIccProfile("p3")
      .withExif(exif)
      .withXmp("<x>secret</x>")
      .jpeg()
      .toBuffer();
    const before = await sharp(photo).metadata();
    expect(before).toMatchObject({ exif: expect.anything(), icc: expect.anything(), xmp: expect.anything() });
    await writeResultPng(path("result.png"), await readPicture(put("photo.jpg", photo)), plainImprint);
    const after = await sharp(path("result.png")).metadata();
    expect([after.exif, after.icc, after.iptc, after.orientation]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const text = readFileSync(path("result.png"), "latin1");
    for (const word of ["somebody", "Camera", "GPS", "secret"]) expect(text).not.toContain(word);
  });

  it.each([
    [
      "a turned JPEG",
      async () => rawRgb(gradient(90, 70)).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    ],
    ["a P3 picture", async () => rawRgb(gradient(70, 90)).withIccProfile("p3").png().toBuffer()],
    ["a 16-bit grey picture", async () => deepGrey()],
    [
      "a picture with alpha",
      async () =>
        raw(interleaved(noisyPicture(70, 90, 4, true)), 70, 90, 4)
          .png()
          .toBuffer(),
    ],
  ])("of %s has the input's upright size, and its pixels and alpha outside the box", async (_, encode) => {
    const reference = await readPicture(put("input", await encode()));
    const frame = { left: 10, top: 5, width: 40, height: 40 };
    const painted = pasteFrame(reference, noise(40 * 40 * 3, 9), frame, box);
    await writeResultPng(path("result.png"), painted, plainImprint);
    const result = await readPicture(path("result.png"));
    expect([result.width, result.height]).toEqual([70, 90]);
    expect(result.alpha).toEqual(reference.alpha);
    const changed = changedPixels(reference, result);
    expect(changed.filter(({ x, y }) => !isInside(x, y))).toEqual([]);
    expect(changed.length).toBeGreaterThan(box.width * box.height * 0.9);
  });
});

describe("an overlay", () => {
  it("shows what drawOverlay draws, and keeps the alpha that the marks do not cover", async () => {
    const picture = noisyPicture(57, 43, 2, true);
    await writeOverlayPng(path("overlay.png"), picture, marks, plainImprint);
    expect(await readPicture(path("overlay.png"))).toEqual(await drawOverlay(picture, marks));
  });
});

describe("writing", () => {
  it("replaces what was there, and leaves no other file", async () => {
    mkdirSync(path("replace"));
    writeFileSync(path("replace/result.png"), "before");
    await writeResultPng(path("replace/result.png"), noisyPicture(40, 40, 1), plainImprint);
    expect((await readPicture(path("replace/result.png"))).width).toBe(40);
    expect(readdirSync(path("replace"))).toEqual(["result.png"]);
  });

  it("fails with a code where there is no folder, or a folder has the name, and leaves nothing", async () => {
    await refusal(
      writeResultPng(path("nowhere/result.png"), noisyPicture(40, 40, 1), plainImprint),
      "output-unwritable",
    );
    mkdirSync(path("taken/result.png"), { recursive: true });
    await refusal(writeOutput(path("taken/result.png"), "x"), "output-unwritable");
    expect(readdirSync(path("taken"))).toEqual(["result.png"]);
    expect(readdirSync(folder)).not.toContain("nowhere");
  });
});

function deepGrey() {
  const samples = new Uint16Array(noise(70 * 90 * 2, 7).buffer);
  return raw(samples, 70, 90, 1).toColourspace("grey16").png().toBuffer();
}

function changedPixels(before: Picture, after: Picture): { x: number; y: number }[] {
  const changed = new Set<number>();
  for (const [index, value] of before.rgb.entries()) {
    if (value !== after.rgb[index]) changed.add(Math.floor(index / 3));
  }
  return [...changed].map((pixel) => ({ x: pixel % before.width, y: Math.floor(pixel / before.width) }));
}

function isInside(x: number, y: number): boolean {
  return x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
}
