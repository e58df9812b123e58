import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/pipeline/random.ts";
import { findSourceNoun, softmax, sourceCrop } from "../../../src/pipeline/regions/zero-shot.ts";

const at = (x: number, y: number) => ({ x, y, attention: 1 });

describe("the source noun", () => {
  const nouns = ["cat", "dog", "tree"];
  const nounEmbeddings = [Float32Array.of(1, 0, 0), Float32Array.of(0, 2, 0), Float32Array.of(0, 0, 3)];
  const find = (logitScale: number, ...crops: Float32Array[]) =>
    findSourceNoun({ crops, nounEmbeddings, nouns, logitScale });

  it("is the noun whose embedding is nearest by angle, with its zero-shot probability", () => {
    const crop = Float32Array.of(0, 0.6, 0.8);
    const found = find(10, crop);
    const [none, dog, tree] = [Math.exp(0), Math.exp(6), Math.exp(8)];
    expect(found.text).toBe("tree");
    expect(found.confidence).toBeCloseTo(tree / (none + dog + tree), 5);
    expect(found.ranked.map(({ text }) => text)).toEqual(["tree", "dog", "cat"]);
    expect(found.ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
  });

  it("of several crops is the one of the highest mean probability", () => {
    const found = find(100, Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0, 1, 0.1));
    expect(found.text).toBe("dog");
    expect(found.confidence).toBeCloseTo(2 / 3, 4);
  });

  it("is certain when there is but one", () => {
    const [first = new Float32Array(3)] = nounEmbeddings;
    const found = findSourceNoun({
      crops: [Float32Array.of(0, 1, 0)],
      nounEmbeddings: [first],
      nouns: ["cat"],
      logitScale: 100,
    });
    expect(found).toMatchObject({ text: "cat", confidence: 1 });
  });
});

describe("the softmax", () => {
  it("sums to 1 and does not overflow", () => {
    expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
    expect(softmax([-1e4, 0])).toEqual([0, 1]);
    expect(softmax([0, Math.log(3)])[1]).toBeCloseTo(0.75, 12);
  });
});

describe("the crop in which the source noun is looked for", () => {
  it("is a square of half the short side around one anchor", () => {
    expect(sourceCrop([at(100, 60)], { width: 240, height: 120 })).toEqual({
      left: 70,
      top: 30,
      width: 60,
      height: 60,
    });
  });

  it("is moved rather than cut at the picture's edges", () => {
    const picture = { width: 240, height: 120 };
    expect(sourceCrop([at(3, 118)], picture)).toEqual({ left: 0, top: 60, width: 60, height: 60 });
    expect(sourceCrop([at(239, 1)], picture)).toEqual({ left: 180, top: 0, width: 60, height: 60 });
  });

  it("covers anchors near the strongest with a margin and takes no notice of those far away", () => {
    const picture = { width: 400, height: 200 };
    const near = sourceCrop([at(100, 100), at(160, 100), at(100, 60)], picture);
    expect(near).toEqual({ left: 75, top: 25, width: 110, height: 110 });
    expect(sourceCrop([at(100, 100), at(160, 100), at(100, 60), at(390, 10)], picture)).toEqual(near);
  });

  it("is the middle of the picture where nothing draws attention", () => {
    expect(sourceCrop([], { width: 100, height: 100 })).toEqual({ left: 25, top: 25, width: 50, height: 50 });
  });

  it.each([1, 2, 3])("always lies inside the picture and holds the strongest anchor (seed %i)", (seed) => {
    const random = createRandom(seed, "crops");
    for (let trial = 0; trial < 300; trial++) {
      const picture = { width: 32 + random.integer(300), height: 32 + random.integer(300) };
      const anchors = Array.from({ length: 1 + random.integer(8) }, () =>
        at(random.uniform() * picture.width, random.uniform() * picture.height),
      );
      const { left, top, width, height } = sourceCrop(anchors, picture);
      const told = JSON.stringify({ seed, picture, anchors, left, top, width, height });
      const [{ x, y } = at(0, 0)] = anchors;
      expect(width, told).toBe(height);
      expect(Math.min(left, top), told).toBeGreaterThanOrEqual(0);
      expect(left + width, told).toBeLessThanOrEqual(picture.width);
      expect(top + height, told).toBeLessThanOrEqual(picture.height);
      expect(x >= left && x <= left + width && y >= top && y <= top + height, told).toBe(true);
    }
  });
});
