import path from "node:path";
import { EditError } from "../../errors.ts";
import type { NetworkModel } from "../runtime.ts";
import { sizeOf } from "../tensor.ts";
import type { LowRank, LowRankPart, WeightChanges } from "./lora.ts";
import {
  type AttributeProto,
  attributeType,
  dataType,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx.ts";
import { type FloatTensor, findTensor, type Safetensors } from "./safetensors.ts";

/** What a node of a graph gives: a name that other nodes take. */
export type Value = string & { readonly [value]: true };
declare const value: unique symbol;

/** Floats are written `{ float: 1 }`, so that 1 stays an integer. */
export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

/** A fixed side, or the name of one that is known only when the graph runs. */
export type Side = number | string;

export interface WeightOptions {
  /** Read the same bytes in this shape, such as a 1×1 convolution as a matrix. */
  readonly as?: readonly number[];
  /** Only these rows, `[from, to)`. */
  readonly rows?: readonly [from: number, to: number];
}

/**
 * Writes an ONNX graph node by node. Weights are pointers into one `.safetensors` file; those that LoRAs change are
 * sums, which ONNX Runtime makes once, when the graph is opened.
 */
export interface GraphBuilder {
  input(name: string, shape: readonly Side[], type?: "float32" | "int64"): Value;
  /**
   * A tensor of the file, changed where it is to be, as 32-bit floats (narrower ones are cast where the graph runs).
   * @throws EditError `weights-tensor-missing`, `weights-tensor-shape`.
   */
  weight(name: string, shape: readonly number[], options?: WeightOptions): Value;
  /** A tensor as the file has it, unchanged and in its own type: for tables of which a run needs a few rows. */
  storedWeight(name: string, shape: readonly number[], options?: WeightOptions): Value;
  hasWeight(name: string): boolean;
  /** 32-bit floats written into the graph; a lone number is a scalar. */
  floats(data: number | readonly number[], shape?: readonly number[]): Value;
  /** 64-bit integers, one axis. */
  ints(data: readonly number[]): Value;
  /** A node with one output. `null` leaves an optional input out. */
  node(operator: string, inputs: readonly (Value | null)[], attributes?: Attributes): Value;
  /** A node with several outputs. */
  nodes(
    operator: string,
    inputs: readonly (Value | null)[],
    outputs: number,
    attributes?: Attributes,
  ): Value[];
  output(name: string, from: Value): void;
  /** @throws EditError `network-unsupported` where a weight that is to be changed was not asked for, or as stored. */
  finish(): NetworkModel;
}

/** Operators of ONNX Runtime's own domain start with this, as in `com.microsoft.QuickGelu`. */
const microsoft = "com.microsoft";

/** An empty graph; `name` shows up in errors of the runtime. */
export function createGraph(
  name: string,
  weights: Safetensors,
  changes: WeightChanges = new Map(),
): GraphBuilder {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  /** Weights as 32-bit floats and changed, by the value that they are made of. */
  const ready = new Map<Value, Value>();
  const changed = new Set<string>();
  const inputs: ValueInfoProto[] = [];
  const outputs: ValueInfoProto[] = [];

  function fresh(operator: string): Value {
    return `${operator}_${nodes.length}` as Value;
  }

  function several(
    operator: string,
    from: readonly (Value | null)[],
    count: number,
    attributes: Attributes = {},
  ): Value[] {
    const isOurs = operator.startsWith(`${microsoft}.`);
    const opType = isOurs ? operator.slice(microsoft.length + 1) : operator;
    const base = fresh(opType);
    const results = Array.from({ length: count }, (_, i) => (i === 0 ? base : (`${base}_${i}` as Value)));
    nodes.push({
      name: base,
      opType,
      domain: isOurs ? microsoft : "",
      input: from.map((input) => input ?? ""),
      output: results,
      attribute: Object.entries(attributes).map(([key, setting]) => attributeProto(key, setting)),
    });
    return results;
  }

  function single(operator: string, from: readonly (Value | null)[], attributes?: Attributes): Value {
    const [result] = several(operator, from, 1, attributes);
    if (result === undefined) throw new EditError("internal", `Expected an output of ${operator}, got none.`);
    return result;
  }

  function stored(tensor: string, shape: readonly number[], options: WeightOptions = {}): Value {
    const found = findTensor(weights, tensor, shape);
    return keep(externalTensor(tensor, found, path.basename(weights.file), options));
  }

  function keep(proto: TensorProto): Value {
    initializers.set(proto.name, proto);
    return proto.name as Value;
  }

  function asFloats(raw: Value, dtype: FloatTensor["dtype"]): Value {
    return dtype === "F32" ? raw : single("Cast", [raw], { to: dataType.float32 });
  }

  /** A weight of shape `sides` (of its file's `shape`, or some rows of it) with a low-rank product added. */
  function addProduct(
    weight: Value,
    { file, up, down, rank, factor }: LowRank,
    { sides, rows }: { readonly sides: readonly number[]; readonly rows: WeightOptions["rows"] },
  ): Value {
    const half = ({ dtype, bytes }: LowRankPart, which: string, dims: readonly number[]) => {
      const name = `${which} ${file} ${weight}`;
      return asFloats(keep({ name, dims, dataType: storedTypes[dtype], rawData: bytes }), dtype);
    };
    const [from, to] = rows ?? [0, up.shape[0] ?? 0];
    const rowLength = up.length / (up.shape[0] ?? 1);
    const upBytes = up.bytes.subarray(from * rowLength, to * rowLength);
    const upRows = half({ ...up, bytes: upBytes }, "up", [to - from, rank]);
    const downRows = half(down, "down", [rank, sizeOf(down.shape) / rank]);
    const scaled = single("Mul", [downRows, constant(Float32Array.of(factor), [])]);
    const product = single("MatMul", [upRows, scaled]);
    const shape = constant(BigInt64Array.from(sides, BigInt), [sides.length]);
    return single("Add", [weight, single("Reshape", [product, shape])]);
  }

  function constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Value {
    const kind = data instanceof Float32Array ? "float32" : "int64";
    const constantName = `${kind}:${shape.join("x")}:${data.join(",")}`;
    initializers.set(constantName, {
      name: constantName,
      dims: shape,
      dataType: dataType[kind],
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    return constantName as Value;
  }

  return {
    input(inputName, shape, type = "float32") {
      inputs.push(valueInfo(inputName, dataType[type], shape));
      return inputName as Value;
    },
    weight(tensor, shape, options = {}) {
      const raw = stored(tensor, shape, options);
      const found = ready.get(raw);
      if (found !== undefined) return found;
      changed.add(tensor);
      const sides = initializers.get(raw)?.dims ?? shape;
      const products = changes.get(tensor) ?? [];
      const made = products.reduce(
        (sum, product) => addProduct(sum, product, { sides, rows: options.rows }),
        asFloats(raw, findTensor(weights, tensor, shape).dtype),
      );
      ready.set(raw, made);
      return made;
    },
    storedWeight: stored,
    hasWeight: (tensor) => weights.tensors.has(tensor),
    floats: (data, shape) =>
      typeof data === "number"
        ? constant(Float32Array.of(data), shape ?? [])
        : constant(Float32Array.from(data), shape ?? [data.length]),
    ints: (data) => constant(BigInt64Array.from(data, BigInt), [data.length]),
    node: single,
    nodes: several,
    output(outputName, from) {
      nodes.push({
        name: `output_${outputName}`,
        opType: "Identity",
        domain: "",
        input: [from],
        output: [outputName],
        attribute: [],
      });
      outputs.push(valueInfo(outputName, dataType.float32));
    },
    finish() {
      refuseUnused(name, changes, changed);
      const graph = {
        ...{ name, node: nodes, initializer: [...initializers.values()] },
        ...{ input: inputs, output: outputs },
      };
      return {
        name,
        folder: path.dirname(weights.file),
        bytes: encodeModel({
          irVersion: 10,
          producerName: "learnable-regions-bot",
          opsetImport: [
            { domain: "", version: 21 },
            { domain: microsoft, version: 1 },
          ],
          graph,
        }),
      };
    },
  };
}

function refuseUnused(network: string, changes: WeightChanges, changed: ReadonlySet<string>): void {
  for (const [tensor, [first]] of changes) {
    if (changed.has(tensor) || first === undefined) continue;
    throw new EditError(
      "network-unsupported",
      `Expected ${first.file} to change only what can be changed in ${network}, got a change of ${tensor}.`,
    );
  }
}

const storedTypes: Readonly<Record<FloatTensor["dtype"], number>> = {
  F32: dataType.float32,
  F16: dataType.float16,
  BF16: dataType.bfloat16,
};

/** A pointer to a tensor, to some of its rows, or to the same bytes in another shape. */
function externalTensor(
  name: string,
  { dtype, shape, offset, length }: FloatTensor,
  location: string,
  { as: dims = shape, rows }: WeightOptions,
): TensorProto {
  const [from, to] = rows ?? [0, dims[0] ?? 1];
  const sides = rows === undefined ? dims : [to - from, ...dims.slice(1)];
  const rowLength = length / (dims[0] ?? 1);
  const start = offset + from * rowLength;
  return {
    name: `${name}:${sides.join("x")}@${start}`,
    dims: sides,
    dataType: storedTypes[dtype],
    dataLocation: 1,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(start) },
      { key: "length", value: String((sizeOf(sides) / sizeOf(dims)) * length) },
    ],
  };
}

function valueInfo(name: string, elemType: number, shape?: readonly Side[]): ValueInfoProto {
  const dim = shape?.map((side) => (typeof side === "number" ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: dim === undefined ? { elemType } : { elemType, shape: { dim } } } };
}

function attributeProto(name: string, setting: Attribute): AttributeProto {
  if (typeof setting === "number") return { name, type: attributeType.int, i: setting };
  if (typeof setting === "string")
    return { name, type: attributeType.string, s: new TextEncoder().encode(setting) };
  if ("float" in setting) return { name, type: attributeType.float, f: setting.float };
  return { name, type: attributeType.ints, ints: setting };
}
