import type { Box } from "../../../types.ts";
import type { Rgb } from "../../image/picture.ts";
import { cosinesOf, type Lattice, orders, pixelsOf, waves } from "./lattice.ts";

/** Blocks of a lattice: from a column and a row on. */
export interface BlockRange {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** The whole blocks that touch a box. */
export function blocksOn({ side, columns, rows }: Lattice, { left, top, width, height }: Box): BlockRange {
  const [column, row] = [Math.floor(left / side), Math.floor(top / side)];
  const lastColumn = Math.min(columns, Math.ceil((left + width) / side));
  const lastRow = Math.min(rows, Math.ceil((top + height) / side));
  return { column, row, columns: Math.max(0, lastColumn - column), rows: Math.max(0, lastRow - row) };
}

/** How much of each wave is in the luma of each block, in levels: `waves.length` values a block, row by row of blocks. */
export function coefficientsOf(picture: Rgb, lattice: Lattice, blocks: BlockRange): Float32Array {
  const found = new Float32Array(blocks.columns * blocks.rows * waves.length);
  const reader = createBlockReader(picture.width, lattice, blocks, (row, values) =>
    found.set(values, row * blocks.columns * waves.length),
  );
  const first = pixelsOf(blocks.row, lattice.side).start;
  const end = pixelsOf(blocks.row + blocks.rows - 1, lattice.side).end;
  const line = new Float32Array(picture.width);
  for (let y = first; y < end; y++) {
    lumaLine(picture, y, line);
    reader.read(y, line);
  }
  return found;
}

/** Luma (ITU-R BT.601) of one line of a picture. */
export function lumaLine({ rgb, width }: Rgb, y: number, line: Float32Array): void {
  for (let x = 0, from = y * width * 3; x < width; x++, from += 3) {
    line[x] =
      0.299 * (rgb[from] as number) + 0.587 * (rgb[from + 1] as number) + 0.114 * (rgb[from + 2] as number);
  }
}

/** Takes the lines of a picture one after the other, and hands over each row of blocks once it has all of its lines. */
export function createBlockReader(
  width: number,
  { side }: Lattice,
  { column, row, columns, rows }: BlockRange,
  onRow: (row: number, values: Float32Array) => void,
) {
  const across = cosinesOf(0, width, side);
  const stretches = Array.from({ length: columns }, (_, index) => pixelsOf(column + index, side));
  /** `[block][down][across]`. */
  const sums = new Float64Array(columns * orders * orders);
  const values = new Float32Array(columns * waves.length);
  let at = 0;

  function handOver(lines: number): void {
    for (const [block, { start, end }] of stretches.entries()) {
      const pixels = (end - start) * lines;
      for (const [wave, [u, v]] of waves.entries())
        values[block * waves.length + wave] = (sums[(block * orders + v) * orders + u] as number) / pixels;
    }
    sums.fill(0);
    onRow(at, values);
    at++;
  }

  return {
    /** @param line Luma of all columns. */
    read(y: number, line: Float32Array): void {
      if (at >= rows) return;
      const { start, end } = pixelsOf(row + at, side);
      if (y < start) return;
      const down = cosinesOf(y, 1, side);
      for (const [block, stretch] of stretches.entries())
        addStretch(line, stretch, { across, down, sums, to: block * orders * orders });
      if (y + 1 === end) handOver(end - start);
    },
  };
}

/** Adds what one line of a block has of each wave. */
function addStretch(
  line: Float32Array,
  { start, end }: { readonly start: number; readonly end: number },
  { across, down, sums, to }: AddedTo,
): void {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let x = start, from = x * orders; x < end; x++, from += orders) {
    const luma = line[x] as number;
    s0 += luma;
    s1 += luma * (across[from + 1] as number);
    s2 += luma * (across[from + 2] as number);
    s3 += luma * (across[from + 3] as number);
  }
  for (let v = 0, at = to; v < orders; v++, at += orders) {
    const weight = down[v] as number;
    sums[at] = (sums[at] as number) + s0 * weight;
    sums[at + 1] = (sums[at + 1] as number) + s1 * weight;
    sums[at + 2] = (sums[at + 2] as number) + s2 * weight;
    sums[at + 3] = (sums[at + 3] as number) + s3 * weight;
  }
}

interface AddedTo {
  readonly across: Float32Array;
  readonly down: Float32Array;
  readonly sums: Float64Array;
  readonly to: number;
}
