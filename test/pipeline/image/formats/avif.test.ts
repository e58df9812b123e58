import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readAvif } from "../../../../src/pipeline/image/formats/avif.ts";
import { decodePicture } from "../../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../../src/pipeline/image/picture.ts";
import { boxOf, bytesOf, mediaBox, withProperty } from "../avif-files.ts";
import { randomNumbers, randomWhole, raw, refusal } from "../pictures.ts";

const fixtures = join(import.meta.dirname, "..", "..", "..", "fixtures", "pictures");
const grid = readFileSync(join(fixtures, "02-grid-whole.avif"));

/** Four quarters of 48 × 36, each of a colour and an alpha of its own. */
const quarters = [
  [220, 200, 90, 40],
  [30, 200, 90, 160],
  [220, 40, 90, 100],
  [30, 40, 90, 250],
] as const;
let avif = Buffer.alloc(0);
beforeAll(async () => {
  const rgba = new Uint8Array(96 * 72 * 4);
  for (let y = 0; y < 72; y++) {
    for (let x = 0; x < 96; x++)
      rgba.set(quarters[(y < 36 ? 0 : 2) + (x < 48 ? 0 : 1)] ?? [], (y * 96 + x) * 4);
  }
  avif = await raw(rgba, 96, 72, 4).avif({ quality: 90, effort: 1, chromaSubsampling: "4:4:4" }).toBuffer();
});

/** Which quarter lies in which corner: top left, top right, bottom left, bottom right; by colours, then by alpha. */
function cornersOf({ rgb, alpha, width, height }: Picture) {
  const places = [4, width - 5].flatMap((x) => [4, height - 5].map((y) => y * width + x));
  const nearest = (value: readonly number[], channels: readonly number[]) =>
    quarters.findIndex((quarter) =>
      channels.every((channel, index) => Math.abs((quarter[channel] ?? 0) - (value[index] ?? 0)) < 15),
    );
  const byColour = places.map((at) => nearest([...rgb.subarray(at * 3, at * 3 + 3)], [0, 1, 2]));
  return { byColour, byAlpha: places.map((at) => nearest([alpha?.[at] ?? 0], [3])) };
}

describe("alpha is turned with the colours", () => {
  const turns = [
    ["irot", 1],
    ["irot", 2],
    ["irot", 3],
    ["imir", 0],
    ["imir", 1],
  ] as const;

  it.each(turns)("where only the colours say so (%s %i)", async (type, value) => {
    const property = mediaBox(type, bytesOf(value));
    const colours = withProperty(avif, 1, property, true);
    const both = withProperty(colours, 2, property, true);
    const right = cornersOf(await decodePicture(both));
    expect(right.byAlpha).toEqual(right.byColour);
    expect(right.byColour).not.toEqual(cornersOf(await decodePicture(avif)).byColour);
    expect(cornersOf(await decodePicture(colours))).toEqual(right);
  });

  it("by two turns, one after the other", async () => {
    const [first, second] = [mediaBox("irot", bytesOf(1)), mediaBox("imir", bytesOf(0))];
    const colours = withProperty(withProperty(avif, 1, first, true), 1, second, true);
    const both = withProperty(withProperty(colours, 2, first, true), 2, second, true);
    expect(cornersOf(await decodePicture(colours))).toEqual(cornersOf(await decodePicture(both)));
  });
});

describe("a grid", () => {
  it("is read tile by tile before it is read as a whole", () => {
    expect([...readAvif(grid).tiles()]).toHaveLength(4);
    expect([...readAvif(avif).tiles()]).toEqual([]);
  });

  it("of which a tile is damaged is damaged", async () => {
    const data = boxOf(grid, "mdat");
    for (const tile of [0, 1, 2, 3]) {
      const changed = Buffer.from(grid);
      const start = data.data + Math.floor(((data.end - data.data) * tile) / 4) + 200;
      changed.fill(0xff, start, start + 1500);
      await refusal(decodePicture(changed), "picture-corrupt");
    }
  });

  it("of fewer or more tiles than it needs is damaged", async () => {
    // One byte each of rows and columns, less one, right after the version and flags of the grid.
    const place = grid.indexOf(Buffer.from([0, 0, 1, 1, 1, 0, 1, 0]));
    expect(place).toBeGreaterThan(0);
    for (const [rows, columns] of [
      [0, 1],
      [1, 2],
      [255, 255],
    ] as const) {
      const changed = Buffer.from(grid);
      changed.set([rows, columns], place + 2);
      await refusal(decodePicture(changed), "picture-corrupt");
    }
  });

  it("with any byte of its boxes changed is refused with a code, or some picture", async () => {
    const seed = Date.now() % 1e6;
    const random = randomNumbers(seed);
    const end = boxOf(grid, "meta").end;
    for (let trial = 0; trial < 150; trial++) {
      const changed = Buffer.from(grid);
      const at = randomWhole(random, 32, end - 1);
      changed[at] = randomWhole(random, 0, 255);
      const answer = await decodePicture(changed).then(
        () => "picture-read",
        (error: { code?: string }) => error.code ?? String(error),
      );
      expect({ seed, at, answer }).toEqual({ seed, at, answer: expect.stringMatching(/^picture-/) });
    }
  });
});

describe("sizes of an AVIF", () => {
  const claiming = (file: Buffer, width: number, height: number) => {
    const changed = Buffer.from(file);
    const ispe = changed.indexOf("ispe", 0, "latin1") + 8;
    changed.writeUInt32BE(width, ispe);
    changed.writeUInt32BE(height, ispe + 4);
    return changed;
  };

  it("above what the decoder can hold are refused by what the header claims", async () => {
    const deep = readFileSync(join(fixtures, "07-nclx-p3-10.avif"));
    const eight = readFileSync(join(fixtures, "p3-nclx.avif"));
    const { message } = await refusal(decodePicture(claiming(eight, 7000, 5000)), "picture-too-large");
    expect(message).toContain("an AVIF picture of at most 34 megapixels");
    const deeper = await refusal(decodePicture(claiming(deep, 5000, 4100)), "picture-too-large");
    expect(deeper.message).toContain("an AVIF picture of 10 bits of at most 20 megapixels");
  });

  it("below what its data holds are damage", async () => {
    const eight = readFileSync(join(fixtures, "02-grid-whole.avif"));
    await refusal(decodePicture(claiming(eight, 40, 40)), "picture-corrupt");
  });
});

it("what the boxes say is told by the sequence header where they say nothing", () => {
  const eight = readFileSync(join(fixtures, "06-mono-limited-range.avif"));
  const without = Buffer.from(eight);
  without.write("free", without.indexOf("colr", 0, "latin1"), "latin1");
  expect(readAvif(eight)).toMatchObject({ bits: 8, isMonochrome: true, cicp: { isFullRange: false } });
  expect(readAvif(without)).toMatchObject({ bits: 8, isMonochrome: true, cicp: { isFullRange: false } });
  const ten = readFileSync(join(fixtures, "07-nclx-pq-10.avif"));
  expect(readAvif(ten)).toMatchObject({
    bits: 10,
    isMonochrome: false,
    cicp: { primaries: 9, transfer: 16 },
  });
});
