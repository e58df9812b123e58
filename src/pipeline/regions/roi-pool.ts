import type { Tensor } from "../tensor.ts";

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
  const data = new Float32Array(boxes.length * channels * bins);
  let written = 0;
  for (const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] of boxes) {
    const across = samplesOfBins(x1 * scaleX, x2 * scaleX, size, samplingRatio, columns);
    const down = samplesOfBins(y1 * scaleY, y2 * scaleY, size, samplingRatio, rows);
    const { cells, weights } = tapsOfBins(down, across, columns);
    const taps = cells.length / bins;
    for (let channel = 0; channel < channels; channel++) {
      const plane = features.data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
      for (let bin = 0, tap = 0; bin < bins; bin++) {
        let sum = 0;
        for (const end = tap + taps; tap < end; tap++) {
          sum += (weights[tap] as number) * (plane[cells[tap] as number] as number);
        }
        data[written++] = sum;
      }
    }
  }
  return { data, shape: [boxes.length, channels, size, size] };
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

/** Where a sample falls along one axis: two neighbouring cells and their weights, which sum to 1, or to 0 outside. */
interface AxisSample {
  readonly low: number;
  readonly high: number;
  readonly lowWeight: number;
  readonly highWeight: number;
}

function samplesOfBins(from: number, to: number, size: number, ratio: number, limit: number): AxisSample[][] {
  const start = from - 0.5;
  const bin = (to - from) / size;
  return Array.from({ length: size }, (_, index) =>
    Array.from({ length: ratio }, (_, sample) =>
      axisSample(start + index * bin + ((sample + 0.5) * bin) / ratio, limit),
    ),
  );
}

function axisSample(position: number, limit: number): AxisSample {
  if (position < -1 || position > limit) return { low: 0, high: 0, lowWeight: 0, highWeight: 0 };
  const clamped = Math.min(Math.max(position, 0), limit - 1);
  const low = Math.floor(clamped);
  return {
    low,
    high: Math.min(low + 1, limit - 1),
    lowWeight: 1 - (clamped - low),
    highWeight: clamped - low,
  };
}

/** The cells that each bin's mean is made of and their weights, the same for all channels; as many a bin. */
function tapsOfBins(
  down: readonly (readonly AxisSample[])[],
  across: readonly (readonly AxisSample[])[],
  columns: number,
): { readonly cells: Int32Array; readonly weights: Float64Array } {
  const cells: number[] = [];
  const weights: number[] = [];
  for (const rowSamples of down) {
    for (const columnSamples of across) {
      const samples = rowSamples.length * columnSamples.length;
      for (const y of rowSamples) {
        for (const x of columnSamples) {
          cells.push(y.low * columns + x.low, y.low * columns + x.high);
          cells.push(y.high * columns + x.low, y.high * columns + x.high);
          const [upper, lower] = [y.lowWeight / samples, y.highWeight / samples];
          weights.push(upper * x.lowWeight, upper * x.highWeight, lower * x.lowWeight, lower * x.highWeight);
        }
      }
    }
  }
  return { cells: Int32Array.from(cells), weights: Float64Array.from(weights) };
}
