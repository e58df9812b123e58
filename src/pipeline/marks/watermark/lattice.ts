import { createHash } from "node:crypto";
import type { Size } from "../../image/framing.ts";

/**
 * Square blocks over a whole picture, from its upper left corner on. Their number along the longer side says where they lie,
 * so in a copy of any size they lie at the same places.
 */
export interface Lattice {
  /** Blocks along the longer side; the last may be cut. */
  readonly count: number;
  /** Of a block, in pixels of this picture; no whole number. */
  readonly side: number;
  /** Whole blocks alone. */
  readonly columns: number;
  readonly rows: number;
}

/** Numbers of blocks that are used, each about √2 times the one before. */
const counts = Array.from({ length: 15 }, (_, step) => Math.round(8 * 2 ** (step / 2)));

/** The lattice whose blocks are nearest so many pixels. */
export function latticeOf(picture: Size, blockSide: number): Lattice {
  const wanted = Math.max(picture.width, picture.height) / blockSide;
  const away = (count: number) => Math.abs(Math.log(count / wanted));
  return latticeFor(
    picture,
    counts.reduce((best, count) => (away(count) < away(best) ? count : best)),
  );
}

/** Lattices that a picture may be marked on, if it was scaled since: those of blocks that can be read. */
export function readableLattices(picture: Size): Lattice[] {
  const lattices = counts.map((count) => latticeFor(picture, count));
  return lattices.filter(({ side, columns, rows }) => side >= 5 && side <= 40 && columns > 0 && rows > 0);
}

function latticeFor({ width, height }: Size, count: number): Lattice {
  const side = Math.max(width, height) / count;
  return { count, side, columns: Math.floor(width / side + 1e-9), rows: Math.floor(height / side + 1e-9) };
}

/** The pixels whose middles lie in the block of an index, along one axis. */
export function pixelsOf(index: number, side: number): { readonly start: number; readonly end: number } {
  return { start: Math.ceil(index * side - 0.5), end: Math.ceil((index + 1) * side - 0.5) };
}

/** The waves of a block that carry the mark: how many half periods lie across and down. All but the slowest and the finest. */
export const waves = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 0],
  [0, 2],
  [2, 1],
  [1, 2],
  [2, 2],
  [3, 0],
  [0, 3],
  [3, 1],
  [1, 3],
] as const;

/** Half periods along one axis, 0 among them. */
export const orders = 4;

/**
 * The cosines of the DCT-II over blocks of a stretch of pixels, at the pixels' middles: `orders` values a pixel, each of mean square 1
 * over a block.
 */
export function cosinesOf(start: number, length: number, side: number): Float32Array {
  const cosines = new Float32Array(length * orders);
  for (let at = 0; at < length; at++) {
    const place = (start + at + 0.5) / side;
    const within = place - Math.floor(place);
    cosines[at * orders] = 1;
    for (let order = 1; order < orders; order++)
      cosines[at * orders + order] = Math.SQRT2 * Math.cos(Math.PI * order * within);
  }
  return cosines;
}

/** Signs of a block's waves: bit by bit, those of a key. */
export type Signs = (lattice: Lattice, column: number, row: number) => number;

/** The signs that a text stands for: as good as drawn by lot, and the same for everybody who knows it. */
export function signsOf(key: string): Signs {
  const digest = createHash("sha256").update(`watermark 1 ${key}`).digest();
  const [first, second] = [digest.readInt32LE(0), digest.readInt32LE(4)];
  return ({ count }, column, row) => {
    const place = Math.imul(column + 1, 0x9e3779b1) ^ Math.imul(row + 1, 0x85ebca6b);
    return mixed(mixed(place ^ Math.imul(count, 0xc2b2ae35) ^ first) ^ second);
  };
}

/** 32 bits of which each hangs on all that go in: the finalizer of MurmurHash3. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
