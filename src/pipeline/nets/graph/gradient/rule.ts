import { EditError } from "../../../../errors.ts";
import { required } from "../../required.ts";
import type { GraphBuilder, Value, WrittenNode } from "../builder.ts";

/** A node of the forward pass as a rule is given it. */
export interface DifferentiatedNode extends WrittenNode {
  readonly g: GraphBuilder;
  /** Those with respect to its outputs; `null` where nothing depends on one. One of them is there. */
  readonly gradients: readonly (Value | null)[];
}

/** Writes the gradient with respect to one input, of its shape. */
export type InputGradient = () => Value;

/** The gradients with respect to a node's inputs, in their order; only those that are wanted are written. `null`: there is none. */
export type Rule = (node: DifferentiatedNode) => readonly (InputGradient | null)[];

/** What rules of operators with one output need, all there. */
export interface SingleOutput {
  readonly g: GraphBuilder;
  /** An input that the operator cannot do without. */
  input(index: number): Value;
  readonly output: Value;
  readonly gradient: Value;
}

export function singleOutput({ g, operator, inputs, outputs, gradients }: DifferentiatedNode): SingleOutput {
  return {
    g,
    input: (index) => required(inputs[index], `input ${index + 1} of ${operator}`),
    output: required(outputs[0], `an output of ${operator}`),
    gradient: required(gradients[0], `a gradient of ${operator}`),
  };
}

/**
 * Undoes broadcasting: `gradient` summed over the axes along which `like` was repeated, in the shape of `like`. Which these are is
 * found when the graph runs.
 */
export function sumTo(g: GraphBuilder, gradient: Value, like: Value): Value {
  const [wide, narrow] = [g.node("Shape", [gradient]), g.node("Shape", [like])];
  // Shapes are aligned at their last axis: the narrower one has ones before its first.
  const missing = g.node("Sub", [g.node("Shape", [wide]), g.node("Shape", [narrow])]);
  const pads = g.node("Concat", [missing, g.ints([0])], { axis: 0 });
  const one = g.node("Squeeze", [g.ints([1]), g.ints([0])]);
  const aligned = g.node("Pad", [narrow, pads, one]);
  const repeated = g.node("NonZero", [g.node("Not", [g.node("Equal", [aligned, wide])])]); // [1, axes]
  const axes = g.node("Squeeze", [repeated, g.ints([0])]);
  const summed = g.node("ReduceSum", [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 });
  return g.node("Reshape", [summed, narrow]);
}

/** `x` in the shape of `like`, which has as many numbers. */
export function reshapeLike(g: GraphBuilder, x: Value, like: Value): Value {
  return g.node("Reshape", [x, g.node("Shape", [like])]);
}

/** Zeros in the shape of `like`. */
export function zerosLike(g: GraphBuilder, like: Value): Value {
  return g.node("Expand", [g.floats(0), g.node("Shape", [like])]);
}

export function intAttribute({ attributes }: WrittenNode, name: string, otherwise: number): number {
  const found = attributes[name];
  return typeof found === "number" ? found : otherwise;
}

export function intsAttribute(
  { attributes }: WrittenNode,
  name: string,
  otherwise: readonly number[],
): readonly number[] {
  const found = attributes[name];
  return isInts(found) ? found : otherwise;
}

export function floatAttribute({ attributes }: WrittenNode, name: string, otherwise: number): number {
  const found = attributes[name];
  return typeof found === "object" && "float" in found ? found.float : otherwise;
}

function isInts(found: unknown): found is readonly number[] {
  return Array.isArray(found);
}

/** @throws EditError `network-unsupported` unless an operator is written as its rule expects it. */
export function requireForm(isHeld: boolean, { operator }: WrittenNode, expected: string): void {
  if (isHeld) return;
  throw new EditError(
    "network-unsupported",
    `Expected a graph whose gradient can be written: ${operator} with ${expected}, got another form of it.`,
  );
}
