import path from "node:path";
import { EditError } from "../../../errors.ts";
import type { LowRank, LowRankPart, WeightChanges } from "../lora/lora.ts";
import { required } from "../required.ts";
import type { GraphTarget } from "../runtime.ts";
import { type FloatTensor, fileOf, findTensor, type Safetensors } from "../safetensors.ts";
import { sizeOf } from "../tensor.ts";
import type { GraphBuilder, NarrowLayers, Value, WeightOptions } from "./builder.ts";
import { dataType, type TensorProto } from "./onnx.ts";
import { externalTensor, storedTypes } from "./protos.ts";

export interface GraphWeightsOptions {
  readonly weights: Safetensors;
  readonly target: GraphTarget;
  readonly changes: WeightChanges;
  /** The graph that they are for. */
  readonly graph: Pick<GraphBuilder, "node" | "exactFloats" | "ints" | "fromExact" | "toFloats"> & {
    /** Adds a tensor. */
    keep(proto: TensorProto): Value;
  };
}

/** The weights of a graph, pointed to, cast and changed as it needs them; see `GraphBuilder` for its methods. */
export interface GraphWeights
  extends Pick<GraphBuilder, "weight" | "storedWeight" | "narrowLayers" | "hasWeight"> {
  /** @throws EditError `network-unsupported` where a weight that is to be changed was not asked for, or as stored. */
  refuseUnused(network: string): void;
}

export function createGraphWeights({ weights, target, changes, graph }: GraphWeightsOptions): GraphWeights {
  const { keep, node, exactFloats, ints, fromExact, toFloats } = graph;
  /** Weights as floats, by the value that they are made of. */
  const ready = new Map<string, Value>();
  /** Weights whose changes are in the graph. */
  const taken = new Set<string>();

  const toExact = (raw: Value, dtype: FloatTensor["dtype"]): Value =>
    dtype === "F32" ? raw : node("Cast", [raw], { to: dataType.float32 });

  function stored(tensor: string, shape: readonly number[], options: WeightOptions = {}): Value {
    const found = findTensor(weights, tensor, shape);
    return keep(externalTensor(tensor, found, path.basename(fileOf(weights, tensor)), options));
  }

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
    const outputs = required(up.shape[0], `the outputs of a change of ${tensor}`);
    const [from, to] = rows ?? [0, outputs];
    const rowLength = up.length / outputs;
    const upRows = { ...up, bytes: up.bytes.subarray(from * rowLength, to * rowLength) };
    const ofTensor = `of ${tensor} in ${file}`;
    const raised = inline(`rows ${from} to ${to} of up ${ofTensor}`, upRows, [to - from, rank]);
    return {
      rank,
      down: inline(`down ${ofTensor}`, down, [rank, sizeOf(down.shape) / rank]),
      up: node("Mul", [raised, exactFloats(factor)]),
    };
  }

  /** The weight in 32 bits with changes added, in the shape that is asked for. */
  function sum(
    tensor: string,
    shape: readonly number[],
    { as = shape, rows }: WeightOptions,
    products: readonly LowRank[],
  ): Value {
    const [first, ...rest] = shape;
    const to = required(first, `the outputs of ${tensor}`);
    const part = rows === undefined ? {} : { rows };
    const matrix = stored(tensor, shape, { as: [to, sizeOf(rest)], ...part });
    const added = products.reduce(
      (weight, product) => {
        const { up, down } = exactLayers(tensor, product, rows);
        return node("Gemm", [up, down, weight]);
      },
      toExact(matrix, findTensor(weights, tensor, shape).dtype),
    );
    const sides = rows === undefined ? as : [rows[1] - rows[0], ...as.slice(1)];
    if (sides.length === 2 && sides[1] === sizeOf(rest)) return added;
    return node("Reshape", [added, ints(sides)]);
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

  return {
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
    refuseUnused(network) {
      for (const [tensor, [first]] of changes) {
        if (taken.has(tensor) || first === undefined) continue;
        throw new EditError(
          "network-unsupported",
          `Expected ${first.file} to change only what can be changed in ${network}, got a change of ${tensor}.`,
        );
      }
    },
  };
}
