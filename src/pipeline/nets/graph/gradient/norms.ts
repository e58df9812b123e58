import type { GraphBuilder, Value } from "../builder.ts";
import {
  type DifferentiatedNode,
  floatAttribute,
  type InputGradient,
  intAttribute,
  type Rule,
  requireForm,
  reshapeLike,
  singleOutput,
  sumTo,
} from "./rule.ts";

export const normRules: Readonly<Record<string, Rule>> = {
  LayerNormalization: layerNorm,
  InstanceNormalization: instanceNorm,
  Softmax: softmax,
};

/** Rows over the last axis: what they are after the norm, and one over their spread. */
interface Normal {
  readonly rows: Value;
  readonly inverse: Value;
}

function normalise(g: GraphBuilder, x: Value, epsilon: number): Normal {
  const centred = g.node("Sub", [x, meanOf(g, x)]);
  const variance = meanOf(g, g.node("Mul", [centred, centred]));
  const inverse = g.node("Reciprocal", [g.node("Sqrt", [g.node("Add", [variance, g.floats(epsilon)])])]);
  return { rows: g.node("Mul", [centred, inverse]), inverse };
}

/** With respect to rows before a norm, from that with respect to them after it: (d - mean(d) - n mean(d n)) / spread. */
function beforeNorm(g: GraphBuilder, { rows, inverse }: Normal, gradient: Value): Value {
  const along = g.node("Mul", [rows, meanOf(g, g.node("Mul", [gradient, rows]))]);
  const across = g.node("Sub", [g.node("Sub", [gradient, meanOf(g, gradient)]), along]);
  return g.node("Mul", [across, inverse]);
}

/** Over the last axis, which is kept. */
function meanOf(g: GraphBuilder, x: Value): Value {
  return g.node("ReduceMean", [x, g.ints([-1])], { keepdims: 1 });
}

function layerNorm(node: DifferentiatedNode): InputGradient[] {
  const { g, input, gradient } = singleOutput(node);
  requireForm(intAttribute(node, "axis", -1) === -1, node, "its norm over the last axis");
  const normal = once(() => normalise(g, input(0), floatAttribute(node, "epsilon", 1e-5)));
  return [
    () => beforeNorm(g, normal(), g.node("Mul", [gradient, input(1)])),
    () => sumTo(g, g.node("Mul", [gradient, normal().rows]), input(1)),
    () => sumTo(g, gradient, input(2)),
  ];
}

/** Over all axes but the first two, of each picture and channel; with groups in place of channels it is a group norm. */
function instanceNorm(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  const asRows = (x: Value): Value => g.node("Reshape", [x, g.ints([0, 0, -1])]);
  return [
    () => {
      const normal = normalise(g, asRows(input(0)), floatAttribute(node, "epsilon", 1e-5));
      const scale = g.node("Unsqueeze", [input(1), g.ints([1])]);
      const rows = beforeNorm(g, normal, g.node("Mul", [asRows(gradient), scale]));
      return reshapeLike(g, rows, input(0));
    },
    null,
    null,
  ];
}

/** y (d - sum(d y)) */
function softmax(node: DifferentiatedNode): InputGradient[] {
  const { g, output, gradient } = singleOutput(node);
  const axis = intAttribute(node, "axis", -1);
  return [
    () => {
      const weighted = g.node("Mul", [gradient, output]);
      const sum = g.node("ReduceSum", [weighted, g.ints([axis])], { keepdims: 1 });
      return g.node("Sub", [weighted, g.node("Mul", [output, sum])]);
    },
  ];
}

/** Writes what several gradients of a node share one time. */
function once<T>(write: () => T): () => T {
  let written: { readonly value: T } | null = null;
  return () => {
    written ??= { value: write() };
    return written.value;
  };
}
