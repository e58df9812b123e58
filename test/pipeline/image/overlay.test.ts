import { describe, expect, it } from "vitest";
import { drawOverlay } from "../../../src/pipeline/image/image.ts";
import { marksExtent, type OverlayMarks } from "../../../src/pipeline/image/overlay.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Box } from "../../../src/types.ts";
import { flatRgb, noisyPicture, randomNumbers, randomWhole } from "./pictures.ts";

const grey = (width: number, height: number): Picture => ({
  ...flatRgb(width, height, [120, 120, 120]),
  alpha: null,
});
const white = "255 255 255";
const dark = "16 20 24";
const plain = "120 120 120";

function colourAt(picture: Picture, x: number, y: number): string {
  const at = (y * picture.width + x) * 3;
  return picture.rgb.subarray(at, at + 3).join(" ");
}

const redOf = (colour: string) => Number(colour.split(" ")[0]);

/** Runs of one colour along a line of pixels, as `[colour, length]`. */
function runs(colours: readonly string[]): [string, number][] {
  const found: [string, number][] = [];
  for (const colour of colours) {
    const last = found.at(-1);
    if (last?.[0] === colour) last[1]++;
    else found.push([colour, 1]);
  }
  return found;
}

const across = (picture: Picture, y: number, from: number, length: number) =>
  runs(Array.from({ length }, (_, index) => colourAt(picture, from + index, y)));
const down = (picture: Picture, x: number, from: number, length: number) =>
  runs(Array.from({ length }, (_, index) => colourAt(picture, x, from + index)));

describe("the box's line", () => {
  // White between dark rims, the outer rim outside the box; thicker in larger pictures, never half a pixel.
  it.each([
    [64, 64, { left: 20, top: 30, width: 24, height: 24 }, 1, 1],
    [57, 43, { left: 15, top: 20, width: 21, height: 19 }, 1, 1],
    [256, 256, { left: 100, top: 90, width: 80, height: 81 }, 1, 1],
    [1001, 701, { left: 300, top: 200, width: 333, height: 335 }, 4, 2],
    [4000, 3000, { left: 1000, top: 999, width: 1001, height: 1001 }, 15, 8],
    [7142, 7000, { left: 1000, top: 2000, width: 4001, height: 4001 }, 35, 18],
  ])("in %i x %i is crisp on all four sides", async (width, height, box, line, rim) => {
    const drawn = await drawOverlay(grey(width, height), { box, anchor: null, rank: 1 });
    const beside = 3;
    const profile = [
      [plain, beside],
      [dark, rim],
      [white, line],
      [dark, rim],
      [plain, beside],
    ];
    const inwards = 2 * beside + line + 2 * rim;
    const { left, top } = box;
    const right = left + box.width;
    const bottom = top + box.height;
    const middle = Math.floor(left + box.width / 2);
    // The badge may stand above the box or below it, at its left; so the level is one that it does not reach.
    const level = Math.floor(top + box.height * 0.75);
    expect(across(drawn, level, left - rim - beside, inwards)).toEqual(profile);
    expect(across(drawn, level, right + rim + beside - inwards, inwards)).toEqual(profile);
    if (width < 64) return;
    const column = right - Math.ceil((right - middle) / 4);
    expect(down(drawn, column, top - rim - beside, inwards)).toEqual(profile);
    expect(down(drawn, column, bottom + rim + beside - inwards, inwards)).toEqual(profile);
  });

  it("stays whole at the picture's borders and around a box of one pixel", async () => {
    const all = await drawOverlay(grey(64, 64), {
      box: { left: 0, top: 0, width: 64, height: 64 },
      anchor: null,
      rank: 1,
    });
    expect(across(all, 50, 0, 4)).toEqual([
      [dark, 1],
      [white, 1],
      [dark, 1],
      [plain, 1],
    ]);
    expect(across(all, 50, 60, 4).reverse()).toEqual(across(all, 50, 0, 4));
    const corner = await drawOverlay(grey(64, 64), {
      box: { left: 63, top: 63, width: 1, height: 1 },
      anchor: null,
      rank: 1,
    });
    expect(down(corner, 60, 57, 7)).toEqual([
      [dark, 1],
      [white, 1],
      [dark, 1],
      [plain, 1],
      [dark, 1],
      [white, 1],
      [dark, 1],
    ]);
  });

  it("of a large picture, which is drawn in bands, has no gap from top to bottom", async () => {
    const box = { left: 1000, top: 500, width: 4001, height: 6001 };
    const drawn = await drawOverlay(grey(7142, 7000), { box, anchor: null, rank: 1 });
    expect(down(drawn, 1000 + 5, 1000, 5000)).toEqual([[white, 5000]]);
  });
});

describe("the anchor", () => {
  it.each([32, 64, 256, 1000, 4000])("is a white disc with a dark rim, at %i pixels", async (side) => {
    const box = { left: 0, top: 0, width: side, height: side };
    const place = Math.round(side * 0.6) + 0.5;
    const drawn = await drawOverlay(grey(side, side), { box, anchor: { x: place, y: place }, rank: 1 });
    const centre = Math.floor(place);
    const reach = Math.ceil(Math.max(2, side / 90) + side / 100 + 4);
    const colours = across(drawn, centre, centre - reach, 2 * reach + 1).map(([colour]) => colour);
    expect(colours[0]).toBe(plain);
    expect(colours.at(-1)).toBe(plain);
    // Circles are antialiased: on a rim of one pixel the dark may be mixed with what lies below.
    expect(colours).toContain(white);
    expect(Math.min(...colours.map(redOf))).toBeLessThan(100);
    expect(colourAt(drawn, centre, centre)).toBe(side < 340 ? white : dark);
  });

  it("is left out where the box was given", async () => {
    const box = { left: 8, top: 8, width: 48, height: 48 };
    const drawn = await drawOverlay(grey(64, 64), { box, anchor: null, rank: 1 });
    expect(colourAt(drawn, 32, 32)).toBe(plain);
  });
});

