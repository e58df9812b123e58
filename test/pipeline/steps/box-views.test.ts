import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { cosine } from "../../../src/pipeline/regions/losses.ts";
import { viewBoxes } from "../../../src/pipeline/steps/box-views.ts";
import { viewPictures } from "../../../src/pipeline/steps/features.ts";
import { cutOut } from "../../../src/pipeline/steps/source-noun.ts";
import { loadMini, scene } from "../mini.ts";

let models: Models;
beforeAll(async () => {
  models = await loadMini();
});
afterAll(() => models[Symbol.asyncDispose]());

describe("the views of boxes", () => {
  it("are what a box shows, and the picture without it", async () => {
    const picture = await readPicture(scene("s002.png"));
    const boxes = [
      { left: 118, top: 80, width: 217, height: 135 },
      { left: 0, top: 0, width: 8, height: 8 },
    ];
    const [turtle, corner] = await viewBoxes(models, picture, boxes);
    const [whole, crop] = await viewPictures(models, [picture, cutOut(picture, boxes[0] ?? boxes[1]!)]);
    expect(cosine(turtle?.crop ?? new Float32Array(), crop?.embedding ?? new Float32Array())).toBeCloseTo(
      1,
      4,
    );
    const likeWhole = (embedding: Float32Array = new Float32Array()) =>
      cosine(embedding, whole?.embedding ?? new Float32Array());
    expect(likeWhole(corner?.emptied.embedding)).toBeGreaterThan(0.99);
    expect(likeWhole(turtle?.emptied.embedding)).toBeLessThan(0.95);
    expect(turtle?.emptied.tokens.shape).toEqual(whole?.tokens.shape);
  });

  it("are the same for a box whatever others are looked at with it", async () => {
    const picture = await readPicture(scene("s002.png"));
    const box = { left: 118, top: 80, width: 217, height: 135 };
    const many = Array.from({ length: 17 }, (_, index) => ({ ...box, left: 118 - index }));
    const [alone] = await viewBoxes(models, picture, [box]);
    const last = (await viewBoxes(models, picture, [...many.slice(1), box])).at(-1);
    for (const view of ["crop", "emptied"] as const) {
      const of = (one: typeof alone) =>
        (view === "crop" ? one?.crop : one?.emptied.embedding) ?? new Float32Array();
      expect(cosine(of(alone), of(last))).toBeCloseTo(1, 5);
    }
  });

  it("of a box that fills the picture leave nothing of it", async () => {
    const picture = await readPicture(scene("s002.png"));
    const all = { left: 0, top: 0, width: picture.width, height: picture.height };
    const [view] = await viewBoxes(models, picture, [all]);
    const [whole] = await viewPictures(models, [picture]);
    expect(cosine(view?.crop ?? new Float32Array(), whole?.embedding ?? new Float32Array())).toBeCloseTo(
      1,
      4,
    );
    expect(
      cosine(view?.emptied.embedding ?? new Float32Array(), whole?.embedding ?? new Float32Array()),
    ).toBeLessThan(0.9);
  });
});
