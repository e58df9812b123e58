import type { Box } from "../../../types.ts";
import type { Tensor } from "../../nets/tensor.ts";

/** Cells of a grid that a box is made of, and those around it, as places in the grid's rows. */
export interface BoxCells {
  /** At least one. */
  readonly inside: readonly number[];
  /** None where the box fills the picture. */
  readonly around: readonly number[];
}

/** How far a box's surroundings reach, as a share of its sides. */
const reach = 0.25;

/**
 * Cells whose middle lies in the box, or the nearest one, and those within a quarter of its sides around it.
 * @param grid rows and columns that the picture is divided into
 */
export function cellsOf(
  box: Box,
  picture: { readonly width: number; readonly height: number },
  [rows, columns]: readonly [rows: number, columns: number],
): BoxCells {
  const across = spans(box.left, box.width, columns / picture.width, columns);
  const down = spans(box.top, box.height, rows / picture.height, rows);
  const inside: number[] = [];
  const around: number[] = [];
  for (let row = down.outer[0]; row < down.outer[1]; row++) {
    for (let column = across.outer[0]; column < across.outer[1]; column++) {
      const isInside = within(row, down.inner) && within(column, across.inner);
      (isInside ? inside : around).push(row * columns + column);
    }
  }
  return { inside, around };
}

/** The mean of some cells' columns of `[channels, rows, columns]`: `[channels]`; zeros where there are none. */
export function meanOf({ data, shape }: Tensor, cells: readonly number[]): Float32Array {
  const [channels = 0, rows = 0, columns = 0] = shape;
  const size = rows * columns;
  const mean = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (const cell of cells) sum += data[channel * size + cell] ?? 0;
    mean[channel] = sum / Math.max(1, cells.length);
  }
  return mean;
}

type Span = readonly [start: number, end: number];

/** First cell and the one after the last, along one axis. */
function spans(start: number, length: number, scale: number, limit: number): { inner: Span; outer: Span } {
  const from = start * scale;
  const to = (start + length) * scale;
  const margin = reach * (to - from);
  return { inner: middlesIn(from, to, limit), outer: middlesIn(from - margin, to + margin, limit) };
}

/** Cells whose middle lies between the two, or else the one that their middle lies in. */
function middlesIn(from: number, to: number, limit: number): Span {
  const start = Math.max(0, Math.ceil(from - 0.5));
  const end = Math.min(limit, Math.ceil(to - 0.5));
  if (end > start) return [start, end];
  const nearest = Math.min(limit - 1, Math.max(0, Math.floor((from + to) / 2)));
  return [nearest, nearest + 1];
}

function within(value: number, [start, end]: Span): boolean {
  return value >= start && value < end;
}
