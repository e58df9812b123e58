import { sidesOf, type Tensor } from "../tensor.ts";

/**
 * Resizes a ViT's learned position embeddings `[1, 1 + side², width]` to a grid: `[1, 1 + rows * columns, width]`.
 * The class position stays; the others are resized bicubically with a = −0.75, half-pixel centres, edges
 * repeated and no antialiasing, as torch's `interpolate(mode="bicubic")` does. The learned grid is given back as
 * it is.
 */
export function resizePositions(learned: Tensor, rows: number, columns: number): Tensor {
  const [, tokens, width] = sidesOf(learned, 3);
  const from = Math.round(Math.sqrt(tokens - 1));
  if (rows === from && columns === from) return learned;
  const down = cubicTaps(from, rows);
  const across = cubicTaps(from, columns);
  const data = new Float32Array((1 + rows * columns) * width);
  data.set(learned.data.subarray(0, width));
  const at = (row: number, column: number): number => (1 + row * from + column) * width;
  let to = width;
  for (const vertical of down) {
    for (const horizontal of across) {
      for (const [row, rowWeight] of vertical) {
        for (const [column, columnWeight] of horizontal) {
          addScaled(data, to, learned.data, at(row, column), width, rowWeight * columnWeight);
        }
      }
      to += width;
    }
  }
  return { data, shape: [1, 1 + rows * columns, width] };
}

type Tap = readonly [index: number, weight: number];

/** The four source positions and weights of each target position along one axis. */
function cubicTaps(from: number, to: number): Tap[][] {
  return Array.from({ length: to }, (_, index) => {
    const centre = ((index + 0.5) * from) / to - 0.5;
    const first = Math.floor(centre) - 1;
    return [0, 1, 2, 3].map((offset): Tap => {
      const position = first + offset;
      return [Math.min(Math.max(position, 0), from - 1), cubic(Math.abs(centre - position))];
    });
  });
}

/** Keys' cubic convolution kernel at a distance of 0 to 2, with torch's a. */
function cubic(distance: number): number {
  const a = -0.75;
  return distance <= 1
    ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
    : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}

function addScaled(
  target: Float32Array,
  to: number,
  source: Float32Array,
  from: number,
  length: number,
  scale: number,
): void {
  for (let i = 0; i < length; i += 1) {
    target[to + i] = (target[to + i] as number) + scale * (source[from + i] as number);
  }
}
