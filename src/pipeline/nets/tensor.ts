import { EditError } from "../../errors.ts";

/** Numbers in row-major order. `shape` has a name for each axis wherever a tensor is born. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Whole numbers in row-major order. */
export interface Ids {
  readonly data: BigInt64Array;
  readonly shape: readonly number[];
}

/** Token ids `[batch, positions]`. */
export interface TokenIds extends Ids {
  readonly shape: readonly [batch: number, positions: number];
}

/** The sides of a tensor that has `axes` of them. @throws EditError `internal` where it has more or fewer */
export function sidesOf<const N extends keyof Sides>({ shape }: Pick<Tensor, "shape">, axes: N): Sides[N] {
  if (shape.length === axes) return shape as Sides[N];
  throw new EditError("internal", `Expected a tensor of ${axes} axes, got the shape [${shape.join(", ")}].`);
}

interface Sides {
  readonly 2: readonly [number, number];
  readonly 3: readonly [number, number, number];
  readonly 4: readonly [number, number, number, number];
}

/** The product of a shape's sides. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
