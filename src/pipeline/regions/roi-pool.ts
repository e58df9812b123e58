import type { Tensor } from "../nets/tensor.ts";

/** Corners in pixels of the picture: x1, y1, x2, y2. */
export type Corners = readonly number[];

/** Feature cells per pixel: one number, or one along x and one along y where the grid was rounded to patches. */
export type SpatialScale = number | readonly [x: number, y: number];

/**
 * RoI max-pooling as in Fast R-CNN (the paper's ROI-pool, equation 1): ends are rounded to whole cells, half away
 * from zero, both ends belong to the region, and each of `size` x `size` bins takes the largest cell it touches.
 * A bin that lies outside the map is 0.
 *
 * @param features `[channels, rows, columns]`.
 * @returns `[boxes, channels, size, size]`.
 */
export function roiMaxPool(
  features: Tensor,
  boxes: readonly Corners[],
  spatialScale: SpatialScale,
  size: number,
): Tensor {
  const [channels = 0, rows = 0, columns = 0] = features.shape;
  const [scaleX, scaleY] = axisScales(spatialScale);
  const data = new Float32Array(boxes.length * channels * size * size);
  let written = 0;
  for (const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] of boxes) {
    const across = quantisedBins(x1 * scaleX, x2 * scaleX, size, columns);
    const down = quantisedBins(y1 * scaleY, y2 * scaleY, size, rows);
    for (let channel = 0; channel < channels; channel++) {
      for (const [top, bottom] of down) {
        for (const [left, right] of across) {
          data[written++] = largest(features.data, channel * rows, columns, top, bottom, left, right);
        }
      }
    }
  }
  return { data, shape: [boxes.length, channels, size, size] };
}

/**
 * RoIAlign (Mask R-CNN, with the half-pixel correction): ends stay fractions, each bin averages
 * `samplingRatio` x `samplingRatio` bilinear samples. A sample more than one cell outside the map is 0, one
 * nearer is clamped to it.
 *
 * @param features `[channels, rows, columns]`.
 * @returns `[boxes, channels, size, size]`.
 */
export function roiAlign(
  features: Tensor,
  boxes: readonly Corners[],
  spatialScale: SpatialScale,
  size: number,
  samplingRatio: number,
): Tensor {
  const [channels = 0, rows = 0, columns = 0] = features.shape;
  const [scaleX, scaleY] = axisScales(spatialScale);
  const bins = size * size;
  const cellMajor = transposed(features.data, channels, rows * columns);
  const sums = new Float64Array(channels);
  const data = new Float32Array(boxes.length * channels * bins);
  for (const [box, [x1 = 0, y1 = 0, x2 = 0, y2 = 0]] of boxes.entries()) {
    const across = tapsOfBins(x1 * scaleX, x2 * scaleX, size, samplingRatio, columns);
    const down = tapsOfBins(y1 * scaleY, y2 * scaleY, size, samplingRatio, rows);
    for (let bin = 0; bin < bins; bin++) {
      sums.fill(0);
      addTaps(sums, cellMajor, columns, down[Math.floor(bin / size)] ?? noTaps, across[bin % size] ?? noTaps);
      scatter(sums, data, box * channels * bins + bin, bins);
    }
  }
  return { data, shape: [boxes.length, channels, size, size] };
}

// Short functions for what is done to each bin: a long one that runs once for each picture never gets compiled well.

/** Adds what the taps of one bin give to each channel. */
function addTaps(sums: Float64Array, cells: Float32Array, columns: number, down: Taps, across: Taps): void {
  for (let i = 0; i < down.cells.length; i++) {
    const line = (down.cells[i] as number) * columns;
    for (let j = 0; j < across.cells.length; j++) {
      const start = (line + (across.cells[j] as number)) * sums.length;
      addScaled(sums, cells, start, (down.weights[i] as number) * (across.weights[j] as number));
    }
  }
}

function scatter(values: Float64Array, out: Float32Array, start: number, stride: number): void {
  for (let index = 0; index < values.length; index++) out[start + index * stride] = values[index] as number;
}

/** `[columns, rows]` of `[rows, columns]`: the channels of a cell then lie side by side. */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const line = data.subarray(row * columns, (row + 1) * columns);
    for (let column = 0; column < columns; column++) turned[column * rows + row] = line[column] as number;
  }
  return turned;
}

function addScaled(sums: Float64Array, values: Float32Array, start: number, weight: number): void {
  for (let index = 0; index < sums.length; index++) {
    sums[index] = (sums[index] as number) + weight * (values[start + index] as number);
  }
}

function axisScales(scale: SpatialScale): readonly [x: number, y: number] {
  return typeof scale === "number" ? [scale, scale] : scale;
}

/** First cell and the cell after the last of each bin, clipped to the map. */
function quantisedBins(from: number, to: number, size: number, limit: number): [number, number][] {
  const start = roundHalfAway(from);
  const length = Math.max(roundHalfAway(to) - start + 1, 1);
  return Array.from({ length: size }, (_, bin) => [
    Math.min(Math.max(start + Math.floor((bin * length) / size), 0), limit),
    Math.min(Math.max(start + Math.ceil(((bin + 1) * length) / size), 0), limit),
  ]);
}

function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

function largest(
  data: Float32Array,
  firstRow: number,
  columns: number,
  top: number,
  bottom: number,
  left: number,
  right: number,
): number {
  let best = -Infinity;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      best = Math.max(best, data[(firstRow + row) * columns + column] ?? 0);
    }
  }
  return best === -Infinity ? 0 : best;
}

/** Cells along one axis and their weights in a mean of bilinear samples; each cell once. */
interface Taps {
  readonly cells: number[];
  readonly weights: number[];
}

const noTaps: Taps = { cells: [], weights: [] };

/** The taps of each bin; a mean over a bin's samples in two directions is the product of its means along each. */
function tapsOfBins(from: number, to: number, size: number, ratio: number, limit: number): Taps[] {
  const start = from - 0.5;
  const bin = (to - from) / size;
  return Array.from({ length: size }, (_, index) => {
    const taps: Taps = { cells: [], weights: [] };
    for (let sample = 0; sample < ratio; sample++) {
      addSample(taps, start + index * bin + ((sample + 0.5) * bin) / ratio, limit, 1 / ratio);
    }
    return taps;
  });
}

/** A sample lies between two neighbouring cells; more than a cell outside the map it counts as 0. */
function addSample(taps: Taps, position: number, limit: number, weight: number): void {
  if (position < -1 || position > limit) return;
  const clamped = Math.min(Math.max(position, 0), limit - 1);
  const low = Math.floor(clamped);
  addTap(taps, low, weight * (1 - (clamped - low)));
  addTap(taps, low + 1, weight * (clamped - low));
}

function addTap({ cells, weights }: Taps, cell: number, share: number): void {
  if (share <= 0) return;
  const known = cells.indexOf(cell);
  if (known < 0) {
    cells.push(cell);
    weights.push(share);
  } else weights[known] = (weights[known] as number) + share;
}
