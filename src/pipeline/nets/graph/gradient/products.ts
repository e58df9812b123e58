import type { Value } from "../builder.ts";
import {
  type DifferentiatedNode,
  floatAttribute,
  type InputGradient,
  intAttribute,
  intsAttribute,
  type Rule,
  requireForm,
  singleOutput,
  sumTo,
} from "./rule.ts";

export const productRules: Readonly<Record<string, Rule>> = { MatMul: matMul, Gemm: gemm, Conv: convolution };

/** Of A B over the last two axes; what comes before them is broadcast. */
function matMul(node: DifferentiatedNode): InputGradient[] {
  const { g, input, gradient } = singleOutput(node);
  // ONNX Runtime's own operator transposes the last two axes, however many there are.
  const product = (a: Value, b: Value, sides: { readonly transA?: 1; readonly transB?: 1 }) =>
    g.node("com.microsoft.FusedMatMul", [a, b], sides);
  return [
    () => sumTo(g, product(gradient, input(1), { transB: 1 }), input(0)),
    () => sumTo(g, product(input(0), gradient, { transA: 1 }), input(1)),
  ];
}

/** Of alpha A' B' + beta C, where A' and B' are A and B, transposed where `transA`, `transB` say so. */
function gemm(node: DifferentiatedNode): InputGradient[] {
  const { g, input, gradient } = singleOutput(node);
  const [transA, transB] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
  const alpha = floatAttribute(node, "alpha", 1);
  const beta = floatAttribute(node, "beta", 1);
  const product = (a: Value, b: Value, [turnsA, turnsB]: readonly [number, number]) =>
    g.node("Gemm", [a, b], { transA: turnsA, transB: turnsB, alpha: { float: alpha } });
  return [
    () =>
      transA === 0 ? product(gradient, input(1), [0, 1 - transB]) : product(input(1), gradient, [transB, 1]),
    () =>
      transB === 0 ? product(input(0), gradient, [1 - transA, 0]) : product(gradient, input(0), [1, transA]),
    () => sumTo(g, beta === 1 ? gradient : g.node("Mul", [gradient, g.floats(beta)]), input(2)),
  ];
}

/** Of a convolution of pictures `[batch, channels, height, width]`, with respect to the pictures and the bias. */
function convolution(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  const strides = intsAttribute(node, "strides", [1, 1]);
  requireForm(strides.length === 2 && !("auto_pad" in node.attributes), node, "two axes and its own padding");
  const pictures = (): Value => {
    const { kernel_shape, pads, dilations, group } = node.attributes;
    const window = Object.entries({ kernel_shape, pads, dilations, group }).flatMap(([name, setting]) =>
      setting === undefined ? [] : [[name, setting] as const],
    );
    const spread = g.node("ConvTranspose", [gradient, input(1)], {
      ...Object.fromEntries(window),
      strides,
      output_padding: strides.map((stride) => stride - 1),
    });
    if (strides.every((stride) => stride === 1)) return spread;
    // Several sizes halve to the same: the largest is made, and cut.
    const size = g.node("Shape", [input(0)], { start: 2 });
    return g.node("Slice", [spread, g.ints([0, 0]), size, g.ints([2, 3])]);
  };
  return [pictures, null, () => g.node("ReduceSum", [gradient, g.ints([0, 2, 3])], { keepdims: 0 })];
}
