import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GraphBuilder, Value } from "../../../../../src/pipeline/nets/graph/builder.ts";
import { addGradient, differentiable } from "../../../../../src/pipeline/nets/graph/gradient/gradient.ts";
import { createGraph } from "../../../../../src/pipeline/nets/graph/graph.ts";
import { attention } from "../../../../../src/pipeline/nets/graph/layers.ts";
import { openRuntime, type Runtime } from "../../../../../src/pipeline/nets/runtime.ts";
import type { Tensor } from "../../../../../src/pipeline/nets/tensor.ts";
import { randomTensor } from "../../weights.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
});
afterAll(() => runtime[Symbol.asyncDispose]());

const noWeights = { file: "/none.safetensors", files: null, tensors: new Map(), metadata: new Map() };
const newGraph = () => createGraph("a function", noWeights, { floats: "float32", dialect: "plain" });

/** A function of some tensors, written into a graph. */
interface Case {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly write: (g: GraphBuilder, inputs: readonly Value[]) => Value;
  /** Which inputs it is differentiated with respect to; all by default. */
  readonly wanted?: readonly number[];
}

const random = (name: string, ...shape: number[]) => randomTensor(name, shape);
/** 0.5 to 2: for what takes positive numbers alone. */
const positive = (name: string, ...shape: number[]): Tensor => {
  const { data } = randomTensor(name, shape);
  return { data: data.map((value) => 0.5 + 1.5 / (1 + Math.exp(-value))), shape };
};
/** Away from 0 by 0.2 at least: for what has an edge there. */
const edgeless = (name: string, ...shape: number[]): Tensor => {
  const { data } = randomTensor(name, shape);
  return { data: data.map((value) => value + 0.2 * (value < 0 ? -1 : 1)), shape };
};

const unary = (
  operator: string,
  inputs: readonly Tensor[] = [random("x", 2, 3, 2)],
  attributes = {},
): Case => ({
  ...{ name: operator, inputs },
  write: (g, [x = null]) => g.node(operator, [x], attributes),
});
const binary = (operator: string, a: Tensor, b: Tensor, note = ""): Case => ({
  ...{ name: `${operator}${note}`, inputs: [a, b] },
  write: (g, inputs) => g.node(operator, inputs),
});
const repeating = {
  mode: "nearest",
  nearest_mode: "floor",
  coordinate_transformation_mode: "asymmetric",
};
const x3 = random("x", 2, 3, 4);
const pictures = random("pictures", 2, 4, 5, 6);

