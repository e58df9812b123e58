import type { GraphBuilder, Value } from "./builder.ts";

/** x / √(mean of x² + epsilon) · weight, over the last axis, which is `width` wide. */
export function rmsNorm(g: GraphBuilder, x: Value, prefix: string, width: number, epsilon: number): Value {
  // In 32 bits: squares leave the range of 16 first.
  const exact = g.toExact(x);
  const squares = g.node("Mul", [exact, exact]);
  const mean = g.node("ReduceMean", [squares, g.ints([-1])], { keepdims: 1 });
  const root = g.node("Sqrt", [g.node("Add", [mean, g.exactFloats(epsilon)])]);
  const normal = g.fromExact(g.node("Div", [exact, root]));
  return g.node("Mul", [normal, g.weight(`${prefix}.weight`, [width])]);
}
