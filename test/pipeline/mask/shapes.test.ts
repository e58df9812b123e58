import { describe, expect, it } from "vitest";
import { distancesTo } from "../../../src/pipeline/mask/distance.ts";
import { tidied, touching, withoutHoles } from "../../../src/pipeline/mask/shapes.ts";
import { randomNumbers, randomWhole } from "../image/pictures.ts";
import { drawingOf, drawn } from "./cells.ts";

describe("distances to a set of cells", () => {
  const seed = Date.now() % 1e6;

  it(`are those to the nearest cell of it, for sets of any size and shape (seed ${seed})`, () => {
    const random = randomNumbers(seed);
    for (let trial = 0; trial < 30; trial++) {
      const [width, height] = [randomWhole(random, 1, 14), randomWhole(random, 1, 14)];
      const values = Uint8Array.from({ length: width * height }, () => Number(random() < 0.15));
      const members = [...values.keys()].filter((index) => values[index] === 1);
      const found = distancesTo({ width, height, values });
      for (const [index, distance] of found.values.entries()) {
        const to = (other: number) =>
          Math.hypot(
            (other % width) - (index % width),
            Math.floor(other / width) - Math.floor(index / width),
          );
        const nearest = members.length === 0 ? 1e4 : Math.min(...members.map(to));
        expect(distance).toBeCloseTo(nearest, 3);
      }
    }
  });
});

describe("a set of cells", () => {
  it("loses holes, but not what is open to the grid's border", () => {
    const cells = drawn("#####", "#.#.#", "###.#", "....#");
    expect(drawingOf(withoutHoles(cells))).toEqual(["#####", "###.#", "###.#", "....#"]);
  });

  it("is parted into what reaches a side and what does not", () => {
    const cells = drawn("#....", "#..#.", ".....", "..##.");
    const sides = { left: true, top: false, right: false, bottom: false };
    expect(drawingOf(touching(cells, sides))).toEqual(["#....", "#....", ".....", "....."]);
    expect(drawingOf(touching(cells, { ...sides, bottom: true }))).toEqual([
      "#....",
      "#....",
      ".....",
      "..##.",
    ]);
  });

  it("is tidied of gaps, hairs and crumbs, and may be empty then", () => {
    const cells = drawn("........", ".##.###.", ".##.###.", ".##.###.", "........", "......#.");
    const options = { closing: 1, opening: 1, leastShare: 0.1 };
    const tidy = drawingOf(tidied(cells, options));
    expect(tidy[2]).toBe(".######.");
    expect(tidy[5]).toBe("........");
    expect(drawingOf(tidied(drawn("...", ".#.", "..."), { ...options, closing: 0 }))).toEqual([
      "...",
      "...",
      "...",
    ]);
  });
});
