/** The lower triangle L of a symmetric positive definite matrix, row-major, with L L^T = matrix; `null` where it is none. */
export function choleskyOf(matrix: readonly number[] | Float64Array): Float64Array | null {
  const size = Math.sqrt(matrix.length);
  const lower = new Float64Array(matrix.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let left = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) left -= lower[row * size + k]! * lower[column * size + k]!;
      if (row === column && left <= 0) return null;
      lower[row * size + column] = row === column ? Math.sqrt(left) : left / lower[column * size + column]!;
    }
  }
  return lower;
}

/** x of L L^T x = values. */
export function solve(lower: Float64Array, values: readonly number[]): number[] {
  const size = values.length;
  const x = [...values];
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) x[row]! -= lower[row * size + k]! * x[k]!;
    x[row]! /= lower[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) x[row]! -= lower[k * size + row]! * x[k]!;
    x[row]! /= lower[row * size + row]!;
  }
  return x;
}
