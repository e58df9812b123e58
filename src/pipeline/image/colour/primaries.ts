/** Where a colour lies in the CIE 1931 diagram. */
export type Chromaticity = readonly [x: number, y: number];

/** Red, green, blue and white of a space of colours. */
export interface Primaries {
  readonly red: Chromaticity;
  readonly green: Chromaticity;
  readonly blue: Chromaticity;
  readonly white: Chromaticity;
}

/** Nine numbers, row by row. */
export type Matrix = readonly [number, number, number, number, number, number, number, number, number];

type Vector = readonly [number, number, number];

const d65 = [0.3127, 0.329] as const;
const illuminantC = [0.31, 0.316] as const;

export const srgbPrimaries: Primaries = {
  red: [0.64, 0.33],
  green: [0.3, 0.6],
  blue: [0.15, 0.06],
  white: d65,
};

const bt601Narrow: Primaries = { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: d65 };

/** ITU-T H.273, table 2: primaries by their code. 2 says nothing, and stands for those of sRGB as 1 does. */
const coded: Readonly<Record<number, Primaries>> = {
  1: srgbPrimaries,
  2: srgbPrimaries,
  4: { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: illuminantC },
  5: { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: d65 },
  6: bt601Narrow,
  7: bt601Narrow,
  8: { red: [0.681, 0.319], green: [0.243, 0.692], blue: [0.145, 0.049], white: illuminantC },
  9: { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: d65 },
  10: { red: [1, 0], green: [0, 1], blue: [0, 0], white: [1 / 3, 1 / 3] },
  11: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] },
  12: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: d65 },
  22: { red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077], white: d65 },
};

/** The primaries of a code of H.273; those of sRGB for a code that is reserved. */
export function primariesOf(code: number): Primaries {
  return coded[code] ?? srgbPrimaries;
}

/** How far chromaticities may lie from each other and still be the same, rounded differently. */
const rounding = 0.0015;

/** True of the primaries and white of sRGB, as any program may have rounded them. */
export function areSrgb(primaries: Primaries): boolean {
  return (["red", "green", "blue", "white"] as const).every((name) =>
    [0, 1].every(
      (axis) => Math.abs((primaries[name][axis] ?? 0) - (srgbPrimaries[name][axis] ?? 0)) <= rounding,
    ),
  );
}

/**
 * Turns linear light of these primaries into linear light of sRGB's; white stays white (Bradford's adaptation). Null
 * where the primaries span no space of colours.
 */
export function matrixToSrgb(from: Primaries): Matrix | null {
  const toXyz = xyzMatrix(from);
  const fromXyz = invert(xyzMatrix(srgbPrimaries) ?? identity);
  if (toXyz === null || fromXyz === null) return null;
  const adaptation = adapt(from.white, srgbPrimaries.white);
  return adaptation === null ? null : multiply(fromXyz, multiply(adaptation, toXyz));
}

const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** From linear light to XYZ: columns are the primaries, each as strong as makes them white together (SMPTE RP 177). */
function xyzMatrix({ red, green, blue, white }: Primaries): Matrix | null {
  const [r, g, b] = [direction(red), direction(green), direction(blue)];
  const columns: Matrix = [r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]];
  const inverse = invert(columns);
  if (inverse === null || white[1] <= 0) return null;
  const strength = apply(inverse, xyzOf(white));
  return columns.map((value, index) => value * (strength[index % 3] as number)) as unknown as Matrix;
}

function direction([x, y]: Chromaticity): Vector {
  return [x, y, 1 - x - y];
}

/** Of luminance 1. */
function xyzOf([x, y]: Chromaticity): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

/** From XYZ to the responses of Bradford's cones. */
const bradford: Matrix = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

function adapt(from: Chromaticity, to: Chromaticity): Matrix | null {
  const [before, after] = [apply(bradford, xyzOf(from)), apply(bradford, xyzOf(to))];
  const back = invert(bradford);
  if (back === null || before.some((cone) => cone <= 0)) return null;
  const gain = (index: 0 | 1 | 2) => after[index] / before[index];
  return multiply(back, multiply([gain(0), 0, 0, 0, gain(1), 0, 0, 0, gain(2)], bradford));
}

function apply(m: Matrix, [x, y, z]: Vector): Vector {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

/** The product, which does first what `b` does. */
function multiply(a: Matrix, b: Matrix): Matrix {
  const columns = [0, 1, 2].map((index) => apply(a, [b[index], b[index + 3], b[index + 6]] as Vector));
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row] as number)) as unknown as Matrix;
}

function invert([a, b, c, d, e, f, g, h, i]: Matrix): Matrix | null {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!(Math.abs(determinant) > 1e-9)) return null;
  const cofactors = [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return cofactors.map((value) => value / determinant) as unknown as Matrix;
}
