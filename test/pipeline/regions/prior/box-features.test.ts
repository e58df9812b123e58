import { describe, expect, it } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import {
  type BoxFeaturesOptions,
  describeBoxes,
  featureNames,
} from "../../../../src/pipeline/regions/prior/box-features.ts";
import { cellsOf, meanOf } from "../../../../src/pipeline/regions/prior/cells.ts";

const random = createRandom(1);
const state = () => ({
  embedding: random.gaussians(6),
  tokens: { data: random.gaussians(4 * 5), shape: [4, 5] },
});
const picture = { width: 80, height: 40 };
const whole = state();
const reference = {
  picture: whole,
  prompt: random.gaussians(6),
  sourceText: random.gaussians(6),
  structureNorm: "rms" as const,
};
/** Attention lies on the left half alone, and both halves have features of their own. */
const half = [1, 1, 1, 1, 0, 0, 0, 0];
const otherHalf = half.map((value) => 1 - value);
const attention = { data: Float32Array.from([...half, ...half]), shape: [2, 8] };
const patchFeatures = {
  data: Float32Array.from([...half, ...half, ...otherHalf, ...otherHalf]),
  shape: [2, 2, 8],
};
const left = { left: 0, top: 0, width: 40, height: 40 };
const right = { left: 40, top: 0, width: 40, height: 40 };
const all = { left: 0, top: 0, ...picture };

function describeOne(box: typeof left, change: Partial<BoxFeaturesOptions> = {}) {
  const views = [{ crop: whole.embedding, emptied: whole }];
  const options = { boxes: [box], views, picture, attention, patchFeatures, reference, ...change };
  const { data } = describeBoxes(options);
  return Object.fromEntries(featureNames.map((name, index) => [name, data[index] ?? Number.NaN]));
}

describe("what the network that starts an edit is told of a box", () => {
  it("is where it lies, in shares of the picture", () => {
    const { side, width, height, "off-centre": off, "middle-y": y } = describeOne(right);
    expect([side, width, height, off, y].map((value) => value?.toFixed(3))).toEqual([
      "0.707",
      "0.500",
      "1.000",
      "0.500",
      "0.000",
    ]);
  });

  it("is how much attention it has", () => {
    expect(describeOne(left)).toMatchObject({ "attention-share": 1 });
    expect(describeOne(left)["attention-inside"]).toBeCloseTo(Math.log(2), 5);
    expect(describeOne(right)).toMatchObject({ "attention-share": 0 });
    expect(describeOne(right)["attention-inside"]).toBeCloseTo(Math.log(0.01), 5);
  });

  it("is how like its surroundings it is; one that fills the picture is like them", () => {
    expect(describeOne(left)["like-around"]).toBeCloseTo(0, 5);
    expect(describeOne(all)).toMatchObject({ "attention-around": 0 });
    expect(describeOne(all)["like-around"]).toBe(1);
    expect(describeOne(all)["like-picture"]).toBeCloseTo(1, 5);
  });

  it("is what remains of the picture without it: where it emptied nothing, all of it", () => {
    const same = describeOne(left);
    expect(same["emptied-structure"]).toBeCloseTo(0, 5);
    expect(same["emptied-direction"]).toBe(1);
    expect(same["emptied-picture"]).toBeCloseTo(1, 5);
    expect(same["emptied-source"]).toBeCloseTo(same["picture-source"] ?? 0, 5);
    const other = describeOne(left, { views: [{ crop: whole.embedding, emptied: state() }] });
    expect(other["emptied-structure"]).toBeGreaterThan(0.1);
    expect(other["emptied-picture"]).toBeLessThan(0.9);
  });

  it("is finite whatever the picture: no attention, no features", () => {
    const flat = {
      attention: { data: new Float32Array(16), shape: [2, 8] },
      patchFeatures: { data: new Float32Array(32), shape: [2, 2, 8] },
    };
    expect(Object.values(describeOne(left, flat)).every(Number.isFinite)).toBe(true);
  });

  it("says of a thing to replace that is not known that nothing is like it, and nothing leads away", () => {
    const found = describeOne(left, { reference: { ...reference, sourceText: null } });
    expect(found).toMatchObject({
      ...{ "crop-source": 0, "emptied-source": 0, "picture-source": 0, "prompt-source": 0 },
      "emptied-direction": 1,
    });
  });

  it("needs a view of every box", () => {
    expect(() => describeOne(left, { views: [] })).toThrow("Expected 1 views of boxes, got 0");
  });
});

describe("the cells of a box", () => {
  it("are those whose middle lies in it, and around it a quarter of its sides", () => {
    const { inside, around } = cellsOf(
      { left: 20, top: 20, width: 40, height: 40 },
      { width: 80, height: 80 },
      [8, 8],
    );
    expect(inside.length).toBe(16);
    expect(around.length).toBe(36 - 16);
    expect(new Set([...inside, ...around]).size).toBe(36);
  });

  it("are at least one, at the picture's edge too", () => {
    expect(
      cellsOf({ left: 79, top: 79, width: 1, height: 1 }, { width: 80, height: 80 }, [4, 4]).inside,
    ).toEqual([15]);
  });

  it("have the mean of their columns", () => {
    expect([...meanOf(patchFeatures, [0, 4])]).toEqual([0.5, 0.5]);
    expect([...meanOf(patchFeatures, [])]).toEqual([0, 0]);
  });
});