const cases: readonly Case[] = [
  binary("Add", x3, random("b", 2, 3, 4)),
  binary("Add", x3, random("b", 3, 1), ", broadcast"),
  binary("Sub", random("row", 4), x3, ", broadcast"),
  binary("Mul", x3, random("b", 1, 3, 4), ", broadcast"),
  binary("Mul", x3, random("number"), " by one number"),
  binary("Div", x3, positive("b", 2, 1, 4), ", broadcast"),
  {
    name: "Pow",
    inputs: [positive("x", 2, 3)],
    write: (g, [x = null]) => g.node("Pow", [x, g.floats(2.5)]),
  },
  {
    name: "Where",
    inputs: [random("x", 2, 3), random("y", 3)],
    write: (g, [x = null, y = null]) => g.node("Where", [g.node("Greater", [x, g.floats(5)]), x, y]),
  },
  unary("Identity"),
  unary("Cast", undefined, { to: 1 }),
  unary("Neg"),
  unary("Abs", [edgeless("x", 2, 3)]),
  unary("Relu", [edgeless("x", 2, 3)]),
  unary("Exp"),
  unary("Log", [positive("x", 2, 3)]),
  unary("Sqrt", [positive("x", 2, 3)]),
  unary("Reciprocal", [positive("x", 2, 3)]),
  ...["Sin", "Cos", "Erf", "Tanh", "Sigmoid"].map((operator) => unary(operator)),
  unary("com.microsoft.Gelu"),
  unary("com.microsoft.QuickGelu", undefined, { alpha: { float: 1 } }),
  unary("com.microsoft.QuickGelu", undefined, { alpha: { float: 1.702 } }),
  binary("MatMul", random("a", 3, 4), random("b", 4, 2)),
  binary("MatMul", random("a", 2, 3, 2, 4), random("b", 2, 3, 4, 5), " of stacks"),
  binary("MatMul", random("a", 2, 3, 2, 4), random("b", 4, 5), " of a stack by one matrix"),
  ...[0, 1].flatMap((transA) =>
    [0, 1].map(
      (transB): Case => ({
        name: `Gemm, transA ${transA}, transB ${transB}`,
        inputs: [
          transA ? random("a", 4, 3) : random("a", 3, 4),
          transB ? random("b", 2, 4) : random("b", 4, 2),
          random("c", 2),
        ],
        write: (g, inputs) =>
          g.node("Gemm", inputs, { transA, transB, alpha: { float: 0.5 }, beta: { float: 2 } }),
      }),
    ),
  ),
  ...[
    { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
    { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] },
    { kernel_shape: [3, 3], strides: [1, 1], pads: [2, 2, 2, 2], dilations: [2, 2] },
    { kernel_shape: [3, 3], strides: [3, 2], pads: [0, 1, 0, 0] },
  ].map(
    (window): Case => ({
      name: `Conv ${JSON.stringify(window)}`,
      inputs: [pictures, random("kernels", 3, 4, 3, 3), random("bias", 3)],
      wanted: [0, 2],
      write: (g, inputs) => g.node("Conv", inputs, window),
    }),
  ),
  {
    name: "Conv in two groups",
    inputs: [pictures, random("kernels", 6, 2, 1, 1)],
    wanted: [0],
    write: (g, inputs) => g.node("Conv", inputs, { kernel_shape: [1, 1], group: 2 }),
  },
  {
    name: "LayerNormalization",
    inputs: [x3, random("scale", 4), random("shift", 4)],
    write: (g, inputs) => g.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: 1e-5 } }),
  },
  {
    name: "InstanceNormalization",
    inputs: [pictures, random("scale", 4), random("shift", 4)],
    wanted: [0],
    write: (g, inputs) => g.node("InstanceNormalization", inputs, { epsilon: { float: 1e-3 } }),
  },
  unary("Softmax", [x3], { axis: -1 }),
  unary("Softmax", [x3], { axis: 1 }),
  {
    name: "attention in plain operators",
    inputs: [random("query", 2, 3, 6), random("key", 2, 4, 6), random("value", 2, 4, 6)],
    write: (g, [query, key, value]) =>
      attention(g, query as Value, key as Value, value as Value, { width: 6, heads: 3 }),
  },
  {
    name: "attention to earlier tokens",
    inputs: [random("query", 2, 4, 6), random("key", 2, 4, 6), random("value", 2, 4, 6)],
    write: (g, [query, key, value]) =>
      attention(g, query as Value, key as Value, value as Value, { width: 6, heads: 2, causal: true }),
  },
  {
    name: "Reshape",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Reshape", [x, g.ints([0, -1])]),
  },
  {
    name: "Unsqueeze and Squeeze",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Squeeze", [g.node("Unsqueeze", [x, g.ints([0, 2])]), g.ints([0])]),
  },
  unary("Flatten", [x3], { axis: 2 }),
  unary("Transpose", [x3], { perm: [2, 0, 1] }),
  unary("Transpose", [x3]),
  {
    name: "Expand",
    inputs: [random("x", 3, 1)],
    write: (g, [x = null]) => g.node("Expand", [x, g.ints([2, 3, 4])]),
  },
  {
    name: "Concat",
    inputs: [random("a", 2, 3, 2), random("b", 2, 1, 2), random("c", 2, 2, 2)],
    write: (g, inputs) => g.node("Concat", inputs, { axis: 1 }),
  },
  {
    name: "Split, one part of it unused",
    inputs: [x3],
    write: (g, [x = null]) => {
      const [first = null, , third = null] = g.nodes("Split", [x], 3, { axis: 1, num_outputs: 3 });
      return g.node("Mul", [first, third]);
    },
  },
  {
    name: "Slice",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Slice", [x, g.ints([1, 1]), g.ints([99, 3]), g.ints([1, 2])]),
  },
  {
    name: "Slice from the end, of all axes",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Slice", [x, g.ints([0, -2, -99]), g.ints([2, 9, -1])]),
  },
  {
    name: "Pad",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Pad", [x, g.ints([0, 1, 2, 0, 0, 1])]),
  },
  {
    name: "Gather, one row twice",
    inputs: [random("table", 4, 3)],
    write: (g, [x = null]) =>
      g.node("Gather", [x, g.node("Reshape", [g.ints([2, 0, 2, 1]), g.ints([2, 2])])]),
  },
  {
    name: "Resize",
    inputs: [pictures],
    write: (g, [x = null]) => g.node("Resize", [x, null, g.exactFloats([1, 1, 2, 3])], repeating),
  },
  ...["ReduceSum", "ReduceMean"].flatMap((operator) =>
    [0, 1].flatMap((keepdims): Case[] => [
      {
        name: `${operator}, keepdims ${keepdims}`,
        inputs: [x3],
        write: (g, [x = null]) => g.node(operator, [x, g.ints([0, -1])], { keepdims }),
      },
      {
        name: `${operator} of all, keepdims ${keepdims}`,
        inputs: [x3],
        write: (g, [x = null]) => g.node(operator, [x], { keepdims }),
      },
    ]),
  ),
  {
    name: "Trilu",
    inputs: [random("x", 2, 3, 3)],
    write: (g, [x = null]) => g.node("Trilu", [x, g.ints([1])], { upper: 1 }),
  },
  unary("DepthToSpace", [random("x", 1, 8, 2, 3)], { blocksize: 2, mode: "DCR" }),
  {
    name: "a value that is used three times",
    inputs: [x3],
    write: (g, [x = null]) => g.node("Add", [g.node("Mul", [x, x]), g.node("Sin", [x])]),
  },
];

