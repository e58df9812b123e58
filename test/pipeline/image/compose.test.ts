import { describe, expect, it } from "vitest";
import { EditError } from "../../../src/errors.ts";
import { pasteFrame } from "../../../src/pipeline/image/compose.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Box } from "../../../src/types.ts";
import { flatRgb, noise, noisyPicture, randomNumbers, randomWhole } from "./pictures.ts";

const black = (width: number, height: number): Picture => ({
  ...flatRgb(width, height, [0, 0, 0]),
  alpha: null,
});
const white = ({ width, height }: Box) => flatRgb(width, height, [255, 255, 255]).rgb;
const redAt = (picture: Picture, x: number, y: number) => picture.rgb[(y * picture.width + x) * 3];

describe("the seam", () => {
  const box = { left: 30, top: 20, width: 50, height: 50 };
  const frame = { left: 20, top: 10, width: 70, height: 70 };
  const pasted = pasteFrame(black(120, 90), white(frame), frame, box);

  it("lies inside the box: nothing of the frame shows outside, all of it in the middle", () => {
    expect(redAt(pasted, 29, 45)).toBe(0);
    expect(redAt(pasted, 80, 45)).toBe(0);
    expect(redAt(pasted, 55, 45)).toBe(255);
  });

  it("rises over 6 % of the box's shorter side, alike from every edge", () => {
    const fromLeft = [0, 1, 2, 3].map((depth) => redAt(pasted, 30 + depth, 45));
    // Smoothstep at 1/6, 3/6 and 5/6 of the way.
    expect(fromLeft).toEqual([19, 128, 236, 255]);
    expect([0, 1, 2, 3].map((depth) => redAt(pasted, 79 - depth, 45))).toEqual(fromLeft);
    expect([0, 1, 2, 3].map((depth) => redAt(pasted, 55, 20 + depth))).toEqual(fromLeft);
    expect([0, 1, 2, 3].map((depth) => redAt(pasted, 55, 69 - depth))).toEqual(fromLeft);
  });

  it("is not drawn along the picture's border, where there is nothing to blend with", () => {
    const corner = { left: 0, top: 0, width: 50, height: 50 };
    const atCorner = pasteFrame(black(120, 90), white(corner), corner, corner);
    expect([redAt(atCorner, 0, 0), redAt(atCorner, 0, 25), redAt(atCorner, 25, 0)]).toEqual([255, 255, 255]);
    expect(redAt(atCorner, 49, 25)).toBe(19);
    const whole = { left: 0, top: 0, width: 120, height: 90 };
    expect(pasteFrame(black(120, 90), white(whole), whole, whole).rgb).toEqual(white(whole));
  });
});

describe("what is not painted", () => {
  const seed = Date.now() % 1e6;

  it(`stays bit-identical outside boxes of any size and place, and the alpha everywhere (seed ${seed})`, () => {
    const random = randomNumbers(seed);
    for (let trial = 0; trial < 200; trial++) {
      const picture = noisyPicture(randomWhole(random, 32, 75), randomWhole(random, 32, 75), trial, true);
      const frame = randomBoxIn({ left: 0, top: 0, width: picture.width, height: picture.height }, random);
      const box = randomBoxIn(frame, random);
      const pasted = pasteFrame(picture, noise(frame.width * frame.height * 3, trial), frame, box);
      expect(pasted.alpha).toBe(picture.alpha);
      const outside = [...pasted.rgb].findIndex(
        (value, index) => value !== picture.rgb[index] && !isInside(box, index, picture.width),
      );
      expect({ seed, trial, outside }).toEqual({ seed, trial, outside: -1 });
    }
  });

  it("is not touched in the picture that was given", () => {
    const picture = black(40, 40);
    const box = { left: 0, top: 0, width: 40, height: 40 };
    pasteFrame(picture, white(box), box, box);
    expect(picture.rgb.every((value) => value === 0)).toBe(true);
  });

  it("is the picture wherever the patch equals it", () => {
    const picture = noisyPicture(40, 40, 3);
    const whole = { left: 0, top: 0, width: 40, height: 40 };
    const box = { left: 7, top: 9, width: 21, height: 13 };
    expect(pasteFrame(picture, picture.rgb, whole, box)).toMatchObject(picture);
  });
});

describe("a box or frame that does not fit", () => {
  const picture = black(40, 40);
  const frame = { left: 5, top: 5, width: 20, height: 20 };

  it.each([
    ["a box beside its frame", frame, { left: 4, top: 5, width: 10, height: 10 }],
    ["a frame beside its picture", { ...frame, left: 21 }, { left: 22, top: 6, width: 5, height: 5 }],
  ])("%s is refused", (_, where, box) => {
    expect(codeOf(() => pasteFrame(picture, white(where), where, box))).toBe("box-outside-picture");
  });

  it("pixels of another number than the frame's are a fault of ours", () => {
    expect(codeOf(() => pasteFrame(picture, new Uint8Array(5), frame, frame))).toBe("internal");
  });
});

function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof EditError ? error.code : String(error);
  }
}

function randomBoxIn(outer: Box, random: () => number): Box {
  const width = randomWhole(random, 1, outer.width);
  const height = randomWhole(random, 1, outer.height);
  const left = outer.left + randomWhole(random, 0, outer.width - width);
  return { left, top: outer.top + randomWhole(random, 0, outer.height - height), width, height };
}

function isInside({ left, top, width, height }: Box, index: number, pictureWidth: number): boolean {
  const pixel = Math.floor(index / 3);
  const x = pixel % pictureWidth;
  const y = Math.floor(pixel / pictureWidth);
  return x >= left && x < left + width && y >= top && y < top + height;
}
