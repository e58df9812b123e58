import path from "node:path";
import { z } from "zod";
import type { GraphBuilder, Value } from "../pipeline/nets/graph/builder.ts";
import { addGradient } from "../pipeline/nets/graph/gradient/gradient.ts";
import { createGraph } from "../pipeline/nets/graph/graph.ts";
import { activate, attention, silu } from "../pipeline/nets/graph/layers.ts";
import { dataType } from "../pipeline/nets/graph/onnx.ts";
import { required } from "../pipeline/nets/required.ts";
import type { Runtime } from "../pipeline/nets/runtime.ts";
import type { Safetensors } from "../pipeline/nets/safetensors.ts";
import type { Tensor } from "../pipeline/nets/tensor.ts";
import { loadUnet } from "../pipeline/nets/unet/unet.ts";
import type { GoldenCase, Outputs } from "./case.ts";

/** The gradient of a UNet's prediction with respect to the text. */
export async function computeTextGradient(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  await using unet = await loadUnet({ folder: path.join(golden.folder, "model", "unet"), runtime });
  const numberOf = async (name: string) => required((await golden.floatInput(name)).data[0], name);
  const { loss, gradient } = await unet.textGradient(
    {
      sample: await golden.floatInput("sample"),
      timestep: await numberOf("timestep"),
      encoderHiddenStates: await golden.floatInput("encoder_hidden_states"),
    },
    { factor: await numberOf("factor"), target: await golden.floatInput("target") },
  );
  return new Map([
    ["loss", { data: Float32Array.of(loss), shape: [] }],
    ["gradient", gradient],
  ]);
}

const paramsSchema = z.object({ operators: z.array(z.string()) });

/** Vector-Jacobian products of single operators, each a graph of its own. */
export async function computeGradientOperators(golden: GoldenCase, runtime: Runtime): Promise<Outputs> {
  const outputs: Outputs = new Map();
  for (const name of paramsSchema.parse(golden.params).operators) {
    const count = golden.inputNames.filter((input) => new RegExp(`^${name}\\.\\d+$`).test(input)).length;
    const inputs = await Promise.all(
      Array.from({ length: count }, (_, index) => golden.floatInput(`${name}.${index}`)),
    );
    const wanted = [...golden.rules.keys()].filter((output) => output.startsWith(`${name}.`)).length;
    const gradients = await productsOf(
      name,
      inputs,
      wanted,
      await golden.floatInput(`${name}.cotangent`),
      runtime,
    );
    for (const [index, gradient] of gradients.entries()) outputs.set(`${name}.${index}`, gradient);
  }
  return outputs;
}

/** With respect to the first so many inputs. */
async function productsOf(
  name: string,
  inputs: readonly Tensor[],
  wanted: number,
  cotangent: Tensor,
  runtime: Runtime,
): Promise<Tensor[]> {
  const write = required(operators[name], `a graph of the operator ${name}`);
  const g = createGraph(name, noWeights, { floats: "float32", dialect: "plain" });
  const given = inputs.map(({ shape }, index) => g.input(`${index}`, shape));
  const value = write(g, given);
  const of = [{ value, cotangent: g.input("cotangent", cotangent.shape) }];
  for (const [index, gradient] of addGradient(g, { of, to: given.slice(0, wanted) }).entries())
    g.output(`gradient ${index}`, gradient);
  await using session = await runtime.open(g.finish());
  const feeds = Object.fromEntries(inputs.map((tensor, index) => [`${index}`, tensor]));
  const gradients = await session.run({ ...feeds, cotangent });
  return given.slice(0, wanted).map((_, index) => required(gradients[`gradient ${index}`], "a gradient"));
}

const noWeights: Safetensors = {
  file: path.resolve("none.safetensors"),
  tensors: new Map(),
  files: null,
  metadata: new Map(),
};

const repeating = { mode: "nearest", nearest_mode: "floor", coordinate_transformation_mode: "asymmetric" };

/** By the names of `bench/record/gradients.py`; inputs are in its order. */
const operators: Readonly<Record<string, (g: GraphBuilder, inputs: readonly Value[]) => Value>> = {
  conv: (g, [x = null, bias = null, w = null]) =>
    g.node("Conv", [x, w, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  "conv-stride": (g, inputs) =>
    g.node("Conv", inputs, { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  gemm: (g, inputs) => g.node("Gemm", inputs, { transB: 1 }),
  matmul: (g, inputs) => g.node("MatMul", inputs),
  "group-norm": (g, [x = null, scale = null, shift = null]) => {
    const [ones, zeros] = [g.floats([1, 1, 1]), g.floats([0, 0, 0])];
    const grouped = g.node("Reshape", [x, g.ints([0, 3, -1])]);
    const normal = g.node("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: 1e-5 } });
    const restored = g.node("Reshape", [normal, g.node("Shape", [x])]);
    const perChannel = (value: Value | null) => g.node("Unsqueeze", [value, g.ints([1, 2])]);
    return g.node("Add", [g.node("Mul", [restored, perChannel(scale)]), perChannel(shift)]);
  },
  "layer-norm": (g, inputs) => g.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: 1e-5 } }),
  attention: (g, [query, key, value]) =>
    attention(g, required(query, "queries"), required(key, "keys"), required(value, "values"), {
      width: 6,
      heads: 3,
    }),
  softmax: (g, inputs) => g.node("Softmax", inputs, { axis: -1 }),
  silu: (g, [x]) => silu(g, required(x, "an input")),
  gelu: (g, [x]) => activate(g, required(x, "an input"), "gelu"),
  "quick-gelu": (g, [x]) => activate(g, required(x, "an input"), "quick_gelu"),
  resize: (g, [x = null]) => g.node("Resize", [x, null, g.exactFloats([1, 1, 2, 2])], repeating),
  slice: (g, [x = null]) => g.node("Slice", [x, g.ints([1, -2]), g.ints([3, 99]), g.ints([1, 2])]),
  concat: (g, inputs) => g.node("Concat", inputs, { axis: 1 }),
  split: (g, inputs) => g.node("Mul", g.nodes("Split", inputs, 2, { axis: 1, num_outputs: 2 })),
  transpose: (g, inputs) => g.node("Transpose", inputs, { perm: [2, 0, 1] }),
  reshape: (g, [x = null]) => g.node("Reshape", [x, g.ints([6, 4])]),
  cast: (g, inputs) => g.toFloats(g.node("Cast", inputs, { to: dataType.float16 })),
  broadcast: (g, [a = null, b = null, c = null]) => {
    const product = g.node("Mul", [g.node("Add", [a, b]), c]);
    return g.node("Div", [product, g.node("Add", [g.node("Mul", [b, b]), g.floats(1)])]);
  },
  mean: (g, [x = null]) => g.node("ReduceMean", [x, g.ints([0, 2])], { keepdims: 0 }),
};
