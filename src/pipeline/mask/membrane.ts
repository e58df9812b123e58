import { type Field, linesOf } from "../image/cover.ts";
import type { Size } from "../image/framing.ts";

/** The membrane is solved on at most so many cells a side; it is smooth, and drawn larger afterwards. */
const mostCells = 24;
/** Sweeps of successive over-relaxation. */
const sweeps = 60;
const relaxation = 1.7;
/** How firmly a value of weight 1 holds the membrane, against its neighbours' pull of 1 each. */
const hold = 32;

/**
 * Draws a membrane through the colours where they have weight: the smoothest field, zero of its Laplacian, that keeps near
 * them. With all weight on the border of a region this is Poisson cloning's correction (Pérez, Gangnet and Blake, "Poisson
 * Image Editing", equation 2); a border cell that is not to be trusted has less weight or none, and then does not smear
 * in. Without any weight the field is zero.
 * @param weights `width * height` values, 0 to 1.
 */
export function interpolated(colours: Field, weights: Float32Array): Field {
  const small = {
    width: Math.min(mostCells, colours.width),
    height: Math.min(mostCells, colours.height),
  };
  const pins = gathered(colours, weights, small);
  const rgb = new Float32Array(small.width * small.height * 3);
  const total = pins.weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return { ...small, rgb };
  for (let at = 0; at < rgb.length; at++) {
    const channel = at % 3;
    rgb[at] = at < 3 ? sumOf(pins.sums, channel) / total : (rgb[channel] as number);
  }
  relax(rgb, pins, small);
  return { ...small, rgb };
}

interface Pins {
  /** Weighted sums of the colours. */
  readonly sums: Float32Array;
  readonly weights: Float32Array;
}

/** The colours and weights of the cells that share a cell of the small grid, the weights as a mean over them. */
function gathered(colours: Field, weights: Float32Array, small: Size): Pins {
  const pins = {
    sums: new Float32Array(small.width * small.height * 3),
    weights: new Float32Array(small.width * small.height),
  };
  const share = (small.width * small.height) / (colours.width * colours.height);
  for (let index = 0; index < weights.length; index++) {
    const weight = (weights[index] as number) * share;
    if (weight === 0) continue;
    const column = Math.floor(((index % colours.width) * small.width) / colours.width);
    const row = Math.floor((Math.floor(index / colours.width) * small.height) / colours.height);
    const cell = row * small.width + column;
    pins.weights[cell] = (pins.weights[cell] as number) + weight;
    for (let channel = 0; channel < 3; channel++) {
      const at = cell * 3 + channel;
      pins.sums[at] = (pins.sums[at] as number) + weight * (colours.rgb[index * 3 + channel] as number);
    }
  }
  return pins;
}

function sumOf(sums: Float32Array, channel: number): number {
  let sum = 0;
  for (let at = channel; at < sums.length; at += 3) sum += sums[at] as number;
  return sum;
}

/**
 * Solves all channels in place, from the means of the pinned values on. A cell beyond the grid's border has the value of the
 * cell at it.
 */
function relax(rgb: Float32Array, { sums, weights }: Pins, { width, height }: Size): void {
  const line = width * 3;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let row = 0, at = 0, cell = 0; row < height; row++) {
      const up = row > 0 ? line : 0;
      const down = row < height - 1 ? line : 0;
      for (let column = 0; column < width; column++, cell++) {
        const left = column > 0 ? 3 : 0;
        const right = column < width - 1 ? 3 : 0;
        const firmness = 4 + hold * (weights[cell] as number);
        for (const end = at + 3; at < end; at++) {
          const pull =
            (rgb[at - left] as number) +
            (rgb[at + right] as number) +
            (rgb[at - up] as number) +
            (rgb[at + down] as number) +
            hold * (sums[at] as number);
          const old = rgb[at] as number;
          rgb[at] = old + relaxation * (pull / firmness - old);
        }
      }
    }
  }
}

/** The field at another size, linearly interpolated between the middles of its cells. */
export function enlarged(field: Field, size: Size): Field {
  const lineOf = linesOf({ ...field, values: field.rgb }, 3, size);
  const rgb = new Float32Array(size.width * size.height * 3);
  for (let row = 0; row < size.height; row++) rgb.set(lineOf(row), row * size.width * 3);
  return { width: size.width, height: size.height, rgb };
}
