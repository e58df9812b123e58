import { describe, expect, it } from "vitest";
import { resizeRgb } from "../../../src/pipeline/image/image.ts";
import type { Rgb } from "../../../src/pipeline/image/picture.ts";
import { createResampler, type Kernel, resample } from "../../../src/pipeline/image/resample.ts";
import { flatRgb, gradient, largestDifference, noisyPicture } from "./pictures.ts";

// The bytes themselves are held to Pillow's by preprocess.test.ts.
const kernels: readonly Kernel[] = ["linear", "cubic", "lanczos"];
const sizes: readonly [number, number][] = [
  [53, 37],
  [17, 11],
  [120, 30],
  [1, 1],
  [54, 90],
];

describe.each(kernels)("resampling by the %s kernel", (kernel) => {
  it.each(sizes)("to %i x %i is the filter in floating point, within a level", (width, height) => {
    const source = noisyPicture(53, 37, 1);
    expect(
      largestDifference(resample(source, width, height, kernel), filtered(source, width, height, kernel)),
    ).toBeLessThanOrEqual(1);
  });

  it("gives a copy at the same size", () => {
    const source = noisyPicture(20, 30, 2);
    const copy = resample(source, 20, 30, kernel);
    expect(copy).toEqual(source.rgb);
    expect(copy.buffer).not.toBe(source.rgb.buffer);
  });

  it.each(sizes)("keeps one colour one colour at %i x %i", (width, height) => {
    const colour = [255, 128, 1] as const;
    expect(resample(flatRgb(53, 37, colour), width, height, kernel)).toEqual(
      flatRgb(width, height, colour).rgb,
    );
  });

  it("of a copy that was changed in a box gives the bytes of the whole copy", () => {
    const source = noisyPicture(53, 37, 3);
    const copy = { ...source, rgb: source.rgb.slice() };
    const box = { left: 20, top: 5, width: 9, height: 14 };
    for (let row = box.top; row < box.top + box.height; row++) {
      copy.rgb.fill(200, (row * 53 + box.left) * 3, (row * 53 + box.left + box.width) * 3);
    }
    for (const [width, height] of sizes) {
      const { rgb } = createResampler(source, width, height, kernel).ofCopy(copy, box);
      expect(rgb).toEqual(resample(copy, width, height, kernel));
    }
  });

  it("agrees with the faster resizer of the image border on a smooth picture", async () => {
    const source = gradient(200, 120);
    const fast = await resizeRgb(source, null, 64, 48, kernel);
    expect(largestDifference(resample(source, 64, 48, kernel), fast)).toBeLessThanOrEqual(3);
  });
});

describe("the faster resizer", () => {
  it("takes the part inside a box, at its own size bit for bit", async () => {
    const source = noisyPicture(40, 30, 3);
    const part = await resizeRgb(source, { left: 7, top: 5, width: 20, height: 10 }, 20, 10, "cubic");
    const rows = Array.from({ length: 10 }, (_, row) => {
      const from = ((5 + row) * 40 + 7) * 3;
      return [...source.rgb.subarray(from, from + 60)];
    });
    expect([...part]).toEqual(rows.flat());
  });

  it("squashes to sizes of any shape", async () => {
    expect((await resizeRgb(gradient(40, 30), null, 7, 90, "linear")).length).toBe(7 * 90 * 3);
  });
});

/** The same separable filter, each pixel in floating point and rounded to bytes between the passes. */
function filtered(source: Rgb, width: number, height: number, kernel: Kernel): Uint8Array {
  const narrow = new Uint8ClampedArray(width * source.height * 3);
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        narrow[(y * width + x) * 3 + channel] = sampled(
          (at) => source.rgb[(y * source.width + at) * 3 + channel] ?? 0,
          { from: source.width, to: width, at: x, kernel },
        );
      }
    }
  }
  const output = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let index = 0; index < width * 3; index++) {
      output[y * width * 3 + index] = sampled((at) => narrow[at * width * 3 + index] ?? 0, {
        from: source.height,
        to: height,
        at: y,
        kernel,
      });
    }
  }
  return new Uint8Array(output.buffer);
}

interface Sample {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly kernel: Kernel;
}

function sampled(valueAt: (at: number) => number, { from, to, at, kernel }: Sample): number {
  const stretch = Math.max(1, from / to);
  const centre = ((at + 0.5) * from) / to;
  let sum = 0;
  let total = 0;
  for (let place = 0; place < from; place++) {
    const weight = weightOf(Math.abs((place + 0.5 - centre) / stretch), kernel);
    sum += weight * valueAt(place);
    total += weight;
  }
  return sum / total;
}

function weightOf(distance: number, kernel: Kernel): number {
  if (kernel === "linear") return Math.max(0, 1 - distance);
  if (kernel === "lanczos") return distance < 3 ? sinc(distance) * sinc(distance / 3) : 0;
  // Keys's cubic with a = -0.5.
  if (distance < 1) return 1.5 * distance ** 3 - 2.5 * distance ** 2 + 1;
  return distance < 2 ? -0.5 * distance ** 3 + 2.5 * distance ** 2 - 4 * distance + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
