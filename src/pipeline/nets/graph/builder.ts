import type { GraphTarget, NetworkModel } from "../runtime.ts";
import type { Attributes, Side, TensorView } from "./protos.ts";

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
  /** The graph's floats as 32-bit ones. */
  toExact(value: Value): Value;
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
  /** All nodes so far, in the order in which they run: what a gradient is written from. */
  readonly written: readonly WrittenNode[];
  /** The numbers of a value that was written into the graph; `null` of any other. */
  constant(of: Value): readonly number[] | null;
  output(name: string, from: Value): void;
  /** @throws EditError `network-unsupported` where a weight that is to be changed was not asked for, or as stored. */
  finish(): NetworkModel;
}

/** What a node of a graph gives: a name that other nodes take. */
export type Value = string & { readonly [value]: true };
declare const value: unique symbol;

/** A node as it was written; `null` is an optional input that was left out. */
export interface WrittenNode {
  readonly operator: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface WeightOptions extends TensorView {
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
