import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import { refusal, temporaryFolder } from "./pictures.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "pictures");
const fixture = (name: string) => join(folder, name);
const { put } = temporaryFolder();

/** The colour of a pixel, with its alpha where the picture has one. */
function pixel({ rgb, alpha, width }: Picture, x: number, y: number): number[] {
  const at = y * width + x;
  return [...rgb.subarray(at * 3, at * 3 + 3), ...(alpha ? [alpha[at] ?? Number.NaN] : [])];
}

/** Three pixels from each corner: top left, top right, bottom left, bottom right. */
function corners(picture: Picture): number[][] {
  const [right, bottom] = [picture.width - 4, picture.height - 4];
  return [
    pixel(picture, 3, 3),
    pixel(picture, right, 3),
    pixel(picture, 3, bottom),
    pixel(picture, right, bottom),
  ];
}

function expectNear(found: readonly number[] | undefined, right: readonly number[], within: number): void {
  const off = right.map((value, channel) => Math.abs(value - (found?.[channel] ?? Number.NaN)));
  expect({ found, right, isNear: off.every((each) => each <= within) }).toMatchObject({ isNear: true });
}

const drawn = [
  [230, 30, 20],
  [20, 200, 40],
  [30, 50, 220],
] as const;

describe("a 16-bit PNG with a profile and an orientation", () => {
  const name = "01-rgb16-adobe-orientation6.png";

  it("is upright and in sRGB, the same at every reading", async () => {
    for (let reading = 0; reading < 10; reading++) {
      const picture = await readPicture(fixture(name));
      expect([picture.width, picture.height]).toEqual([72, 96]);
      expect(corners(picture).slice(0, 2)).toEqual([
        [5, 46, 225],
        [255, 24, 12],
      ]);
    }
  });

  it("in a fresh process too", () => {
    const image = pathToFileURL(join(import.meta.dirname, "../../../dist/pipeline/image/image.js")).href;
    const code = `
      const { readPicture } = await import(${JSON.stringify(image)});
      const { rgb, width, height } = await readPicture(${JSON.stringify(fixture(name))});
      console.log(JSON.stringify([width, height, ...rgb.subarray((3 * width + 3) * 3, (3 * width + 4) * 3)]));`;
    for (let start = 0; start < 3; start++) {
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
        encoding: "utf8",
      });
      expect(JSON.parse(printed)).toEqual([72, 96, 5, 46, 225]);
    }
  });
});

describe("what is not whole", () => {
  it("a grid of which tiles are missing is damaged; the whole one is read", async () => {
    const [first, second] = corners(await readPicture(fixture("02-grid-whole.avif")));
    expectNear(first, drawn[0], 4);
    expectNear(second, drawn[1], 4);
    await refusal(readPicture(fixture("02-grid-cut-half.avif")), "picture-corrupt");
  });

  it.each(["03-stray-byte-then-cut.jpg", "03-49-megapixels-of-nothing.jpg"])(
    "%s is damaged",
    async (name) => {
      await refusal(readPicture(fixture(name)), "picture-corrupt");
    },
  );

  it("a JPEG of 1,200 scans is refused by their number", async () => {
    await refusal(readPicture(fixture("04-progressive-1200-scans.jpg")), "picture-too-many-scans");
  });

  it.each(["02-grid-whole.avif", "05-premultiplied.avif", "07-nclx-p3-10.avif", "p3-nclx.avif"])(
    "%s that breaks off anywhere is damaged",
    async (name) => {
      const bytes = readFileSync(fixture(name));
      for (let part = 0; part < 60; part++) {
        const cut = 32 + Math.floor(((bytes.length - 32) * part) / 60);
        const answer = await readPicture(put("cut.avif", bytes.subarray(0, cut))).then(
          () => "read",
          (error: { code: string }) => error.code,
        );
        expect({ cut, answer }).toEqual({ cut, answer: "picture-corrupt" });
      }
    },
  );
});

describe("colours that are not sRGB", () => {
  it("are divided by alpha where they were multiplied by it", async () => {
    const picture = await readPicture(fixture("05-premultiplied.avif"));
    expectNear(pixel(picture, 92, 3), [20, 200, 40, 244], 4);
  });

  it("are stretched from the limited range where there is luma alone", async () => {
    const picture = await readPicture(fixture("06-mono-limited-range.avif"));
    expect(corners(picture).map(([grey]) => grey)).toEqual([88, 128, 63, 206]);
  });

  it("of Display P3 in an AVIF of 10 bits become sRGB", async () => {
    const found = corners(await readPicture(fixture("07-nclx-p3-10.avif")));
    for (const [index, right] of [
      [251, 0, 0],
      [0, 204, 0],
      [23, 51, 229],
    ].entries()) {
      expectNear(found[index], right, 2);
    }
  });

  const stripes = [
    [200, 60, 40],
    [60, 160, 70],
    [40, 80, 190],
    [255, 255, 255],
    [128, 128, 128],
  ];

  it.each([
    // Its own 8 bits hold the blue stripe two levels off, which the way from P3 makes three.
    { name: "p3-nclx.avif", within: 3, white: [255, 255, 255] },
    // White gives way to what is brighter than a page.
    { name: "pq-cicp.png", within: 2, white: [242, 242, 242] },
  ])("$name has the colours that it was made from", async ({ name, within, white }) => {
    const picture = await readPicture(fixture(name));
    for (const [index, right] of stripes.entries()) {
      expectNear(pixel(picture, index * 40 + 20, 20), index === 3 ? white : right, within);
    }
  });

  it("of PQ brighter than white are rolled off, none is taken as a code of sRGB", async () => {
    const [red, green, blue] = corners(await readPicture(fixture("07-nclx-pq-10.avif")));
    expect([red?.[0], green?.[1], blue?.[2]]).toEqual([255, 255, 255]);
  });

  it("by gAMA and by cICP in a PNG become sRGB", async () => {
    const linear = corners(await readPicture(fixture("08-png-gama1.png")));
    // sRGB's curve of 230/255, 30/255 and 20/255 of light.
    expectNear(linear[0], [244, 96, 79], 1);
    const p3 = corners(await readPicture(fixture("08-png-cicp-p3.png")));
    expectNear(p3[0], [251, 0, 0], 1);
    expectNear(p3[2], [23, 51, 229], 1);
  });

  it("an orientation after the pixels turns a PNG", async () => {
    const picture = await readPicture(fixture("09-orientation-after-idat.png"));
    expect([picture.width, picture.height]).toEqual([72, 96]);
    expect(corners(picture).slice(0, 2)).toEqual([drawn[2], drawn[0]]);
  });
});
