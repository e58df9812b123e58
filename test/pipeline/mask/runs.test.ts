import { expect, it } from "vitest";
import { coverLinesOf } from "../../../src/pipeline/image/cover.ts";
import { maskFromRuns, runsOf } from "../../../src/pipeline/mask/runs.ts";
import { randomNumbers, randomWhole } from "../image/pictures.ts";

const seed = Date.now() % 1e6;

it(`run lengths give back every mask, of boxes of any size and place (seed ${seed})`, () => {
  const random = randomNumbers(seed);
  for (let trial = 0; trial < 60; trial++) {
    const picture = { width: randomWhole(random, 1, 60), height: randomWhole(random, 1, 60) };
    const left = randomWhole(random, 0, picture.width - 1);
    const top = randomWhole(random, 0, picture.height - 1);
    const width = randomWhole(random, 1, picture.width - left);
    const height = randomWhole(random, 1, picture.height - top);
    const box = { left, top, width, height };
    const grid = { width: randomWhole(random, 1, width), height: randomWhole(random, 1, height) };
    const values = Uint8Array.from({ length: grid.width * grid.height }, () =>
      random() < 0.5 ? 0 : random() * 256,
    );
    const cover = { ...grid, values, tone: null };
    const lineOf = coverLinesOf(cover, box, picture);
    const expected = Array.from({ length: height }, (_, row) =>
      [...lineOf(row)].map((value) => Number(value > 0)),
    );
    const runs = runsOf(cover, box, picture);
    expect(runs.slice(1).every((run) => run > 0)).toBe(true);
    expect([...maskFromRuns({ runs, width, height })]).toEqual(expected.flat());
  }
});

it("the whole box is one run inside, and runs that do not fill the box are refused", () => {
  const box = { left: 3, top: 2, width: 5, height: 4 };
  expect(runsOf(null, box, { width: 20, height: 20 })).toEqual([0, 20]);
  expect(() => maskFromRuns({ runs: [3, 4], width: 5, height: 4 })).toThrow(
    "Expected runs of 20 pixels in all, got 7.",
  );
});
