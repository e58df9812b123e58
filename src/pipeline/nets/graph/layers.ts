import type { GraphBuilder, NarrowLayers, Value } from "./builder.ts";
import { dataType } from "./onnx.ts";

/*
 * The layers that the networks share. `prefix` is where a layer's tensors lie in the file: `prefix.weight`,
 * `prefix.bias`. Pictures and latents are `[batch, channels, height, width]`; tokens are rows
 * `[batch * tokens, width]`, so that a linear layer is one matrix product.
 */

export interface ConvolutionOptions {
  readonly from: number;
  readonly to: number;
  /** Side of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros at top, left, bottom and right. Default: what keeps the size at stride 1. */
  readonly padding?: readonly [top: number, left: number, bottom: number, right: number];
  readonly bias?: boolean;
}

/** `[batch, from, height, width]` to `[batch, to, height / stride, width / stride]`. */
export function convolution(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  { from, to, kernel, stride = 1, padding, bias = true }: ConvolutionOptions,
): Value {
  const margin = (kernel - 1) / 2;
  const name = `${prefix}.weight`;
  const window = {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: padding ?? [margin, margin, margin, margin],
  };
  const convolve = (weight: Value, shift: Value | null): Value =>
    g.node("Conv", [...convolutionInputs(g, x, weight, from), shift], window);
  const weight = g.weight(name, [to, from, kernel, kernel]);
  const plain = convolve(weight, bias ? g.weight(`${prefix}.bias`, [to]) : null);
  return g.narrowLayers(name).reduce((sum, layers) => {
    const down = g.node("Reshape", [layers.down, g.ints([layers.rank, from, kernel, kernel])]);
    return addWidened(g, sum, convolve(down, null), layers);
  }, plain);
}

/** Adds what narrow layers make of `narrow` `[batch, rank, height, width]`. */
export function addWidened(g: GraphBuilder, sum: Value, narrow: Value, { up, rank }: NarrowLayers): Value {
  const kernel = g.node("Unsqueeze", [up, g.ints([2, 3])]);
  const widened = g.node("Conv", convolutionInputs(g, narrow, kernel, rank), { kernel_shape: [1, 1] });
  return g.node("Add", [sum, widened]);
}

function convolutionInputs(g: GraphBuilder, x: Value, weight: Value, channels: number): Value[] {
  return g.target.dialect === "plain" ? inFours(g, [x, weight], channels) : [x, weight];
}

/** Pictures and weights with channels of zeros behind the last, up to a multiple of four. */
function inFours(g: GraphBuilder, values: readonly Value[], channels: number): Value[] {
  const missing = (4 - (channels % 4)) % 4;
  if (missing === 0) return [...values];
  const pads = g.ints([0, 0, 0, 0, 0, missing, 0, 0]);
  return values.map((value) => g.node("Pad", [value, pads]));
}

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  readonly bias?: boolean;
  /** Only these outputs of a layer with more, `[first, last)`. */
  readonly rows?: readonly [first: number, last: number];
  /** The weights lie in the file as those of a 1×1 convolution. */
  readonly pointwise?: boolean;
  /** Multiplied as 8-bit integers; on the CPU alone. */
  readonly int8?: boolean;
}

/** `[rows, from]` to `[rows, to]`. */
export function linear(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  { from, to, bias = true, rows, pointwise = false, int8 = false }: LinearOptions,
): Value {
  const part = rows === undefined ? {} : { rows };
  const shape = pointwise ? [to, from, 1, 1] : [to, from];
  const weight = g.weight(`${prefix}.weight`, shape, { as: [to, from], ...part });
  const shift = bias ? g.weight(`${prefix}.bias`, [to], part) : null;
  const plain = int8 ? inIntegers(g, x, weight, shift) : g.node("Gemm", [x, weight, shift], { transB: 1 });
  return g.narrowLayers(`${prefix}.weight`, part).reduce((sum, { up, down }) => {
    const narrow = g.node("Gemm", [x, down], { transB: 1 });
    return g.node("Gemm", [narrow, up, sum], { transB: 1 });
  }, plain);
}

/**
 * Weights are rounded to 8 bits with a scale for each output, when the graph is opened; what comes in with one scale for
 * all, at each run.
 */
function inIntegers(g: GraphBuilder, x: Value, weight: Value, shift: Value | null): Value {
  const reduce = (operator: string) => g.node(operator, [weight, g.ints([1])], { keepdims: 0 });
  const furthest = g.node("Max", [reduce("ReduceMax"), g.node("Neg", [reduce("ReduceMin")])]);
  // Weights of zeros alone have a scale, too.
  const scale = g.node("Max", [g.node("Div", [furthest, g.floats(127)]), g.floats(1e-30)]);
  const rounded = g.node("QuantizeLinear", [weight, scale], { axis: 0, output_dtype: dataType.int8 });
  const columns = g.node("Transpose", [rounded], { perm: [1, 0] });
  return g.node("com.microsoft.DynamicQuantizeMatMul", [x, columns, scale, null, shift]);
}

/** Normalises each row over its last axis, which is `width` wide. */
export function layerNorm(g: GraphBuilder, x: Value, prefix: string, width: number, epsilon: number): Value {
  return g.node(
    "LayerNormalization",
    [x, g.weight(`${prefix}.weight`, [width]), g.weight(`${prefix}.bias`, [width])],
    { axis: -1, epsilon: { float: epsilon } },
  );
}