/** Values of the function, their sum by weights, and the gradient of that with respect to each input. */
async function differentiated({ inputs, write, wanted = inputs.map((_, i) => i) }: Case) {
  const g = newGraph();
  const given = inputs.map(({ shape }, i) => g.input(`x${i}`, shape));
  const value = write(g, given);
  const cotangent = g.input("cotangent", []);
  g.output("value", value);
  const spread = g.node("Mul", [weightsLike(g, value), cotangent]);
  const to = wanted.map((i) => given[i] as Value);
  for (const [at, gradient] of addGradient(g, { of: [{ value, cotangent: spread }], to }).entries())
    g.output(`gradient${wanted[at]}`, gradient);
  g.output("weights", spread);
  await using session = await runtime.open(g.finish());
  const run = async (changed: readonly Tensor[]) => {
    const feeds = Object.fromEntries(changed.map((tensor, i) => [`x${i}`, tensor]));
    return await session.run({ ...feeds, cotangent: { data: Float32Array.of(1), shape: [] } });
  };
  const outputs = await run(inputs);
  const scalar = async (changed: readonly Tensor[]) => {
    const { value: got, weights } = await run(changed);
    return got?.data.reduce((sum, one, i) => sum + one * (weights?.data[i] ?? 0), 0) ?? Number.NaN;
  };
  const checked: { analytic: Tensor; numeric: number[] }[] = [];
  for (const index of wanted) {
    const input = inputs[index] as Tensor;
    const numeric: number[] = [];
    for (let i = 0; i < input.data.length; i++) {
      const at = async (by: number) => {
        const data = input.data.slice();
        data[i] = (data[i] as number) + by;
        return await scalar(inputs.map((one, k) => (k === index ? { ...one, data } : one)));
      };
      numeric.push(((await at(0.01)) - (await at(-0.01))) / 0.02);
    }
    checked.push({ analytic: outputs[`gradient${index}`] as Tensor, numeric });
  }
  return checked;
}

/** Numbers that differ at each place, in the shape of a value: sines of 1, 2, 3 ... */
function weightsLike(g: GraphBuilder, value: Value): Value {
  const shape = g.node("Shape", [value]);
  const ones = g.node("Expand", [g.floats(1), g.node("Reshape", [g.node("Size", [value]), g.ints([1])])]);
  const axis = g.node("Squeeze", [g.ints([0]), g.ints([0])]);
  return g.node("Reshape", [g.node("Sin", [g.node("CumSum", [ones, axis])]), shape]);
}

