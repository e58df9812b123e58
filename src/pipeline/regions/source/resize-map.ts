import { sidesOf, type Tensor } from "../../nets/tensor.ts";

/** A map `[rows, columns]` at another size: bilinear where it grows, the mean of what falls into a cell where it shrinks. */
export function resizeMap(map: Tensor, rows: number, columns: number): Tensor {
  const [fromRows, fromColumns] = sidesOf(map, 2);
  const down = weightsOf(fromRows, rows);
  const across = weightsOf(fromColumns, columns);
  const data = new Float32Array(rows * columns);
  for (const [row, column, from, weight] of products(down, across, fromColumns)) {
    data[row * columns + column] = (data[row * columns + column] ?? 0) + weight * (map.data[from] ?? 0);
  }
  return { data, shape: [rows, columns] };
}

type Weights = readonly (readonly { readonly from: number; readonly weight: number }[])[];

function* products(down: Weights, across: Weights, fromColumns: number) {
  for (const [row, aboves] of down.entries()) {
    for (const [column, besides] of across.entries()) {
      for (const above of aboves) {
        for (const beside of besides) {
          yield [row, column, above.from * fromColumns + beside.from, above.weight * beside.weight] as const;
        }
      }
    }
  }
}

/** By output cell: which input cells make it up, with weights that sum to 1. */
function weightsOf(from: number, to: number): Weights {
  return Array.from({ length: to }, (_, index) =>
    to > from ? between(index, from, to) : over(index, from, to),
  );
}

/** The two cells whose centres lie on either side of this one's. */
function between(index: number, from: number, to: number) {
  const centre = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1);
  const low = Math.floor(centre);
  const high = Math.min(low + 1, from - 1);
  return [
    { from: low, weight: 1 - (centre - low) },
    { from: high, weight: centre - low },
  ];
}

/** All cells that this one lies over, by how much of it they are. */
function over(index: number, from: number, to: number) {
  const [start, end] = [(index * from) / to, ((index + 1) * from) / to];
  const cells: { from: number; weight: number }[] = [];
  for (let cell = Math.floor(start); cell < Math.min(from, Math.ceil(end)); cell++) {
    const shared = Math.min(end, cell + 1) - Math.max(start, cell);
    cells.push({ from: cell, weight: shared / (end - start) });
  }
  return cells;
}
