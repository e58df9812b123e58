import { EditError } from "../../../../errors.ts";
import type { GraphBuilder, Value, WrittenNode } from "../builder.ts";
import { dataType } from "../onnx.ts";
import { elementwiseRules } from "./elementwise.ts";
import { normRules } from "./norms.ts";
import { productRules } from "./products.ts";
import { type Rule, zerosLike } from "./rule.ts";
import { shapeRules } from "./shapes.ts";

/** A value of a graph, and how much a scalar changes with each of its numbers; both have the same shape. */
export interface Cotangent {
  readonly value: Value;
  readonly cotangent: Value;
}

/**
 * Adds to a graph its vector-Jacobian product (reverse-mode differentiation): how much the scalar that the cotangents belong to
 * changes with each number of the values `to`, in their order and of their shapes. Zeros where nothing depends on a value.
 * Only nodes on a way from those values to the cotangents are differentiated, and only with respect to what lies on it.
 *
 * The graph is to be written in plain operators; what the rules do not hold is named.
 * @throws EditError `network-unsupported` for an operator, or an input of one, that has no rule
 */
export function addGradient(
  g: GraphBuilder,
  { of, to }: { readonly of: readonly Cotangent[]; readonly to: readonly Value[] },
): Value[] {
  // The rules write more nodes: those of the forward pass are the ones up to here.
  const forward = [...g.written];
  const dependent = dependentOn(forward, to);
  const collected = new Map<Value, Value>();
  const collect = (value: Value, gradient: Value): void => {
    const sum = collected.get(value);
    collected.set(value, sum === undefined ? gradient : g.node("Add", [sum, gradient]));
  };
  for (const { value, cotangent } of of) collect(value, cotangent);

  for (const node of forward.reverse()) {
    const gradients = node.outputs.map((output) => collected.get(output) ?? null);
    if (gradients.every((gradient) => gradient === null)) continue;
    if (!node.outputs.some((output) => dependent.has(output))) continue;
    const ways = ruleOf(node)({ g, ...node, gradients });
    for (const [index, input] of node.inputs.entries()) {
      if (input === null || !dependent.has(input)) continue;
      const way = ways[index];
      if (!way) throw withoutRule(node, `with respect to input ${index + 1}`);
      collect(input, way());
    }
  }
  return to.map((value) => collected.get(value) ?? zerosLike(g, value));
}

/** Values that change with those given. */
function dependentOn(nodes: readonly WrittenNode[], given: readonly Value[]): ReadonlySet<Value> {
  const dependent = new Set(given);
  for (const node of nodes) {
    if (isStep(node)) continue;
    if (node.inputs.some((input) => input !== null && dependent.has(input)))
      for (const output of node.outputs) dependent.add(output);
  }
  return dependent;
}

/** Operators whose outputs are whole numbers or truths: they change in steps, if at all, and their gradient is 0. */
const steps: ReadonlySet<string> = new Set([
  ...["Shape", "Size", "ArgMax", "ArgMin", "NonZero"],
  ...["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or", "IsNaN", "IsInf"],
  ...["Sign", "Round", "Floor", "Ceil"],
]);

function isStep({ operator, attributes }: WrittenNode): boolean {
  return steps.has(operator) || (operator === "Cast" && !floatTypes.has(attributes.to));
}

const floatTypes: ReadonlySet<unknown> = new Set([dataType.float32, dataType.float16, dataType.bfloat16]);

/** All rules, by operator. */
const rules: Readonly<Record<string, Rule>> = {
  ...elementwiseRules,
  ...productRules,
  ...normRules,
  ...shapeRules,
};

/** The operators that can be differentiated, sorted. */
export const differentiable: readonly string[] = Object.keys(rules).sort();

function ruleOf(node: WrittenNode): Rule {
  const rule = Object.hasOwn(rules, node.operator) ? rules[node.operator] : undefined;
  if (rule === undefined) throw withoutRule(node, "");
  return rule;
}

function withoutRule({ operator }: WrittenNode, which: string): EditError {
  const part = which === "" ? operator : `${operator} ${which}`;
  return new EditError(
    "network-unsupported",
    `Expected a graph whose gradient can be written, got ${part}, for which there is no rule. Write it in plain operators.`,
  );
}
