import { sizeOf, type Tensor } from "../../../../src/pipeline/nets/tensor.ts";
import {
  parameterShapes,
  pooledSide,
  type RegionNetworkSize,
} from "../../../../src/pipeline/regions/learning/region-network.ts";

const area = pooledSide ** 2;

/** Features `[anchors, channels, 7, 7]` as `[anchors * 49, channels]`, each channel standardised, in 64 bits. */
export function standardisedPixels({ data, shape }: Tensor): Float64Array {
  const [anchors = 0, channels = 0] = shape;
  const pixels = new Float64Array(anchors * area * channels);
  for (let channel = 0; channel < channels; channel++) {
    const at = (row: number) =>
      data[(Math.floor(row / area) * channels + channel) * area + (row % area)] ?? 0;
    const rows = Array.from({ length: anchors * area }, (_, row) => at(row));
    const mean = rows.reduce((sum, value) => sum + value, 0) / rows.length;
    const variance = rows.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows.length;
    for (const [row, value] of rows.entries()) {
      pixels[row * channels + channel] = (value - mean) / Math.sqrt(variance + 1e-5);
    }
  }
  return pixels;
}

/** The region network as plain loops in 64 bits: 1x1 and 3x3 convolution, two linear layers, ReLU between. */
export function plainLogits(
  pixels: Float64Array,
  parameters: Float64Array,
  size: RegionNetworkSize,
  anchors: number,
): number[] {
  let used = 0;
  const shapes = parameterShapes(size);
  const take = (name: string) => {
    const from = used;
    used += sizeOf(shapes[name] ?? []);
    return parameters.subarray(from, used);
  };
  const [w1, b1] = [take("conv1.weight"), take("conv1.bias")];
  const [w2, b2] = [take("conv2.weight"), take("conv2.bias")];
  const [w3, b3] = [take("linear1.weight"), take("linear1.bias")];
  const [w4, b4] = [take("linear2.weight"), take("linear2.bias")];
  const logits: number[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    const length = area * size.channels;
    const own = pixels.subarray(anchor * length, (anchor + 1) * length);
    const second = relu(convolution(relu(rowsTimes(own, w1, b1)), w2, b2));
    logits.push(...rowsTimes(relu(rowsTimes(second, w3, b3)), w4, b4));
  }
  return logits;
}

function relu(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(0, value));
}

/** Rows of `from` numbers times a matrix `[from, to]`, plus a bias. */
function rowsTimes(rows: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const to = bias.length;
  const from = weight.length / to;
  const out = new Float64Array((rows.length / from) * to);
  for (let row = 0; row < rows.length / from; row++) {
    out.set(bias, row * to);
    addTimes(rows.subarray(row * from, (row + 1) * from), weight, out.subarray(row * to, (row + 1) * to));
  }
  return out;
}

/** 3x3 with zero padding; the kernel is `[3, 3, from, to]`. */
function convolution(map: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const to = bias.length;
  const from = map.length / area;
  const out = new Float64Array(area * to);
  for (let y = 0; y < pooledSide; y++) {
    for (let x = 0; x < pooledSide; x++) {
      const sum = out.subarray((y * pooledSide + x) * to, (y * pooledSide + x + 1) * to);
      sum.set(bias);
      for (let tap = 0; tap < 9; tap++) {
        const [row, column] = [y + Math.floor(tap / 3) - 1, x + (tap % 3) - 1];
        if (row < 0 || column < 0 || row >= pooledSide || column >= pooledSide) continue;
        const seen = (row * pooledSide + column) * from;
        addTimes(
          map.subarray(seen, seen + from),
          weight.subarray(tap * from * to, (tap + 1) * from * to),
          sum,
        );
      }
    }
  }
  return out;
}

/** Adds a row times a matrix `[row, out]`. */
function addTimes(row: Float64Array, weight: Float64Array, out: Float64Array): void {
  const to = out.length;
  for (const [i, value] of row.entries()) {
    if (value === 0) continue;
    for (let j = 0; j < to; j++) out[j] = (out[j] ?? 0) + value * (weight[i * to + j] ?? 0);
  }
}
