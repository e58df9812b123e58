import type { Box } from "../../types.ts";
import { sidesOf, sizeOf, type Tensor } from "../nets/tensor.ts";

// Between the bytes of pictures and the tensors of an autoencoder, and what masks do to both.

/** Width and height of a picture, in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** A copy of pictures `[n, c, H, W]` with what lies under a mask blank, see `blankPixels`. */
export function maskPixels(image: Tensor, mask: Tensor): Tensor {
  const copy = { ...image, data: image.data.slice() };
  blankPixels(copy, mask);
  return copy;
}

/** Makes pixels under a mask `[n, 1, H, W]` of at least 0.5 blank, 0, in place. */
export function blankPixels(image: Tensor, mask: Tensor): void {
  const [count, channels, height, width] = sidesOf(image, 4);
  const area = height * width;
  const { data } = image;
  for (let item = 0; item < count; item++) {
    const covered = mask.data.subarray(item * area, (item + 1) * area);
    for (let channel = 0; channel < channels; channel++) {
      const start = (item * channels + channel) * area;
      blankPlane(data.subarray(start, start + area), covered);
    }
  }
}

function blankPlane(plane: Float32Array, covered: Float32Array): void {
  for (let pixel = 0; pixel < plane.length; pixel++) if ((covered[pixel] as number) >= 0.5) plane[pixel] = 0;
}

/** A mask `[n, 1, H, W]` at latent size, 0 or 1: each cell as its upper left pixel is. */
export function latentMask(mask: Tensor, factor: number): Tensor {
  const [count, , height, width] = sidesOf(mask, 4);
  const shape = [count, 1, Math.floor(height / factor), Math.floor(width / factor)] as const;
  const data = new Float32Array(sizeOf(shape));
  let written = 0;
  for (let item = 0; item < count; item++) {
    for (let row = 0; row < shape[2]; row++) {
      const start = (item * height + row * factor) * width;
      for (let column = 0; column < shape[3]; column++) {
        data[written++] = (mask.data[start + column * factor] as number) >= 0.5 ? 1 : 0;
      }
    }
  }
  return { data, shape };
}

/**
 * Pictures' bytes `[H, W, 3]` as one tensor `[n, 3, H', W']` in -1..1, whose sides are the next multiples of
 * `multiple`: the last row and column are repeated as far as need be.
 */
export function pixelTensor(pictures: readonly Uint8Array[], size: PixelSize, multiple: number): Tensor {
  const [height, width] = paddedSides(size, multiple);
  const data = new Float32Array(pictures.length * 3 * height * width);
  for (const [item, rgb] of pictures.entries()) {
    for (let plane = 0; plane < 3; plane++) {
      for (let y = 0; y < height; y++) {
        const from = Math.min(y, size.height - 1) * size.width * 3 + plane;
        const to = ((item * 3 + plane) * height + y) * width;
        writeLine(rgb, from, size.width, data, to);
        if (width > size.width) data.fill(data[to + size.width - 1] as number, to + size.width, to + width);
      }
    }
  }
  return { data, shape: [pictures.length, 3, height, width] };
}

/** The value of each byte, -1 to 1. */
const valueOfByte = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** One channel of a line of interleaved bytes. */
function writeLine(rgb: Uint8Array, from: number, length: number, out: Float32Array, to: number): void {
  for (let x = 0; x < length; x++) out[to + x] = valueOfByte[rgb[from + 3 * x] as number] as number;
}

/** The way back: each item's bytes, clamped and rounded, without what was repeated. */
export function pixelBytes(image: Tensor, size: PixelSize): Uint8Array[] {
  const { data } = image;
  const [count, , height, width] = sidesOf(image, 4);
  return Array.from({ length: count }, (_, item) => itemBytes(data, item, height, width, size));
}

function itemBytes(
  data: Float32Array,
  item: number,
  height: number,
  width: number,
  size: PixelSize,
): Uint8Array {
  // A clamped array rounds and clamps what it is given.
  const rgb = new Uint8ClampedArray(3 * size.width * size.height);
  const area = height * width;
  for (let y = 0; y < size.height; y++) {
    readLine(data, item * 3 * area + y * width, area, size.width, rgb, y * size.width * 3);
  }
  return new Uint8Array(rgb.buffer);
}

/** One line of three planes, side by side. */
function readLine(
  data: Float32Array,
  from: number,
  area: number,
  length: number,
  out: Uint8ClampedArray,
  to: number,
): void {
  for (let x = from; x < from + length; x++, to += 3) {
    out[to] = ((data[x] as number) + 1) * 127.5;
    out[to + 1] = ((data[x + area] as number) + 1) * 127.5;
    out[to + 2] = ((data[x + 2 * area] as number) + 1) * 127.5;
  }
}

/**
 * Masks `[n, 1, H', W']` of boxes, in sides as `pixelTensor` has them for `padding`: 1 in every cell of `multiple` that a box
 * touches.
 */
export function boxMask(
  boxes: readonly Box[],
  size: PixelSize,
  multiple: number,
  padding: number = multiple,
): Tensor {
  const [height, width] = paddedSides(size, padding);
  const data = new Float32Array(boxes.length * height * width);
  const down = (length: number) => Math.floor(length / multiple) * multiple;
  const up = (length: number) => Math.ceil(length / multiple) * multiple;
  for (const [item, box] of boxes.entries()) {
    const [left, right] = [down(box.left), Math.min(up(box.left + box.width), width)];
    const bottom = Math.min(up(box.top + box.height), height);
    for (let y = down(box.top); y < bottom; y++) {
      const row = (item * height + y) * width;
      data.fill(1, row + left, row + right);
    }
  }
  return { data, shape: [boxes.length, 1, height, width] };
}

function paddedSides(size: PixelSize, multiple: number): [height: number, width: number] {
  return [Math.ceil(size.height / multiple) * multiple, Math.ceil(size.width / multiple) * multiple];
}

/**
 * How many pictures an autoencoder is given at once: about 256 x 256 pixels in all. More would not be faster, and
 * its first layers, at full resolution, take half a gigabyte for each such picture.
 */
export function picturesPerRun({ width, height }: PixelSize): number {
  return Math.max(1, Math.floor(2 ** 16 / (width * height)));
}
