import { describe, expect, it } from "vitest";
import { boxInFrame, frameFor, modelSizeFor, type Size } from "../../../src/pipeline/image/framing.ts";
import type { Box } from "../../../src/types.ts";
import { randomNumbers, randomWhole } from "./pictures.ts";

const options = { boxShare: 0.6 };
const square = (left: number, top: number, side: number): Box => ({ left, top, width: side, height: side });

describe("the frame of a box", () => {
  it("is a crop at native resolution around a small box on a large photo, in which it takes the share", () => {
    expect(frameFor(square(3000, 2000, 300), { width: 8000, height: 6000 }, options)).toEqual(
      square(2900, 1900, 500),
    );
  });

  it("is moved inside the picture at its corners and borders, and keeps its size", () => {
    const photo = { width: 800, height: 600 };
    expect(frameFor(square(0, 0, 60), photo, options)).toEqual(square(0, 0, 100));
    expect(frameFor(square(740, 540, 60), photo, options)).toEqual(square(700, 500, 100));
    expect(frameFor(square(740, 200, 60), photo, options)).toEqual(square(700, 180, 100));
  });

  it("is the whole picture where the box is large, and the largest square of an oblong one", () => {
    expect(frameFor(square(20, 10, 70), { width: 100, height: 100 }, options)).toEqual(square(0, 0, 100));
    expect(frameFor(square(60, 10, 70), { width: 180, height: 100 }, options)).toEqual(square(45, 0, 100));
  });

  it("spans the short side where the box is longer than it", () => {
    const box = { left: 10, top: 40, width: 200, height: 20 };
    expect(frameFor(box, { width: 640, height: 100 }, options)).toEqual({
      left: 0,
      top: 0,
      width: 333,
      height: 100,
    });
  });

  it("is at least the minimum that was asked for, as far as the picture goes", () => {
    const photo = { width: 800, height: 600 };
    expect(frameFor(square(400, 300, 6), photo, { ...options, minimum: 64 })).toEqual(square(371, 271, 64));
    expect(frameFor(square(4, 3, 6), { width: 40, height: 50 }, { ...options, minimum: 64 })).toEqual(
      square(0, 0, 40),
    );
  });
});

describe("at the model's size", () => {
  it("a square frame fills a square, an oblong one follows in multiples", () => {
    expect(modelSizeFor({ width: 77, height: 77 }, 128, 8)).toEqual({ width: 128, height: 128 });
    expect(modelSizeFor({ width: 160, height: 100 }, 128, 8)).toEqual({ width: 208, height: 128 });
    expect(modelSizeFor({ width: 100, height: 200 }, 512, 64)).toEqual({ width: 512, height: 1024 });
  });

  it("a frame longer than 2:1 keeps its shape and about the pixels of one that is 2:1", () => {
    expect(modelSizeFor({ width: 4000, height: 500 }, 512, 64)).toEqual({ width: 2048, height: 256 });
    expect(modelSizeFor({ width: 500, height: 4000 }, 512, 64)).toEqual({ width: 256, height: 2048 });
    expect(modelSizeFor({ width: 2000, height: 500 }, 512, 64)).toEqual({ width: 1280, height: 320 });
    expect(modelSizeFor({ width: 333, height: 100 }, 128, 8)).toEqual({ width: 320, height: 96 });
    expect(modelSizeFor({ width: 800, height: 100 }, 128, 16)).toEqual({ width: 512, height: 64 });
  });

  it("a box keeps its place, rounded outwards", () => {
    expect(boxInFrame(square(2900, 1900, 500), square(2900, 1900, 500), 128)).toEqual(square(0, 0, 128));
    expect(boxInFrame(square(3000, 2000, 300), square(2900, 1900, 500), 128)).toEqual({
      left: 25,
      top: 25,
      width: 78,
      height: 78,
    });
    expect(boxInFrame(square(99, 99, 1), square(0, 0, 100), 10)).toEqual(square(9, 9, 1));
  });
});

const seed = Date.now() % 1e6;

it(`holds for odd sizes and boxes anywhere: whole pixels, the box inside the frame, the frame inside the picture (seed ${seed})`, () => {
  const random = randomNumbers(seed);
  for (let trial = 0; trial < 2000; trial++) {
    const { picture, box, boxShare } = randomCase(random);
    const frame = frameFor(box, picture, { boxShare });
    const model = modelSizeFor(frame, 128, 8);
    const painted = boxInFrame(box, frame, model);
    const whole = { left: 0, top: 0, ...model };
    const back = (place: number, frameLength: number, length: number) => (place * frameLength) / length;
    const covers =
      back(painted.left, frame.width, model.width) <= box.left - frame.left + 1e-6 &&
      back(painted.top, frame.height, model.height) <= box.top - frame.top + 1e-6 &&
      back(painted.left + painted.width, frame.width, model.width) >=
        box.left - frame.left + box.width - 1e-6 &&
      back(painted.top + painted.height, frame.height, model.height) >=
        box.top - frame.top + box.height - 1e-6;
    const numbers = [...Object.values(frame), ...Object.values(painted), ...Object.values(model)];
    expect({
      seed,
      trial,
      whole: numbers.every(Number.isInteger),
      boxInFrame: isInside(box, frame),
      frameInPicture: isInside(frame, { left: 0, top: 0, ...picture }),
      paintedInModel: isInside(painted, whole) && painted.width > 0 && painted.height > 0,
      covers,
      isBounded:
        model.width * model.height <= 2.1 * 128 ** 2 ||
        // Narrower than a model's multiple allows; no picture is.
        Math.max(frame.width, frame.height) > 8 * Math.min(frame.width, frame.height),
      isSquare:
        frame.width === frame.height ||
        Math.max(box.width, box.height) > Math.min(picture.width, picture.height),
    }).toEqual({
      seed,
      trial,
      whole: true,
      boxInFrame: true,
      frameInPicture: true,
      paintedInModel: true,
      covers: true,
      isBounded: true,
      isSquare: true,
    });
  }
});

function randomCase(random: () => number): { picture: Size; box: Box; boxShare: number } {
  const picture = { width: randomWhole(random, 32, 900), height: randomWhole(random, 32, 900) };
  const width = randomWhole(random, 1, picture.width);
  const height = randomWhole(random, 1, picture.height);
  const left = randomWhole(random, 0, picture.width - width);
  const top = randomWhole(random, 0, picture.height - height);
  return { picture, box: { left, top, width, height }, boxShare: 0.2 + 0.8 * random() };
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.left + inner.width <= outer.left + outer.width &&
    inner.top + inner.height <= outer.top + outer.height
  );
}
