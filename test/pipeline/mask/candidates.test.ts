import { describe, expect, it } from "vitest";
import { candidateCells } from "../../../src/pipeline/mask/candidates.ts";
import { smallestWithin } from "../../../src/pipeline/mask/choose.ts";
import { type Cells, shareOf } from "../../../src/pipeline/mask/grid.ts";
import { candidateCovers, softened } from "../../../src/pipeline/mask/soften.ts";
import { noisyPicture } from "../image/pictures.ts";
import { type Area, boxPixels, everySide, scene } from "./cells.ts";

const ground = [120, 160, 90] as const;
const anew = [126, 152, 92] as const;
const thing: Area = { left: 20, top: 20, width: 24, height: 24, colour: [230, 40, 60] };
const covers = ({ width, values }: Cells, { left, top, width: across, height }: Omit<Area, "colour">) => {
  const inside = [...values].filter((value, index) => {
    const [column, row] = [index % width, Math.floor(index / width)];
    return value === 1 && column >= left && column < left + across && row >= top && row < top + height;
  });
  return inside.length / (across * height);
};

describe("candidates", () => {
  it("hold the new thing and leave out ground that was merely painted anew, smallest first", () => {
    const found = candidateCells(boxPixels(scene(64, ground, []), scene(64, anew, [thing])));
    expect(found.length).toBeGreaterThan(1);
    for (const cells of found) expect(covers(cells, thing)).toBe(1);
    const shares = found.map(shareOf);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.2);
  });

  it("hold an old thing that is painted away, where it lies inside the box", () => {
    const old: Area = { left: 8, top: 8, width: 14, height: 14, colour: [20, 20, 20] };
    for (const cells of candidateCells(boxPixels(scene(64, ground, [old]), scene(64, anew, [thing]))))
      expect(covers(cells, old)).toBeGreaterThan(0.97);
  });

  it("leave out, in some, an old thing that goes on beyond the box, but not at the picture's border", () => {
    const old: Area = { left: 0, top: 4, width: 10, height: 30, colour: [20, 20, 20] };
    const pixels = boxPixels(scene(64, ground, [old]), scene(64, anew, [thing]));
    expect(covers(candidateCells(pixels)[0] as Cells, old)).toBe(0);
    const atBorder = { ...pixels, goesOn: { ...everySide, left: false } };
    expect(covers(candidateCells(atBorder)[0] as Cells, old)).toBeGreaterThan(0.97);
  });

  it("are none where nothing differs", () => {
    expect(candidateCells(boxPixels(scene(40, ground, []), scene(40, ground, [])))).toEqual([]);
  });

  it("are the same for the same pixels, on grids of any shape", () => {
    for (const [width, height] of [
      [1, 1],
      [1, 64],
      [64, 8],
      [8, 8],
      [3, 2],
    ] as const) {
      const pixels = boxPixels(noisyPicture(width, height, 1), noisyPicture(width, height, 2));
      const found = candidateCovers(pixels);
      expect(found).toEqual(candidateCovers(pixels));
      for (const cover of found) {
        expect([cover.width, cover.height]).toEqual([width, height]);
        expect(cover.values.some((value) => value > 0)).toBe(true);
      }
    }
  });
});

describe("a soft edge", () => {
  const pixels = boxPixels(scene(64, ground, []), scene(64, anew, [thing]));
  const [cells] = candidateCells(pixels) as [Cells];

  it("shows the painting in full on every chosen cell, and falls to nothing around them", () => {
    const { values } = softened(cells, pixels);
    for (const [index, value] of cells.values.entries()) if (value === 1) expect(values[index]).toBe(255);
    expect(values[0]).toBe(0);
    expect(new Set(values).size).toBeGreaterThan(2);
  });

  it("brings the painting's ground to the picture's tone around the thing, and leaves its middle as it was painted", () => {
    const { tone } = softened(cells, pixels);
    if (!tone) throw new Error("Expected a tone, got none.");
    const at = (column: number, row: number) => {
      const cell = Math.floor((row * tone.height) / 64) * tone.width + Math.floor((column * tone.width) / 64);
      return [0, 1, 2].map((channel) => Math.round(tone.rgb[cell * 3 + channel] ?? Number.NaN) + 0);
    };
    expect(at(17, 32)).toEqual([-6, 8, -2]);
    expect(at(32, 32)).toEqual([0, 0, 0]);
  });

  it("is not coloured by an old thing that crosses it; plain Poisson cloning is", () => {
    const old: Area = { left: 0, top: 26, width: 64, height: 10, colour: [20, 20, 20] };
    const crossed = boxPixels(scene(64, ground, [old]), scene(64, anew, [thing]));
    const shiftWith = (trusted: number) => {
      const { tone } = softened(cells, crossed, { trusted, toneReach: 1e9 });
      return Math.max(...(tone?.rgb ?? []).map(Math.abs));
    };
    expect(shiftWith(16)).toBeLessThan(12);
    expect(shiftWith(Number.POSITIVE_INFINITY)).toBeGreaterThan(25);
  });
});

describe("the choice", () => {
  it("is the smallest whose loss is at most 1 % above the whole box's, or none", () => {
    const priced = [
      { share: 0.3, loss: 1.02 },
      { share: 0.5, loss: 1.01 },
      { share: 0.4, loss: 1.0101 },
      { share: 0.7, loss: 0.9 },
    ];
    expect(smallestWithin(1, priced)).toBe(priced[1]);
    expect(smallestWithin(0.8, priced)).toBeNull();
    expect(smallestWithin(1, [])).toBeNull();
  });
});
