import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import {
  boxCovariance,
  intersectionOverUnion,
} from "../../../../src/pipeline/regions/process/box-covariance.ts";
import type { Box } from "../../../../src/types.ts";
import { choleskyOf } from "./cholesky.ts";

const square = (left: number, side: number): Box => ({ left, top: 0, width: side, height: side });
const kernel = { overlapScale: 0.8, sizeVariance: 0.5, sizeScale: 0.4 };

describe("intersection over union", () => {
  it.each([
    ["the same", square(0, 10), square(0, 10), 1],
    ["half beside each other", square(0, 10), square(5, 10), 1 / 3],
    ["one in the other", square(0, 10), square(2, 5), 0.25],
    ["apart", square(0, 10), square(10, 10), 0],
  ])("of boxes that are %s", (_, a, b, expected) => {
    expect(intersectionOverUnion(a, b)).toBeCloseTo(expected, 12);
    expect(intersectionOverUnion(b, a)).toBeCloseTo(expected, 12);
  });
});

describe("what the losses of boxes have in common", () => {
  it("is by overlap and by size: known values", () => {
    const covariance = boxCovariance([square(0, 10), square(5, 10), square(100, 20)], kernel);
    expect(covariance[0]).toBeCloseTo(1.5, 12);
    expect(covariance[1]).toBeCloseTo(Math.exp(-(2 / 3) / 0.8) + 0.5, 12);
    expect(covariance[2]).toBeCloseTo(Math.exp(-1 / 0.8) + 0.5 * Math.exp(-((Math.LN2 / 0.4) ** 2) / 2), 12);
  });

  it.each([1, 2, 3, 4])("is a covariance, whatever the boxes (seed %i)", (seed) => {
    const random = createRandom(seed, "boxes");
    const boxes = Array.from({ length: 40 }, () => ({
      left: random.integer(100),
      top: random.integer(100),
      width: 1 + random.integer(100),
      height: 1 + random.integer(100),
    }));
    const covariance = boxCovariance(boxes, kernel);
    const lifted = covariance.map((value, cell) => value + (cell % (boxes.length + 1) === 0 ? 1e-9 : 0));
    expect(choleskyOf(lifted), `seed ${seed}`).not.toBeNull();
    for (let cell = 0; cell < covariance.length; cell++) {
      const mirrored = (cell % boxes.length) * boxes.length + Math.floor(cell / boxes.length);
      expect(covariance[cell]).toBe(covariance[mirrored]);
    }
  });
});