export interface GroupNormOptions {
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** Normalises `[batch, channels, height, width]` over each group of channels. */
export function groupNorm(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  { channels, groups, epsilon }: GroupNormOptions,
): Value {
  const grouped = g.node("Reshape", [x, g.ints([0, groups, -1])]);
  const ones = g.floats(Array.from({ length: groups }, () => 1));
  const zeros = g.floats(Array.from({ length: groups }, () => 0));
  const normal = g.node("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: epsilon } });
  const restored = g.node("Reshape", [normal, g.node("Shape", [x])]);
  const scale = g.weight(`${prefix}.weight`, [channels], { as: [channels, 1, 1] });
  const shift = g.weight(`${prefix}.bias`, [channels], { as: [channels, 1, 1] });
  return g.node("Add", [g.node("Mul", [restored, scale]), shift]);
}

/** x · sigmoid(x) */
export function silu(g: GraphBuilder, x: Value): Value {
  return g.node("com.microsoft.QuickGelu", [x], { alpha: { float: 1 } });
}

/** The activations of CLIP's and ViT's MLPs, by the name that a config.json gives them. `gelu` is the exact form. */
export const activations = ["quick_gelu", "gelu"] as const;
export type Activation = (typeof activations)[number];

export function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  return activation === "gelu"
    ? g.node("com.microsoft.Gelu", [x])
    : g.node("com.microsoft.QuickGelu", [x], { alpha: { float: 1.702 } });
}

/** A table's rows at `ids`: `[batch, positions]` to `[batch, positions, width]`. */
export function embedding(
  g: GraphBuilder,
  ids: Value,
  prefix: string,
  { entries, width }: { readonly entries: number; readonly width: number },
): Value {
  // Rows are taken first and cast after: the whole table in other floats would be the largest tensor of a text tower.
  const rows = g.node("Gather", [g.storedWeight(`${prefix}.weight`, [entries, width]), ids]);
  return g.toFloats(rows);
}

export interface AttentionOptions {
  /** Of queries, keys and values. */
  readonly width: number;
  readonly heads: number;
  /** A token sees itself and those before it. */
  readonly causal?: boolean;
  /** Of the products of queries and keys; default 1 / √(width / heads). */
  readonly scale?: number;
}

/**
 * softmax(q kᵀ / √(width / heads)) v. All are `[batch, tokens, width]`; keys and values may have another number
 * of tokens than queries, and values another width.
 */
export function attention(
  g: GraphBuilder,
  query: Value,
  key: Value,
  values: Value,
  options: AttentionOptions,
): Value {
  if (g.target.dialect === "plain") return plainAttention(g, query, key, values, options);
  return g.node("com.microsoft.MultiHeadAttention", [query, key, values], {
    num_heads: options.heads,
    unidirectional: options.causal ? 1 : 0,
    ...(options.scale === undefined ? {} : { scale: { float: options.scale } }),
  });
}

/** Attention from operators that every provider has. */
function plainAttention(
  g: GraphBuilder,
  query: Value,
  key: Value,
  values: Value,
  options: AttentionOptions,
): Value {
  return mixed(g, attentionWeights(g, query, key, options), values, options);
}

/** Values `[batch, keys, width]` mixed by weights `[batch, heads, queries, keys]`: `[batch, queries, width]`. */
export function mixed(
  g: GraphBuilder,
  weights: Value,
  values: Value,
  { heads }: Pick<AttentionOptions, "heads">,
): Value {
  const product = g.node("MatMul", [weights, splitHeads(g, values, heads, [0, 2, 1, 3])]);
  return g.node("Reshape", [g.node("Transpose", [product], { perm: [0, 2, 1, 3] }), g.ints([0, 0, -1])]);
}

/** softmax(q kᵀ / √(width / heads)), `[batch, heads, queries, keys]`. */
export function attentionWeights(
  g: GraphBuilder,
  query: Value,
  key: Value,
  options: AttentionOptions,
): Value {
  const { width, heads, causal = false, scale = (width / heads) ** -0.5 } = options;
  const products = g.node("MatMul", [
    splitHeads(g, query, heads, [0, 2, 1, 3]),
    splitHeads(g, key, heads, [0, 2, 3, 1]),
  ]);
  const scaled = g.node("Mul", [products, g.floats(scale)]);
  const seen = causal ? g.node("Add", [scaled, laterTokens(g, scaled)]) : scaled;
  return g.node("Softmax", [seen], { axis: -1 });
}

/** `[batch, tokens, width]` as `[batch, tokens, heads, width / heads]`, its axes in the order of `perm`. */
function splitHeads(g: GraphBuilder, x: Value, heads: number, perm: readonly number[]): Value {
  return g.node("Transpose", [g.node("Reshape", [x, g.ints([0, 0, heads, -1])])], { perm });
}

/** `[tokens, tokens]`: so far below 0 that a softmax gives 0 where a token comes later, 0 elsewhere. */
function laterTokens(g: GraphBuilder, scores: Value): Value {
  const square = g.node("Shape", [scores], { start: 2 });
  return g.node("Trilu", [g.node("Expand", [g.floats(-6e4), square]), g.ints([1])], { upper: 1 });
}

/** Rows `[batch * tokens, width]` as `[batch, tokens, width]`; `batch` is a shape of one side. */
export function splitRows(g: GraphBuilder, rows: Value, batch: Value, width: number): Value {
  return g.node("Reshape", [rows, dimensions(g, [batch, -1, width])]);
}

/** `[..., width]` as rows `[all, width]`. */
export function toRows(g: GraphBuilder, x: Value, width: number): Value {
  return g.node("Reshape", [x, g.ints([-1, width])]);
}

/** Side `axis` of `x` as a shape of one side. */
export function side(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node("Shape", [x], { start: axis, end: axis + 1 });
}

/** A shape from sides that are numbers or shapes of one side. */
export function dimensions(g: GraphBuilder, sides: readonly (Value | number)[]): Value {
  return g.node(
    "Concat",
    sides.map((part) => (typeof part === "number" ? g.ints([part]) : part)),
    { axis: 0 },
  );
}