describe("the gradient of a graph", () => {
  it.each(cases)("is what finite differences say: $name", async (one) => {
    const checked = await differentiated(one);
    for (const [at, { analytic, numeric }] of checked.entries()) {
      const input = one.inputs[(one.wanted ?? one.inputs.map((_, i) => i))[at] as number] as Tensor;
      expect(analytic.shape).toEqual(input.shape);
      const scale = Math.max(...numeric.map(Math.abs), 1e-3);
      const furthest = Math.max(...numeric.map((one, i) => Math.abs(one - (analytic.data[i] as number))));
      expect(furthest / scale).toBeLessThan(2e-3);
    }
  });

  it("has a case here for each operator that has a rule", () => {
    const met = new Set<string>();
    for (const one of cases) {
      const g = newGraph();
      one.write(
        g,
        one.inputs.map(({ shape }, i) => g.input(`x${i}`, shape)),
      );
      for (const { operator } of g.written) met.add(operator);
    }
    expect(differentiable.filter((operator) => !met.has(operator))).toEqual([]);
  });

  it("is zeros for what nothing depends on, or in steps alone", async () => {
    const g = newGraph();
    const [x, y] = [g.input("x", [2]), g.input("y", [3])];
    const floors = g.node("Floor", [y]);
    const value = g.node("Add", [g.node("Mul", [x, x]), g.node("ReduceSum", [floors], { keepdims: 0 })]);
    const [ofX, ofY] = addGradient(g, { of: [{ value, cotangent: g.floats([1, 1]) }], to: [x, y] });
    g.output("x gradient", ofX as Value);
    g.output("y gradient", ofY as Value);
    await using session = await runtime.open(g.finish());
    const outputs = await session.run({
      x: { data: Float32Array.of(2, 3), shape: [2] },
      y: { data: Float32Array.of(1.5, 2.5, 3.5), shape: [3] },
    });
    expect([...(outputs["x gradient"]?.data ?? [])]).toEqual([4, 6]);
    expect([...(outputs["y gradient"]?.data ?? [])]).toEqual([0, 0, 0]);
  });

  it("differentiates only what lies on a way from the wanted inputs", () => {
    const g = newGraph();
    const [x, beside] = [g.input("x", [2, 2]), g.input("beside", [2, 2])];
    // The operator has no rule, and needs none.
    const other = g.node("Einsum", [beside], { equation: "ij->ji" });
    const value = g.node("Mul", [x, other]);
    const before = g.written.length;
    addGradient(g, { of: [{ value, cotangent: g.node("Identity", [value]) }], to: [x] });
    expect(g.written.length).toBeGreaterThan(before);
    expect(() =>
      addGradient(g, { of: [{ value, cotangent: g.node("Identity", [value]) }], to: [beside] }),
    ).toThrow(
      expect.objectContaining({ code: "network-unsupported", message: expect.stringContaining("Einsum") }),
    );
  });

  it.each<[string, (g: GraphBuilder, x: Value) => Value]>([
    ["Conv with respect to input 2", (g, x) => g.node("Conv", [g.input("pictures", [1, 1, 3, 3]), x])],
    ["Resize", (g, x) => g.node("Resize", [x, null, g.exactFloats([1, 1, 2, 2])], { mode: "linear" })],
    ["Slice", (g, x) => g.node("Slice", [x, g.ints([0]), g.ints([1]), g.ints([0]), g.ints([2])])],
    ["Pad", (g, x) => g.node("Pad", [x, g.ints([1, 1, 1, 1, 1, 1, 1, 1])], { mode: "reflect" })],
    ["Gather", (g, x) => g.node("Gather", [x, g.ints([0])], { axis: 1 })],
    ["LayerNormalization", (g, x) => g.node("LayerNormalization", [x, x], { axis: 1 })],
    ["MultiHeadAttention", (g, x) => g.node("com.microsoft.MultiHeadAttention", [x, x, x])],
  ])("names what has no rule: %s", (name, write) => {
    const g = newGraph();
    const x = g.input("x", [1, 1, 3, 3]);
    const value = write(g, x);
    expect(() => addGradient(g, { of: [{ value, cotangent: value }], to: [x] })).toThrow(
      expect.objectContaining({ code: "network-unsupported", message: expect.stringContaining(name) }),
    );
  });
});
