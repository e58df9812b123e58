import { describe, expect, it } from "vitest";
import { createEyes } from "../../../src/eval/figures/eyes.ts";
import type { Looker } from "../../../src/eval/figures/looker.ts";
import { placingOf } from "../../../src/eval/figures/placing.ts";
import type { SetPicture } from "../../../src/eval/set.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";

/** Sees how much red, green and blue a picture has; texts are colours. */
const looker: Looker = {
  name: "colours",
  nouns: ["rose", "leaf", "sea"],
  async view(pictures) {
    return pictures.map(({ rgb }) => {
      const sums = new Float32Array(3);
      for (let at = 0; at < rgb.length; at++) sums[at % 3] = (sums[at % 3] ?? 0) + (rgb[at] ?? 0) / 1000;
      return sums.map((sum) => sum + 0.01);
    });
  },
  embed: async (text) =>
    Float32Array.from(["rose", "leaf", "sea"].map((noun) => Number(text.includes(noun)))),
  nounEmbeddings: async () => [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 1)],
};

/** 20 by 20 pixels: red inside the box, blue outside. */
function picture(colour: readonly [number, number, number] | null): Picture {
  const rgb = new Uint8Array(20 * 20 * 3);
  for (let pixel = 0; pixel < 400; pixel++) {
    const isInside = pixel % 20 < 10 && pixel < 200;
    rgb.set(isInside && colour ? colour : [0, 0, 200], 3 * pixel);
  }
  return { width: 20, height: 20, rgb, alpha: null };
}

const box = { left: 0, top: 0, width: 10, height: 10 };
const entry: SetPicture = {
  ...{
    file: "a.png",
    path: "/a.png",
    line: 1,
    prompt: "a leaf",
    caption: null,
    kind: null,
    isAmbiguous: false,
  },
  ...{ source: "rose", box, target: "leaf" },
};

describe("what a scorer sees", () => {
  const before = picture([200, 0, 0]);
  const after = picture([0, 200, 0]);

  it("is whether the new thing is recognised in its box, the old one gone, and the change the one that was asked for", async () => {
    const eyes = await createEyes(looker).openFor(entry, before, "rose");
    const found = await eyes.look(after, box);
    expect(found).toMatchObject({ recognised: true, gone: true });
    expect(found.directional).toBeCloseTo(1, 1);
    expect(found.quality).toBeCloseTo(2 * found.t2i + found.i2i, 12);
    const same = await eyes.look(before, box);
    expect(same).toMatchObject({ recognised: false, gone: false });
    expect(same.i2i).toBeCloseTo(1, 12);
  });

  it("finds what is left of the old thing in a quarter of its box", async () => {
    const half = picture([0, 200, 0]);
    for (let row = 0; row < 10; row++)
      for (let column = 0; column < 4; column++) half.rgb.set([200, 0, 0], 3 * (20 * row + column));
    const eyes = await createEyes(looker).openFor(entry, before, "rose");
    expect(await eyes.look(half, box)).toMatchObject({ recognised: true, gone: false });
  });

  it("says nothing of what the set does not tell, or a noun that it does not know", async () => {
    const silent = { ...entry, source: null, box: null, target: null };
    const eyes = await createEyes(looker).openFor(silent, before, "");
    expect(await eyes.look(after, box)).toMatchObject({ recognised: null, gone: null, directional: null });
    const strange = await createEyes(looker).openFor(
      { ...entry, target: "tractor", source: "barn" },
      before,
      "barn",
    );
    expect(await strange.look(after, box)).toMatchObject({ recognised: null, gone: null });
  });
});

describe("how a box lies on a thing", () => {
  const thing = { left: 10, top: 10, width: 20, height: 10 };

  it("is how much of it is covered, their IoU, and the area over what is needed", () => {
    expect(placingOf(thing, thing, 5)).toEqual({ covered: 1, iou: 1, areaRatio: 1 });
    const half = { ...thing, width: 10 };
    expect(placingOf(half, thing, 5)).toEqual({ covered: 0.5, iou: 0.5, areaRatio: 0.5 });
    expect(placingOf({ left: 50, top: 50, width: 5, height: 5 }, thing, 5)).toMatchObject({
      covered: 0,
      iou: 0,
    });
  });

  it("asks no box to be smaller than what can be painted", () => {
    expect(placingOf({ left: 0, top: 0, width: 40, height: 40 }, thing, 40).areaRatio).toBe(1);
  });
});
