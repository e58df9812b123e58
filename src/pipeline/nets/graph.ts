import path from "node:path";
import { EditError } from "../../errors.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import { sizeOf } from "../tensor.ts";
import { halvesOf } from "./half.ts";
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
  /** As 32-bit floats whatever the target computes in: for what is worked out once, when the graph is opened. */
  readonly exact?: boolean;
}

/** Two narrow layers, one after the other, whose output is added to that of the layer that they change. */
export interface NarrowLayers {
  readonly rank: number;
  /** `[rank, the rest of the layer's weight]`, as a matrix. */
  readonly down: Value;
  /** `[to, rank]` */
  readonly up: Value;
}

/**
 * Writes an ONNX graph node by node. Its floats are those that its target computes in. Weights are pointers into one
 * `.safetensors` file. Some of those that LoRAs change are sums, which ONNX Runtime makes once, when the graph is opened;
 * others have narrow layers beside them.
 */
export interface GraphBuilder {
  readonly target: GraphTarget;
  /** 32-bit floats are cast to the graph's where these are narrower; exact ones stay as they are. */
  input(name: string, shape: readonly Side[], type?: "float32" | "exact" | "int64"): Value;
  /**
   * A tensor of the file as floats (others are cast where the graph runs). Whoever asks for one that is to be changed
   * asks for its `narrowLayers` too.
   * @throws EditError `weights-tensor-missing`, `weights-tensor-shape`.
   */
  weight(name: string, shape: readonly number[], options?: WeightOptions): Value;
  /** A tensor as the file has it, unchanged and in its own type: for tables of which a run needs a few rows. */
  storedWeight(name: string, shape: readonly number[], options?: WeightOptions): Value;
  /** What is to run beside the layer of a weight, options as there. */
  narrowLayers(name: string, options?: Pick<WeightOptions, "rows" | "exact">): readonly NarrowLayers[];
  hasWeight(name: string): boolean;
  /** Floats written into the graph; a lone number is a scalar. */
  floats(data: number | readonly number[], shape?: readonly number[]): Value;
  /** 32-bit floats written into the graph, for what takes no others, or would lose by it. */
  exactFloats(data: number | readonly number[], shape?: readonly number[]): Value;
  /** 32-bit floats as the graph's. */
  fromExact(value: Value): Value;
  /** Numbers of any type as floats. */
  toFloats(value: Value): Value;
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
  target: GraphTarget,
  changes: WeightChanges = new Map(),
): GraphBuilder {
  const nodes: NodeProto[] = [];
  const initializers = new Map<string, TensorProto>();
  /** Weights as floats, by the value that they are made of. */
  const ready = new Map<string, Value>();
  /** Weights whose changes are in the graph. */
  const taken = new Set<string>();
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
      input: withoutTrailing(from),
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

  const toExact = (raw: Value, dtype: FloatTensor["dtype"]): Value =>
    dtype === "F32" ? raw : single("Cast", [raw], { to: dataType.float32 });
  const toFloats = (from: Value): Value => single("Cast", [from], { to: dataType[target.floats] });
  const fromExact = (from: Value): Value => (target.floats === "float32" ? from : toFloats(from));

  /** A part of a change, written into the graph, as 32-bit floats. */
  function inline(
    partName: string,
    { dtype, bytes }: Pick<LowRankPart, "dtype" | "bytes">,
    dims: number[],
  ): Value {
    const raw = keep({ name: partName, dims, dataType: storedTypes[dtype], rawData: bytes });
    const made = ready.get(`exact ${raw}`) ?? toExact(raw, dtype);
    ready.set(`exact ${raw}`, made);
    return made;
  }

  /** The halves of a change as 32-bit floats. */
  function exactLayers(tensor: string, change: LowRank, rows: WeightOptions["rows"]): NarrowLayers {
    const { file, up, down, rank, factor } = change;
    const [from, to] = rows ?? [0, up.shape[0] ?? 0];
    const rowLength = up.length / (up.shape[0] ?? 1);
    const upRows = { ...up, bytes: up.bytes.subarray(from * rowLength, to * rowLength) };
    const ofTensor = `of ${tensor} in ${file}`;
    const raised = inline(`rows ${from} to ${to} of up ${ofTensor}`, upRows, [to - from, rank]);
    return {
      rank,
      down: inline(`down ${ofTensor}`, down, [rank, sizeOf(down.shape) / rank]),
      up: single("Mul", [raised, exactFloats(factor)]),
    };
  }

  /** The weight in 32 bits with changes added, in the shape that is asked for. */
  function sum(
    tensor: string,
    shape: readonly number[],
    { as = shape, rows }: WeightOptions,
    products: readonly LowRank[],
  ): Value {
    const [to = 0, ...rest] = shape;
    const part = rows === undefined ? {} : { rows };
    const matrix = stored(tensor, shape, { as: [to, sizeOf(rest)], ...part });
    const added = products.reduce(
      (weight, product) => {
        const { up, down } = exactLayers(tensor, product, rows);
        return single("Gemm", [up, down, weight]);
      },
      toExact(matrix, findTensor(weights, tensor, shape).dtype),
    );
    const sides = rows === undefined ? as : [rows[1] - rows[0], ...as.slice(1)];
    if (sides.length === 2 && sides[1] === sizeOf(rest)) return added;
    return single("Reshape", [added, whole(sides)]);
  }

  /** A weight that nothing is added to. */
  function plain(tensor: string, shape: readonly number[], options: WeightOptions): Value {
    const raw = stored(tensor, shape, options);
    const { dtype } = findTensor(weights, tensor, shape);
    const isHalf = target.floats === "float16" && options.exact !== true;
    if (isHalf && dtype === "F16") return raw;
    const key = options.exact ? `exact ${raw}` : raw;
    const made = ready.get(key) ?? (isHalf ? toFloats(raw) : toExact(raw, dtype));
    ready.set(key, made);
    return made;
  }

  function whole(data: readonly number[]): Value {
    return constant("int64", BigInt64Array.from(data, BigInt), [data.length]);
  }

  function exactFloats(data: number | readonly number[], shape?: readonly number[]): Value {
    const list = typeof data === "number" ? [data] : data;
    return constant(
      "float32",
      Float32Array.from(list),
      shape ?? (typeof data === "number" ? [] : [list.length]),
    );
  }

  function floats(data: number | readonly number[], shape?: readonly number[]): Value {
    if (target.floats === "float32") return exactFloats(data, shape);
    const list = typeof data === "number" ? [data] : data;
    return constant("float16", halvesOf(list), shape ?? (typeof data === "number" ? [] : [list.length]));
  }

  function constant(
    kind: "float32" | "float16" | "int64",
    data: Float32Array | Uint16Array | BigInt64Array,
    shape: readonly number[],
  ): Value {
    const constantName = `${kind}:${shape.join("x")}:${data.join(",")}`;
    return keep({
      name: constantName,
      dims: shape,
      dataType: dataType[kind],
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
  }

  return {
    target,
    input(inputName, shape, type = "float32") {
      inputs.push(valueInfo(inputName, dataType[type === "exact" ? "float32" : type], shape));
      const given = inputName as Value;
      return type === "float32" ? fromExact(given) : given;
    },
    weight(tensor, shape, options = {}) {
      const products = (changes.get(tensor) ?? []).filter(({ isAdded }) => isAdded);
      if (products.length === 0) return plain(tensor, shape, options);
      taken.add(tensor);
      const added = sum(tensor, shape, options, products);
      return options.exact ? added : fromExact(added);
    },
    narrowLayers(tensor, { rows, exact } = {}) {
      const products = (changes.get(tensor) ?? []).filter(({ isAdded }) => !isAdded);
      if (products.length > 0) taken.add(tensor);
      return products.map((product) => {
        const { rank, down, up } = exactLayers(tensor, product, rows);
        return { rank, down: exact ? down : fromExact(down), up: fromExact(up) };
      });
    },
    storedWeight: stored,
    hasWeight: (tensor) => weights.tensors.has(tensor),
    floats,
    exactFloats,
    fromExact,
    toFloats,
    ints: whole,
    node: single,
    nodes: several,
    output(outputName, from) {
      nodes.push({
        name: `output_${outputName}`,
        opType: "Cast",
        domain: "",
        input: [from],
        output: [outputName],
        attribute: [attributeProto("to", dataType.float32)],
      });
      outputs.push(valueInfo(outputName, dataType.float32));
    },
    finish() {
      refuseUnused(name, changes, taken);
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

/** An input that is left out has an empty name, or none where no other follows: some providers take no empty last one. */
function withoutTrailing(inputs: readonly (Value | null)[]): string[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== null) + 1).map((input) => input ?? "");
}

function refuseUnused(network: string, changes: WeightChanges, taken: ReadonlySet<string>): void {
  for (const [tensor, [first]] of changes) {
    if (taken.has(tensor) || first === undefined) continue;
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
