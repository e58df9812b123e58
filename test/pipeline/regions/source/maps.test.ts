import { describe, expect, it } from "vitest";
import { sourceEvidence } from "../../../../src/pipeline/regions/source/evidence.ts";
import { mapNouns, nounShares, planeOf, relative } from "../../../../src/pipeline/regions/source/noun-map.ts";
import { resizeMap } from "../../../../src/pipeline/regions/source/resize-map.ts";
import { findThings } from "../../../../src/pipeline/regions/source/things.ts";

const [east, north] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
const mapOf = (...rows: number[][]) => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]?.length ?? 0],
});

describe("a map of nouns", () => {
  // Four patches of a square picture: the first two are called east, the others north.
  const patches = { data: Float32Array.of(2, 0, 1, 0, 0, 3, 0, 1), shape: [4, 2] };
  const map = mapNouns(patches, [east, north], 10);

  it("has the cosine of every patch with every noun, whatever its length", () => {
    expect(planeOf(map.cosines, 0)).toEqual({ data: Float32Array.of(1, 1, 0, 0), shape: [2, 2] });
    expect(planeOf(map.cosines, 1)).toEqual({ data: Float32Array.of(0, 0, 1, 1), shape: [2, 2] });
  });

  it("has probabilities that sum to 1 in each patch", () => {
    const [first, second] = [planeOf(map.probabilities, 0), planeOf(map.probabilities, 1)];
    for (const [patch, value] of first.data.entries())
      expect(value + (second.data[patch] ?? 0)).toBeCloseTo(1, 6);
    expect(first.data[0]).toBeCloseTo(1 / (1 + Math.exp(-10)), 6);
  });

  it("shares what draws attention among the nouns", () => {
    // The median is 1, so what draws attention are the patches of 3 and 2.
    expect(nounShares(map, mapOf([3, 1], [1, 1]))[0]).toBeGreaterThan(0.99);
    const [a = 0, b = 0] = nounShares(map, mapOf([3, 0], [3, 0]));
    expect(a).toBeCloseTo(0.5, 6);
    expect(a + b).toBeCloseTo(1, 6);
  });

  it("takes all nouns for as likely where nothing draws more attention than the rest", () => {
    expect(nounShares(map, mapOf([1, 1], [1, 1]))).toEqual([0.5, 0.5]);
  });
});

describe("relative values", () => {
  it("are 0 at the median, 1 at the highest and never below -1", () => {
    expect([...relative(Float32Array.of(-9, 1, 2, 3, 4))]).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect([...relative(Float32Array.of(5, 5))]).toEqual([0, 0]);
  });
});

describe("a map at another size", () => {
  it("is bilinear where it grows and a mean where it shrinks", () => {
    expect([...resizeMap(mapOf([0, 4]), 1, 4).data]).toEqual([0, 1, 3, 4]);
    expect(resizeMap(mapOf([1, 3], [5, 7]), 1, 1)).toEqual(mapOf([4]));
    expect([...resizeMap(mapOf([0, 3, 6]), 1, 2).data].map((value) => value.toFixed(3))).toEqual([
      "1.000",
      "5.000",
    ]);
  });
});

describe("things on a map of evidence", () => {
  const picture = { width: 80, height: 40 };

  it("are the rectangles of the largest sum, the clearest first", () => {
    const evidence = mapOf(
      [-1, 3, 3, -1, -1, -1, -1, -1],
      [-1, 3, 3, -1, -1, 2, 2, -1],
      [-1, -1, -1, -1, -1, 2, 2, -1],
      [-1, -1, -1, -1, -1, -1, -1, -1],
    );
    expect(findThings(evidence, picture, 2)).toEqual([
      { left: 10, top: 0, width: 20, height: 20 },
      { left: 50, top: 10, width: 20, height: 20 },
    ]);
    expect(findThings(evidence, picture, 1)).toHaveLength(1);
  });

  it("leave out what has less than 0.4 of the first one's evidence", () => {
    expect(findThings(mapOf([10, -1, 4]), picture, 2)).toHaveLength(1);
    expect(findThings(mapOf([10, -20, 5]), picture, 2)).toHaveLength(2);
  });

  it("are none where nothing speaks for one", () => {
    expect(findThings(mapOf([-1, 0, -2]), picture, 2)).toEqual([]);
  });
});

describe("the evidence for the source noun", () => {
  it("follows the features of what CLIP names, also where CLIP sees too coarsely", () => {
    // The ViT's thing fills the cells of columns 2 to 4; CLIP's columns are twice as wide, so it sees one more.
    const isThing = (column: number) => column >= 2 && column <= 4;
    const patchFeatures = {
      data: Float32Array.from({ length: 2 * 64 }, (_, index) => {
        const thing = isThing(index % 8);
        return index < 64 === thing ? 1 : 0;
      }),
      shape: [2, 8, 8],
    };
    const evidence = sourceEvidence({
      cosines: mapOf([0.2, 0.6, 0.45, 0.2], [0.2, 0.6, 0.45, 0.2]),
      probabilities: mapOf([0, 1, 0.8, 0], [0, 1, 0.8, 0]),
      patchFeatures,
    });
    expect(evidence.shape).toEqual([16, 16]);
    const [thing] = findThings(evidence, { width: 160, height: 160 }, 1);
    expect(thing).toMatchObject({ top: 0, height: 160 });
    const { left = 0, width = 0 } = thing ?? {};
    expect(Math.abs(left - 40)).toBeLessThanOrEqual(10);
    expect(Math.abs(left + width - 100)).toBeLessThanOrEqual(10);
  });
});
