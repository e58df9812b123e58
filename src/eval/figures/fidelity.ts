import type { Rgb } from "../../pipeline/image/picture.ts";
import type { Box } from "../../types.ts";

/** How near a result is to its picture, apart inside and outside a box. */
export interface Fidelity {
  /** Share of the picture's pixels that are not bit for bit its own, 0 to 1. */
  readonly changed: number;
  readonly inside: Nearness;
  readonly outside: Nearness;
}

export interface Nearness {
  /** Peak signal-to-noise ratio over R, G and B, in dB; `null` where all is the same, or nothing is there. */
  readonly psnr: number | null;
  /** Structural similarity, -1 to 1; 1 where all is the same; `null` where nothing is there. */
  readonly ssim: number | null;
}

/**
 * Compares a result with its picture, of the same size.
 * @param box What is inside; in pixels of both.
 */
export function fidelityOf(before: Rgb, after: Rgb, box: Box): Fidelity {
  const isInside = insideOf(before, box);
  const similarity = structuralSimilarity(before, after);
  let changed = 0;
  const sums = { inside: emptySums(), outside: emptySums() };
  for (let pixel = 0; pixel < before.width * before.height; pixel++) {
    const sum = isInside[pixel] ? sums.inside : sums.outside;
    let squares = 0;
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++) {
      const difference = (before.rgb[at] ?? 0) - (after.rgb[at] ?? 0);
      squares += difference * difference;
    }
    if (squares > 0) changed++;
    sum.pixels++;
    sum.squares += squares;
    sum.similarity += similarity[pixel] ?? 0;
  }
  return {
    changed: changed / (before.width * before.height),
    inside: nearnessOf(sums.inside),
    outside: nearnessOf(sums.outside),
  };
}

interface Sums {
  pixels: number;
  squares: number;
  similarity: number;
}

function emptySums(): Sums {
  return { pixels: 0, squares: 0, similarity: 0 };
}

function nearnessOf({ pixels, squares, similarity }: Sums): Nearness {
  if (pixels === 0) return { psnr: null, ssim: null };
  const meanSquare = squares / (3 * pixels);
  return {
    psnr: meanSquare === 0 ? null : 10 * Math.log10(255 ** 2 / meanSquare),
    ssim: similarity / pixels,
  };
}

function insideOf({ width, height }: Rgb, box: Box): Uint8Array {
  const isInside = new Uint8Array(width * height);
  for (let row = box.top; row < box.top + box.height; row++)
    isInside.fill(1, row * width + box.left, row * width + box.left + box.width);
  return isInside;
}

/** Standard deviation and radius of the window, in pixels: 11 by 11. */
const [sigma, radius] = [1.5, 5];
const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];

/**
 * SSIM at each pixel of the luma (Wang, Bovik, Sheikh, Simoncelli, 2004, equation 13): means, variances and covariance are taken under
 * a Gaussian window, without the correction of samples, mirrored at the picture's edges.
 * @returns `[height * width]`
 */
export function structuralSimilarity(a: Rgb, b: Rgb): Float64Array {
  const { width, height } = a;
  const [x, y] = [lumaOf(a), lumaOf(b)];
  const blur = (values: Float64Array) => gaussianBlur(values, width, height);
  const product = (one: Float64Array, other: Float64Array) =>
    one.map((value, index) => value * (other[index] ?? 0));
  const [meanX, meanY] = [blur(x), blur(y)];
  const [xx, yy, xy] = [blur(product(x, x)), blur(product(y, y)), blur(product(x, y))];
  return meanX.map((mx, index) => {
    const my = meanY[index] ?? 0;
    const varianceX = (xx[index] ?? 0) - mx * mx;
    const varianceY = (yy[index] ?? 0) - my * my;
    const covariance = (xy[index] ?? 0) - mx * my;
    return (
      ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (varianceX + varianceY + c2))
    );
  });
}

/** Rec. 601, 0 to 255. */
function lumaOf({ rgb, width, height }: Rgb): Float64Array {
  return Float64Array.from(
    { length: width * height },
    (_, at) => 0.299 * (rgb[3 * at] ?? 0) + 0.587 * (rgb[3 * at + 1] ?? 0) + 0.114 * (rgb[3 * at + 2] ?? 0),
  );
}

const weights = (() => {
  const raw = Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-((index - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
})();

function gaussianBlur(values: Float64Array, width: number, height: number): Float64Array {
  const across = blurLines(values, { lines: height, length: width, line: width, step: 1 });
  return blurLines(across, { lines: width, length: height, line: 1, step: width });
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** From one line to the next, and from one of its values to the next. */
  readonly line: number;
  readonly step: number;
}

function blurLines(values: Float64Array, { lines, length, line, step }: Lines): Float64Array {
  const blurred = new Float64Array(values.length);
  for (let index = 0; index < lines; index++) {
    for (let at = 0; at < length; at++) {
      let sum = 0;
      for (let offset = -radius; offset <= radius; offset++)
        sum +=
          (weights[offset + radius] ?? 0) *
          (values[index * line + mirrored(at + offset, length) * step] ?? 0);
      blurred[index * line + at * step] = sum;
    }
  }
  return blurred;
}

/** -1 is 0, -2 is 1: the edge's own pixel is mirrored too. Lines may be shorter than the window. */
function mirrored(at: number, length: number): number {
  const place = ((at % (2 * length)) + 2 * length) % (2 * length);
  return place < length ? place : 2 * length - 1 - place;
}
