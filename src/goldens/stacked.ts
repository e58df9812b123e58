import type { Tensor } from "../pipeline/nets/tensor.ts";

/** Joins tensors along their first axis. */
export function stacked(tensors: readonly Tensor[]): Tensor {
  const data = new Float32Array(tensors.reduce((length, tensor) => length + tensor.data.length, 0));
  let written = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, written);
    written += tensor.data.length;
  }
  const [first, ...rest] = tensors[0]?.shape ?? [];
  return { data, shape: [(first ?? 0) * tensors.length, ...rest] };
}
