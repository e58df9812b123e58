import { describe, expect, it } from "vitest";
import {
  createCentre,
  createClipMap,
  createDinoAnchorRandomSize,
  createRandomAnchorRandomSize,
  createWhole,
} from "../../../src/eval/choosers/fixed-boxes.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { planBudget } from "../../../src/pipeline/regions/budget.ts";
import type { RegionChooser } from "../../../src/pipeline/regions/choosers/chooser.ts";
import { proposeBoxes } from "../../../src/pipeline/regions/proposals.ts";

const picture = { width: 300, height: 200 };
const anchors = [
  { x: 20, y: 30 },
  { x: 150, y: 100 },
  { x: 299, y: 199 },
  { x: 80, y: 180 },
];
const proposals = proposeBoxes(anchors, picture, 7);
const budget = planBudget({ anchors: 4, budget: 8, steps: 12, draftSteps: 3 });

async function boxesOf(chooser: RegionChooser, seed = 0) {
  const { choices } = await chooser.choose({
    ...{ proposals, budget, seed, signal: new AbortController().signal, onRound: () => {} },
    draft: () => Promise.reject(new Error("Expected no draft.")),
  });
  for (const { anchor, proposal } of choices) expect([anchor, proposal]).toEqual([null, null]);
  return choices.map(({ box }) => box);
}

/** Kolmogorov and Smirnov's distance of values in 0..1 from the uniform distribution, times the root of their number. */
function fromUniform(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const distances = sorted.map((value, index) =>
    Math.max(Math.abs(value - index / sorted.length), Math.abs(value - (index + 1) / sorted.length)),
  );
  return Math.max(...distances) * Math.sqrt(sorted.length);
}

describe("the paper's baselines", () => {
  const makers = {
    "random-anchor-random-size": () => createRandomAnchorRandomSize(picture),
    "dino-anchor-random-size": () => createDinoAnchorRandomSize(picture, anchors),
  };

  it.each(Object.entries(makers))(
    "%s gives as many boxes as there are anchors, all inside, the same for a seed",
    async (_, make) => {
      for (let seed = 0; seed < 300; seed++) {
        const boxes = await boxesOf(make(), seed);
        expect(boxes).toHaveLength(4);
        for (const { left, top, width, height } of boxes) {
          expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
          expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
          expect(left + width).toBeLessThanOrEqual(picture.width);
          expect(top + height).toBeLessThanOrEqual(picture.height);
          for (const value of [left, top, width, height]) expect(Number.isInteger(value)).toBe(true);
        }
      }
      expect(await boxesOf(make(), 5)).toEqual(await boxesOf(make(), 5));
      expect(await boxesOf(make(), 5)).not.toEqual(await boxesOf(make(), 6));
    },
  );

  it("random anchors lie uniformly and sizes are uniform and independent, where nothing is cut off", async () => {
    // Boxes that touch no border were not clamped: their middle is uniform given their size, and so on; whole boxes are told by laws of clamped ones.
    const boxes = (
      await Promise.all(
        Array.from({ length: 1500 }, (_, seed) => boxesOf(makers["random-anchor-random-size"](), seed)),
      )
    ).flat();
    // P(a box of width share w around a uniform point is not cut) = 1 - w, so the share of uncut ones is (1 - 1/2) an axis.
    const uncut = (start: number, length: number, limit: number) => start > 0 && start + length < limit;
    const across = boxes.filter(({ left, width }) => uncut(left, width, picture.width));
    expect(Math.abs(across.length / boxes.length - 0.5)).toBeLessThan(0.02);
    // The density of uncut widths is 2 (1 - w): 1 - (1 - w)^2 of them is uniform.
    const widths = across.map(
      ({ width }) => 1 - (1 - (width + createRandom(width, "dither").uniform() - 0.5) / picture.width) ** 2,
    );
    expect(fromUniform(widths)).toBeLessThan(2);
    // Given its width, an uncut box's left edge is uniform over where it can be.
    const lefts = across.map(({ left, width }) => left / (picture.width - width));
    expect(fromUniform(lefts)).toBeLessThan(2.2);
    const both = boxes.filter(
      ({ left, width, top, height }) =>
        uncut(left, width, picture.width) && uncut(top, height, picture.height),
    );
    expect(Math.abs(both.length / boxes.length - 0.25)).toBeLessThan(0.02);
  });

  it("boxes around anchors of attention are centred on them, with uniform sizes before they are cut off", async () => {
    const boxes = await Promise.all(
      Array.from({ length: 3000 }, (_, seed) => boxesOf(makers["dino-anchor-random-size"](), seed)),
    );
    const middle = boxes.map((row) => row[1]!);
    for (const { left, width, top, height } of middle) {
      expect(Math.abs(left + width / 2 - 150)).toBeLessThanOrEqual(1);
      expect(Math.abs(top + height / 2 - 100)).toBeLessThanOrEqual(1);
    }
    const dithered = (value: number, limit: number, index: number) =>
      (value - 0.5 + createRandom(index, "dither").uniform()) / limit;
    expect(fromUniform(middle.map(({ width }, index) => dithered(width, picture.width, index)))).toBeLessThan(
      2,
    );
    expect(
      fromUniform(middle.map(({ height }, index) => dithered(height, picture.height, index))),
    ).toBeLessThan(2);
    // An anchor in the corner keeps a quarter of its box: half of each side.
    const corner = boxes.map((row) => row[2]!);
    const mean = corner.reduce((sum, { width }) => sum + width, 0) / corner.length;
    expect(mean / picture.width).toBeGreaterThan(0.24);
    expect(mean / picture.width).toBeLessThan(0.26);
  });
});

describe("plain baselines", () => {
  it("centre is the fourth of seven squares in the middle, whole is the picture", async () => {
    expect(await boxesOf(createCentre(picture))).toEqual([{ left: 88, top: 38, width: 125, height: 125 }]);
    expect(await boxesOf(createWhole(picture))).toEqual([{ left: 0, top: 0, width: 300, height: 200 }]);
  });

  it("the CLIP map takes the rectangle where patches are like the prompt, and the middle where all are alike", async () => {
    const prompt = Float32Array.from([1, 0]);
    const patches = new Float32Array(64 * 2);
    for (let patch = 0; patch < 64; patch++) {
      const [row, column] = [patch >> 3, patch & 7];
      const isHot = row >= 2 && row < 5 && column >= 1 && column < 4;
      patches.set(isHot ? [1, 0.1] : [0.05, 1], 2 * patch);
    }
    const shape = [64, 2];
    const [box] = await boxesOf(createClipMap(picture, { data: patches, shape }, prompt));
    expect(box).toEqual({ left: 38, top: 50, width: 112, height: 75 });
    const same = { data: new Float32Array(128).fill(1), shape };
    expect(await boxesOf(createClipMap(picture, same, prompt))).toEqual(await boxesOf(createCentre(picture)));
  });
});
