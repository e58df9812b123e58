import type { Sides } from "./difference.ts";
import { distancesTo } from "./distance.ts";
import { type Cells, complementOf, unionOf } from "./grid.ts";

export interface TidyOptions {
  /** Gaps up to twice as wide are closed, in cells. */
  readonly closing: number;
  /** What is thinner than twice as wide goes, in cells. */
  readonly opening: number;
  /** A piece with a smaller share of all cells of the set goes, 0 to 1. */
  readonly leastShare: number;
}

/** The set without gaps, holes, hairs and crumbs. May be empty. */
export function tidied(cells: Cells, { closing, opening, leastShare }: TidyOptions): Cells {
  const closed = unionOf(cells, shrunkFromBorder(grown(cells, closing), closing));
  const opened = grown(shrunk(withoutHoles(closed), opening), opening);
  return withoutCrumbs(opened, leastShare);
}

/** All cells within `reach` cells of the set. */
export function grown(cells: Cells, reach: number): Cells {
  const { width, height, values } = distancesTo(cells);
  return { width, height, values: Uint8Array.from(values, (value) => (value <= reach ? 1 : 0)) };
}

/** The cells that are further than `reach` from all that are not in the set; the border of the grid takes nothing away. */
export function shrunk(cells: Cells, reach: number): Cells {
  return complementOf(grown(complementOf(cells), reach));
}

/** The same, but where the grid ends the set ends too: what was grown must not have grown to the border for good. */
function shrunkFromBorder(cells: Cells, reach: number): Cells {
  const { width, height, values } = shrunk(cells, reach);
  const kept = values.map((value, index) => {
    const [column, row] = [index % width, Math.floor(index / width)];
    const toBorder = Math.min(column, row, width - 1 - column, height - 1 - row) + 1;
    return toBorder > reach ? value : 0;
  });
  return { width, height, values: kept };
}

/** The set and all cells from which no way leads round it to the border of the grid. */
export function withoutHoles(cells: Cells): Cells {
  const everySide = { left: true, top: true, right: true, bottom: true };
  const outside = touching(complementOf(cells), everySide);
  return complementOf(outside);
}

/** The pieces of the set that reach one of the sides of the grid. */
export function touching(cells: Cells, sides: Sides): Cells {
  const { width, height } = cells;
  const { labels, sizes } = piecesOf(cells);
  const touches = new Uint8Array(sizes.length);
  const see = (index: number) => {
    touches[labels[index] as number] = 1;
  };
  for (let column = 0; column < width; column++) {
    if (sides.top) see(column);
    if (sides.bottom) see((height - 1) * width + column);
  }
  for (let row = 0; row < height; row++) {
    if (sides.left) see(row * width);
    if (sides.right) see(row * width + width - 1);
  }
  return {
    ...cells,
    values: Uint8Array.from(labels, (label) => (label > 0 ? (touches[label] as number) : 0)),
  };
}

function withoutCrumbs(cells: Cells, leastShare: number): Cells {
  const { labels, sizes } = piecesOf(cells);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const isKept = sizes.map((size) => size >= leastShare * all);
  return { ...cells, values: Uint8Array.from(labels, (label) => (label > 0 && isKept[label] ? 1 : 0)) };
}

/** Numbers the pieces of a set, each joined by sides: 0 is what is not in it. `sizes` is in cells, by number. */
function piecesOf({ width, height, values }: Cells): { labels: Int32Array; sizes: number[] } {
  const labels = new Int32Array(values.length);
  const sizes = [0];
  const waiting: number[] = [];
  const visit = (index: number, label: number) => {
    if (values[index] !== 1 || labels[index] !== 0) return;
    labels[index] = label;
    waiting.push(index);
  };
  for (let start = 0; start < values.length; start++) {
    const label = sizes.length;
    visit(start, label);
    let size = 0;
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      size++;
      const column = index % width;
      if (column > 0) visit(index - 1, label);
      if (column < width - 1) visit(index + 1, label);
      if (index >= width) visit(index - width, label);
      if (index < width * (height - 1)) visit(index + width, label);
    }
    if (size > 0) sizes.push(size);
  }
  return { labels, sizes };
}
