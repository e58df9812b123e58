import { describe, expect, it } from "vitest";
import { fidelityOf, structuralSimilarity } from "../../../src/eval/figures/fidelity.ts";
import { seenDistanceOf } from "../../../src/eval/figures/seen-distance.ts";
import type { Rgb } from "../../../src/pipeline/image/picture.ts";

const [width, height] = [52, 40];

function grey(of: (x: number, y: number) => number): Rgb {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rgb.fill(of(x, y), 3 * (y * width + x), 3 * (y * width + x) + 3);
  return { width, height, rgb };
}

const before = grey((x, y) => (x * 7 + y * 13) % 256);
const after = grey((x, y) => Math.min(255, ((x * 7 + y * 13) % 256) + ((x * y) % 31)));

describe("how near a result is to its picture", () => {
  it("is what scikit-image 0.26 gives: structural similarity and peak signal-to-noise ratio", () => {
    const similarity = structuralSimilarity(before, after);
    const mean = similarity.reduce((sum, value) => sum + value, 0) / similarity.length;
    expect(mean).toBeCloseTo(0.9414264373083282, 10);
    const whole = { left: 0, top: 0, width, height };
    expect(fidelityOf(before, after, whole).inside.psnr).toBeCloseTo(23.85332166211059, 10);
    const box = { left: 5, top: 10, width: 20, height: 10 };
    expect(fidelityOf(before, after, box).inside.ssim).toBeCloseTo(0.9497982454171334, 10);
  });

  it("is perfect where nothing changed, and counts the pixels that did", () => {
    const box = { left: 10, top: 10, width: 10, height: 10 };
    const painted = grey((x, y) => (x >= 10 && x < 20 && y >= 10 && y < 20 ? 255 : (x * 7 + y * 13) % 256));
    const { changed, outside, inside } = fidelityOf(before, painted, box);
    expect(outside.psnr).toBeNull();
    expect(inside.psnr).toBeLessThan(12);
    expect(changed).toBeGreaterThan(95 / (width * height));
    expect(changed).toBeLessThanOrEqual(100 / (width * height));
    const same = fidelityOf(before, before, box);
    expect([same.changed, same.inside.ssim, same.outside.ssim]).toEqual([0, 1, 1]);
  });

  it("says nothing of the outside of the whole picture", () => {
    const whole = { left: 0, top: 0, width, height };
    expect(fidelityOf(before, after, whole).outside).toEqual({ psnr: null, ssim: null });
  });
});

describe("how differently the ViT sees two pictures", () => {
  it("takes patches by their middle, and is 0 where features are the same", () => {
    const shape = [2, 2, 2];
    const features = { data: Float32Array.from([1, 1, 1, 1, 0, 0, 0, 0]), shape };
    const turned = { data: Float32Array.from([0, 1, 1, 1, 1, 0, 0, 0]), shape };
    const picture = { width: 40, height: 20 };
    const { inside, outside } = seenDistanceOf(features, turned, picture, {
      left: 0,
      top: 0,
      width: 20,
      height: 10,
    });
    expect([inside, outside]).toEqual([1, 0]);
    const whole = { left: 0, top: 0, width: 40, height: 20 };
    expect(seenDistanceOf(features, turned, picture, whole)).toEqual({ inside: 0.25, outside: null });
  });
});
