/** Numbers in row-major order. `shape` has a name for each axis wherever a tensor is born. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Token ids `[batch, positions]`. */
export interface TokenIds {
  readonly data: BigInt64Array;
  readonly shape: readonly [batch: number, positions: number];
}

/** The product of a shape's sides. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
