import { dataType, encodeModel, type NodeProto, type TensorProto } from "../src/pipeline/nets/graph/onnx.ts";
import { type Attributes, attributeProto, valueInfo } from "../src/pipeline/nets/graph/protos.ts";
import { openRuntime, type Runtime } from "../src/pipeline/nets/runtime.ts";
import type { BenchOptions } from "./main.ts";

/** A node on its own: the shapes of its float inputs, and what else it is given. */
interface Lone {
  readonly operator: string;
  readonly floats: readonly (readonly number[])[];
  readonly ints?: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  /** Of the standard set; 21 is what this project's graphs are written in. */
  readonly opset?: number;
  readonly outputs?: number;
}

const row = [2, 8];
const picture = [1, 4, 6, 6];

/** What networks of FLUX.2 are made of here, by the network that needs it first. */
const nodes: Readonly<Record<string, readonly Lone[]>> = {
  transformer: [
    { operator: "Gemm", floats: [row, [4, 8]], attributes: { transB: 1 } },
    { operator: "LayerNormalization", floats: [row, [8]], attributes: { axis: -1 } },
    { operator: "Add", floats: [row, row] },
    { operator: "Sub", floats: [row, row] },
    { operator: "Mul", floats: [row, row] },
    { operator: "Div", floats: [row, row] },
    { operator: "Sqrt", floats: [row] },
    { operator: "ReduceMean", floats: [row], ints: [[-1]], attributes: { keepdims: 1 } },
    { operator: "Sin", floats: [row] },
    { operator: "Cos", floats: [row] },
    { operator: "Concat", floats: [row, row], attributes: { axis: 1 } },
    { operator: "Split", floats: [row], ints: [[4, 4]], attributes: { axis: 1 }, outputs: 2 },
    { operator: "Slice", floats: [row], ints: [[0], [1], [1]] },
    { operator: "Reshape", floats: [row], ints: [[4, 4]] },
    { operator: "Unsqueeze", floats: [row], ints: [[1]] },
    { operator: "Expand", floats: [[1]], ints: [[8]] },
    { operator: "com.microsoft.QuickGelu", floats: [row], attributes: { alpha: { float: 1 } } },
    {
      operator: "com.microsoft.MultiHeadAttention",
      floats: [
        [1, 3, 8],
        [1, 3, 8],
        [1, 3, 8],
      ],
      attributes: { num_heads: 2 },
    },
    { operator: "MatMul", floats: [row, [8, 4]] },
    { operator: "Softmax", floats: [row], attributes: { axis: -1 } },
    { operator: "Transpose", floats: [row], attributes: { perm: [1, 0] } },
  ],
  "text encoder": [
    { operator: "Gather", floats: [row], ints: [[1, 0]], attributes: { axis: 0 } },
    { operator: "SimplifiedLayerNormalization", floats: [row, [8]], attributes: { axis: -1 } },
    { operator: "RMSNormalization", floats: [row, [8]], attributes: { axis: -1 }, opset: 23 },
    { operator: "Trilu", floats: [[4, 4]], attributes: { upper: 1 } },
  ],
  autoencoder: [
    { operator: "Conv", floats: [picture, [4, 4, 3, 3]], attributes: { kernel_shape: [3, 3] } },
    { operator: "Conv", floats: [picture, [4, 4, 3, 3]], attributes: { kernel_shape: [3, 3] }, opset: 22 },
    { operator: "InstanceNormalization", floats: [picture, [4], [4]] },
    { operator: "Pad", floats: [picture], ints: [[0, 0, 0, 0, 0, 0, 1, 1]] },
    { operator: "Resize", floats: [picture], attributes: { mode: "nearest" } },
  ],
};

/**
 * Which operators of FLUX.2's networks ONNX Runtime takes in bfloat16 on a device, in 16-bit floats beside it: each is run alone, on
 * numbers that come in as 32-bit floats and go out as such. `npm run bench -- half-floats [DEVICE]`.
 */
export async function run({ log, args: [device = "cpu"] }: BenchOptions): Promise<Record<string, unknown>> {
  await using runtime = await openRuntime({ device, threads: 1 });
  const figures: Record<string, unknown> = {};
  for (const [network, lone] of Object.entries(nodes)) {
    for (const node of lone) {
      const name = node.opset === undefined ? node.operator : `${node.operator} (opset ${node.opset})`;
      const took = {
        bfloat16: await takes(runtime, node, "bfloat16"),
        float16: await takes(runtime, node, "float16"),
      };
      figures[`${network}: ${name}`] = took;
      log(`${network}: ${name}: bfloat16 ${took.bfloat16}, float16 ${took.float16}`);
    }
  }
  return figures;
}

type Kind = "bfloat16" | "float16";

/** `yes`, or the start of why not. */
async function takes(runtime: Runtime, node: Lone, kind: Kind): Promise<string> {
  try {
    const session = await runtime.open({ name: node.operator, folder: ".", bytes: loneGraph(node, kind) });
    const inputs = node.floats.map((shape, index) => [`in${index}`, filled(shape)] as const);
    const { y } = await session.run(Object.fromEntries(inputs));
    await session[Symbol.asyncDispose]();
    return y?.data.every(Number.isFinite) ? "yes" : "not finite";
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return /NOT_IMPLEMENTED|Could not find an implementation/i.test(said)
      ? "no kernel"
      : /Type Error|type constraint|invalid/i.test(said)
        ? "not of its types"
        : said.slice(0, 120);
  }
}

function loneGraph(
  { operator, floats, ints = [], attributes = {}, opset = 21, outputs = 1 }: Lone,
  kind: Kind,
) {
  const [domain, opType] = operator.includes(".")
    ? ["com.microsoft", operator.split(".").at(-1) ?? ""]
    : ["", operator];
  const cast = (from: string, to: string, type: number): NodeProto => ({
    ...{ name: to, opType: "Cast", domain: "", input: [from], output: [to] },
    attribute: [attributeProto("to", type)],
  });
  const given = floats.map((_, index) => `x${index}`);
  const whole: TensorProto[] = ints.map((values, index) => ({
    name: `i${index}`,
    dims: [values.length],
    dataType: dataType.int64,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  }));
  // Resize takes its scales as 32-bit floats whatever it resizes.
  const scales: TensorProto = {
    ...{ name: "scales", dims: [4], dataType: dataType.float32 },
    rawData: new Uint8Array(Float32Array.of(1, 1, 2, 2).buffer),
  };
  const resizes = opType === "Resize";
  const input = resizes ? [...given, "", "scales"] : [...given, ...whole.map(({ name }) => name)];
  const made = Array.from({ length: outputs }, (_, index) => `z${index}`);
  return encodeModel({
    irVersion: 10,
    producerName: "learnable-regions-bot",
    opsetImport: [
      { domain: "", version: opset },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: {
      name: operator,
      node: [
        ...floats.map((_, index) => cast(`in${index}`, `x${index}`, dataType[kind])),
        {
          ...{ name: "node", opType, domain, input, output: made },
          attribute: Object.entries(attributes).map(([name, setting]) => attributeProto(name, setting)),
        },
        cast("z0", "y", dataType.float32),
      ],
      initializer: resizes ? [scales] : whole,
      input: floats.map((shape, index) => valueInfo(`in${index}`, dataType.float32, shape)),
      output: [valueInfo("y", dataType.float32)],
    },
  });
}

function filled(shape: readonly number[]) {
  const length = shape.reduce((product, side) => product * side, 1);
  return { data: Float32Array.from({ length }, (_, index) => 0.5 + (index % 7) / 8), shape };
}
