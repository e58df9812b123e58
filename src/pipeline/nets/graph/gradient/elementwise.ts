import type { GraphBuilder, Value } from "../builder.ts";
import {
  type DifferentiatedNode,
  floatAttribute,
  type Rule,
  type SingleOutput,
  singleOutput,
  sumTo,
  zerosLike,
} from "./rule.ts";

/** Writes the derivative of a function of one number, at each number of `x`; `y` is what the function gave. */
type Derivative = (at: { readonly g: GraphBuilder; readonly x: Value; readonly y: Value }) => Value;

/** A function of each number alone: the gradient times the derivative. */
function pointwise(derivative: Derivative): Rule {
  return (node) => {
    const { g, input, output, gradient } = singleOutput(node);
    return [() => g.node("Mul", [gradient, derivative({ g, x: input(0), y: output })])];
  };
}

/** An operator of two values that are broadcast: what each gets before it is summed to that value's shape. */
function pairwise(partials: (step: SingleOutput) => readonly [() => Value, (() => Value) | null]): Rule {
  return (node) => {
    const step = singleOutput(node);
    return partials(step).map((partial, index) =>
      partial === null ? null : () => sumTo(step.g, partial(), step.input(index)),
    );
  };
}

const oneMinus = (g: GraphBuilder, x: Value): Value => g.node("Sub", [g.floats(1), x]);
const square = (g: GraphBuilder, x: Value): Value => g.node("Mul", [x, x]);

export const elementwiseRules: Readonly<Record<string, Rule>> = {
  Add: pairwise(({ gradient }) => [() => gradient, () => gradient]),
  Sub: pairwise(({ g, gradient }) => [() => gradient, () => g.node("Neg", [gradient])]),
  Mul: pairwise(({ g, input, gradient }) => [
    () => g.node("Mul", [gradient, input(1)]),
    () => g.node("Mul", [gradient, input(0)]),
  ]),
  Div: pairwise(({ g, input, output, gradient }) => [
    () => g.node("Div", [gradient, input(1)]),
    () => g.node("Neg", [g.node("Div", [g.node("Mul", [gradient, output]), input(1)])]),
  ]),
  // With respect to the base alone.
  Pow: pairwise(({ g, input, gradient }) => [
    () => {
      const lower = g.node("Pow", [input(0), g.node("Sub", [input(1), g.floats(1)])]);
      return g.node("Mul", [gradient, g.node("Mul", [input(1), lower])]);
    },
    null,
  ]),
  Where: (node) => {
    const { g, input, gradient } = singleOutput(node);
    const none = () => zerosLike(g, gradient);
    return [
      null,
      () => sumTo(g, g.node("Where", [input(0), gradient, none()]), input(1)),
      () => sumTo(g, g.node("Where", [input(0), none(), gradient]), input(2)),
    ];
  },

  Identity: (node) => [() => singleOutput(node).gradient],
  Cast: (node) => {
    const { g, input, gradient } = singleOutput(node);
    return [() => g.node("CastLike", [gradient, input(0)])];
  },
  Neg: pointwise(({ g }) => g.floats(-1)),
  Abs: pointwise(({ g, x }) => g.node("Sign", [x])),
  Exp: pointwise(({ y }) => y),
  Log: pointwise(({ g, x }) => g.node("Reciprocal", [x])),
  Sqrt: pointwise(({ g, y }) => g.node("Div", [g.floats(0.5), y])),
  Reciprocal: pointwise(({ g, y }) => g.node("Neg", [square(g, y)])),
  Sin: pointwise(({ g, x }) => g.node("Cos", [x])),
  Cos: pointwise(({ g, x }) => g.node("Neg", [g.node("Sin", [x])])),
  Erf: pointwise(({ g, x }) => g.node("Mul", [g.floats(2 / Math.sqrt(Math.PI)), bell(g, x, 1)])),
  Tanh: pointwise(({ g, y }) => oneMinus(g, square(g, y))),
  Sigmoid: pointwise(({ g, y }) => g.node("Mul", [y, oneMinus(g, y)])),
  Relu: pointwise(({ g, x }) => g.toFloats(g.node("Greater", [x, g.floats(0)]))),
  "com.microsoft.Gelu": pointwise(({ g, x }) => {
    // Φ(x) + x φ(x), of the normal distribution.
    const erf = g.node("Erf", [g.node("Mul", [x, g.floats(Math.SQRT1_2)])]);
    const below = g.node("Mul", [g.floats(0.5), g.node("Add", [erf, g.floats(1)])]);
    const density = g.node("Mul", [g.floats(1 / Math.sqrt(2 * Math.PI)), bell(g, x, 0.5)]);
    return g.node("Add", [below, g.node("Mul", [x, density])]);
  }),
  "com.microsoft.QuickGelu": (node) => pointwise(quickGelu(node))(node),
};

/** exp(-scale x²) */
function bell(g: GraphBuilder, x: Value, scale: number): Value {
  return g.node("Exp", [g.node("Mul", [square(g, x), g.floats(-scale)])]);
}

/** Of x σ(αx), which is SiLU where α is 1: σ(αx) (1 + αx (1 - σ(αx))). */
function quickGelu(node: DifferentiatedNode): Derivative {
  const alpha = floatAttribute(node, "alpha", 1.702);
  return ({ g, x }) => {
    const scaled = alpha === 1 ? x : g.node("Mul", [x, g.floats(alpha)]);
    const gate = g.node("Sigmoid", [scaled]);
    const rise = g.node("Mul", [scaled, oneMinus(g, gate)]);
    return g.node("Mul", [gate, g.node("Add", [rise, g.floats(1)])]);
  };
}