describe("the rank", () => {
  const box = { left: 100, top: 100, width: 100, height: 100 };
  const drawnAs = (rank: number) => drawOverlay(grey(256, 256), { box, anchor: null, rank });

  it("is another figure for every rank, in white on dark", async () => {
    const seen = new Set<string>();
    for (let rank = 1; rank <= 64; rank++) {
      const drawn = await drawnAs(rank);
      const badge = Array.from({ length: 17 * 40 }, (_, index) =>
        colourAt(drawn, 100 + (index % 40), 82 + Math.floor(index / 40)),
      );
      expect(badge).toContain(dark);
      expect(badge.filter((colour) => redOf(colour) > 180).length).toBeGreaterThan(9);
      seen.add(badge.join());
    }
    expect(seen.size).toBe(64);
  });

  it("keeps clear of the box where there is room above, below or beside it", async () => {
    for (const top of [100, 0]) {
      const marks = { box: { ...box, top }, anchor: null, rank: 3 };
      const drawn = await drawOverlay(grey(256, 256), marks);
      const inside = Array.from({ length: 60 }, (_, row) => across(drawn, top + 10 + row, 110, 80));
      expect(inside.every((line) => line.length === 1 && line[0]?.[0] === plain)).toBe(true);
    }
  });
});

describe("all marks", () => {
  const seed = Date.now() % 1e6;

  it(`lie inside the extent that is told, and the extent inside the picture (seed ${seed})`, async () => {
    const random = randomNumbers(seed);
    for (let trial = 0; trial < 60; trial++) {
      const picture = noisyPicture(
        randomWhole(random, 32, 300),
        randomWhole(random, 32, 300),
        trial,
        trial % 2 === 0,
      );
      const marks = randomMarks(picture, random);
      const extent = marksExtent(picture, marks);
      const drawn = await drawOverlay(picture, marks);
      const inPicture =
        extent.left >= 0 &&
        extent.top >= 0 &&
        extent.left + extent.width <= picture.width &&
        extent.top + extent.height <= picture.height;
      const outside = drawn.rgb.findIndex(
        (value, index) => value !== picture.rgb[index] && !isInside(extent, index, picture.width),
      );
      expect({ seed, trial, inPicture, outside }).toEqual({ seed, trial, inPicture: true, outside: -1 });
    }
  });

  it("are opaque on a transparent picture, and leave its alpha alone elsewhere", async () => {
    const clear: Picture = { ...grey(64, 64), alpha: new Uint8Array(64 * 64) };
    const box = { left: 20, top: 30, width: 24, height: 24 };
    const { alpha } = await drawOverlay(clear, { box, anchor: null, rank: 1 });
    expect(alpha?.[48 * 64 + 20]).toBe(255);
    expect(alpha?.[40 * 64 + 32]).toBe(0);
    expect(clear.alpha?.every((value) => value === 0)).toBe(true);
  });
});

function randomMarks({ width, height }: Picture, random: () => number): OverlayMarks {
  const box = {
    left: randomWhole(random, 0, width - 1),
    top: randomWhole(random, 0, height - 1),
    width: 1,
    height: 1,
  };
  return {
    box: {
      ...box,
      width: randomWhole(random, 1, width - box.left),
      height: randomWhole(random, 1, height - box.top),
    },
    anchor: random() < 0.3 ? null : { x: random() * width, y: random() * height },
    rank: randomWhole(random, 1, 64),
  };
}

function isInside({ left, top, width, height }: Box, index: number, pictureWidth: number): boolean {
  const pixel = Math.floor(index / 3);
  const x = pixel % pictureWidth;
  const y = Math.floor(pixel / pictureWidth);
  return x >= left && x < left + width && y >= top && y < top + height;
}

describe("what an edit of the whole picture left as it was", () => {
  const box = { left: 0, top: 0, width: 128, height: 96 };

  it("is dark, what changed has its colours, and the result is left alone", async () => {
    const before = grey(128, 96);
    const after = { ...before, rgb: before.rgb.slice() };
    // The right half: another grey. The left half: a fine pattern, as of a picture that was made smaller and larger again.
    for (let at = 0; at < after.rgb.length; at++) {
      const x = Math.floor(at / 3) % 128;
      after.rgb[at] = x < 63 ? 120 + (x % 2 === 0 ? 9 : -9) : 180;
    }
    const given = after.rgb.slice();
    const drawn = await drawOverlay(after, { box, anchor: null, rank: 1, before });
    expect(redOf(colourAt(drawn, 30, 60))).toBeLessThan(60);
    expect(colourAt(drawn, 100, 60)).toBe("180 180 180");
    expect(after.rgb).toEqual(given);
  });

  it("is dark where the method decided not to edit, whatever changed there", async () => {
    // Two columns and one row: the left half was to stay.
    const decided = { width: 2, height: 1, data: Float32Array.of(0, 1) };
    const before = grey(128, 96);
    const drawn = await drawOverlay(before, { box, anchor: null, rank: 1, before, decided });
    expect(redOf(colourAt(drawn, 63, 60))).toBeLessThan(60);
    expect(colourAt(drawn, 64, 60)).toBe(plain);
  });

  it("has its colours where nothing is known of before", async () => {
    const drawn = await drawOverlay(grey(128, 96), { box, anchor: null, rank: 1 });
    expect(colourAt(drawn, 30, 60)).toBe(plain);
  });
});
