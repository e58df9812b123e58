import type { GraphBuilder, Value } from "../builder.ts";
import { dataType } from "../onnx.ts";
import {
  type DifferentiatedNode,
  type InputGradient,
  intAttribute,
  intsAttribute,
  type Rule,
  requireForm,
  reshapeLike,
  singleOutput,
  sumTo,
  zerosLike,
} from "./rule.ts";

/** What moves, repeats, cuts, joins and sums numbers. */
export const shapeRules: Readonly<Record<string, Rule>> = {
  Reshape: reshaped,
  Unsqueeze: reshaped,
  Squeeze: reshaped,
  Flatten: reshaped,
  Transpose: transposed,
  Expand: (node) => {
    const { g, input, gradient } = singleOutput(node);
    return [() => sumTo(g, gradient, input(0)), null];
  },
  Concat: joined,
  Split: split,
  Slice: sliced,
  Pad: padded,
  Gather: gathered,
  Resize: resized,
  ReduceSum: reduced("sum"),
  ReduceMean: reduced("mean"),
  Trilu: (node) => {
    const { g, gradient } = singleOutput(node);
    return [() => g.node("Trilu", [gradient, node.inputs[1] ?? null], node.attributes), null];
  },
  DepthToSpace: (node) => {
    const { g, gradient } = singleOutput(node);
    requireForm(node.attributes.mode !== "CRD", node, "the mode DCR");
    return [() => g.node("SpaceToDepth", [gradient], { blocksize: intAttribute(node, "blocksize", 1) })];
  },
};

function reshaped(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  return [() => reshapeLike(g, gradient, input(0)), null];
}

function transposed(node: DifferentiatedNode): InputGradient[] {
  const { g, gradient } = singleOutput(node);
  const perm = intsAttribute(node, "perm", []);
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return [() => g.node("Transpose", [gradient], perm.length === 0 ? {} : { perm: back })];
}

/** Each gets its part. */
function joined(node: DifferentiatedNode): InputGradient[] {
  const { g, gradient } = singleOutput(node);
  const axis = intAttribute(node, "axis", 0);
  const lengths = node.inputs.map((input) => g.node("Gather", [g.node("Shape", [input]), g.ints([axis])]));
  const sizes = g.node("Concat", lengths, { axis: 0 });
  const parts = g.nodes("Split", [gradient, sizes], lengths.length, { axis });
  return parts.map((part) => () => part);
}

function split(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, outputs, gradients } = node;
  const axis = intAttribute(node, "axis", 0);
  const parts = () => outputs.map((output, index) => gradients[index] ?? zerosLike(g, output));
  return [() => g.node("Concat", parts(), { axis }), null];
}

/** What was cut away gets zeros. */
function sliced(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, output, gradient } = singleOutput(node);
  const [, starts, , axes = null, stride = null] = node.inputs;
  const isWhole = stride === null || g.constant(stride)?.every((one) => one === 1) === true;
  requireForm(isWhole && starts !== null, node, "steps of 1");
  const sides = (of: Value): Value => {
    const shape = g.node("Shape", [of]);
    return axes === null ? shape : g.node("Gather", [shape, axes]);
  };
  const data = (): Value => {
    const [all, kept] = [sides(input(0)), sides(output)];
    // A start below 0 counts from the end; one beyond the ends is the end.
    const counted = g.node("Where", [
      g.node("Less", [input(1), g.ints([0])]),
      g.node("Add", [input(1), all]),
      input(1),
    ]);
    const before = g.node("Max", [g.node("Min", [counted, g.node("Sub", [all, kept])]), g.ints([0])]);
    const after = g.node("Sub", [g.node("Sub", [all, kept]), before]);
    const pads = g.node("Concat", [before, after], { axis: 0 });
    return g.node("Pad", [gradient, pads, null, axes]);
  };
  return [data, null, null, null, null];
}

/** What was put around is cut away. */
function padded(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  const isPlain = (node.attributes.mode ?? "constant") === "constant" && node.inputs[3] === undefined;
  requireForm(isPlain, node, "a constant around all axes");
  const data = (): Value => {
    const before = g.nodes("Split", [input(1)], 2, { axis: 0, num_outputs: 2 })[0] ?? input(1);
    return g.node("Slice", [gradient, before, g.node("Add", [before, g.node("Shape", [input(0)])])]);
  };
  return [data, null, null];
}

/** Rows of a table: each gets the sum of what was taken of it. */
function gathered(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  requireForm(intAttribute(node, "axis", 0) === 0, node, "the first axis of its table");
  const table = (): Value => {
    const places = g.node("Unsqueeze", [input(1), g.ints([-1])]);
    return g.node("ScatterND", [zerosLike(g, input(0)), places, gradient], { reduction: "add" });
  };
  return [table, null];
}

/** Pictures that were made larger by repeating: each number gets the sum of its repetitions. */
function resized(node: DifferentiatedNode): (InputGradient | null)[] {
  const { g, input, gradient } = singleOutput(node);
  const { mode, nearest_mode, coordinate_transformation_mode } = node.attributes;
  const scales = node.inputs[2] ? g.constant(node.inputs[2]) : null;
  const repeats =
    mode === "nearest" && nearest_mode === "floor" && coordinate_transformation_mode === "asymmetric";
  requireForm(
    repeats && scales?.every((scale) => Number.isInteger(scale) && scale > 0) === true,
    node,
    "whole scales that repeat (nearest, floor, asymmetric)",
  );
  const whole = scales ?? [];
  const pictures = (): Value => {
    // Each axis is parted in two: where a number was, and its repetitions.
    const column = (sides: Value): Value => g.node("Unsqueeze", [sides, g.ints([1])]);
    const pairs = g.node("Concat", [column(g.node("Shape", [input(0)])), column(g.ints(whole))], { axis: 1 });
    const parted = g.node("Reshape", [gradient, g.node("Reshape", [pairs, g.ints([-1])])]);
    const repetitions = whole.map((_, axis) => 2 * axis + 1);
    return g.node("ReduceSum", [parted, g.ints(repetitions)], { keepdims: 0 });
  };
  return [pictures, null, null, null];
}

function reduced(kind: "sum" | "mean"): Rule {
  return (node) => {
    const { g, input, output, gradient } = singleOutput(node);
    requireForm(intAttribute(node, "noop_with_empty_axes", 0) === 0, node, "axes, or all of them");
    const axes = node.inputs[1] ?? null;
    const data = (): Value => {
      const isKept = intAttribute(node, "keepdims", 1) === 1;
      const kept = isKept || axes === null ? gradient : g.node("Unsqueeze", [gradient, axes]);
      const spread = g.node("Expand", [kept, g.node("Shape", [input(0)])]);
      return kind === "sum" ? spread : g.node("Div", [spread, numbersPerMean(g, input(0), output)]);
    };
    return [data, null];
  };
}

function numbersPerMean(g: GraphBuilder, all: Value, means: Value): Value {
  const count = g.node("Div", [g.node("Size", [all]), g.node("Size", [means])]);
  return g.node("Cast", [count], { to: g.target.floats === "float32" ? dataType.float32 : dataType.float16 });
}
