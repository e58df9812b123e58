import type { GraphBuilder, Value } from "../graph/builder.ts";
import { attention, linear, splitRows, toRows } from "../graph/layers.ts";
import { rmsNorm } from "../graph/rms-norm.ts";

// What the blocks of a UVit2DModel are made of. Rows are `[batch * tokens, width]`.

/** Pictures `[batch, channels, h, w]`, normalised over their channels. */
export function pictureRmsNorm(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  channels: number,
  epsilon: number,
): Value {
  const last = g.node("Transpose", [x], { perm: [0, 2, 3, 1] });
  return g.node("Transpose", [rmsNorm(g, last, prefix, channels, epsilon)], { perm: [0, 3, 1, 2] });
}

/** A layer's output in two halves, each read from the weights as a layer of its own. */
export function halves(
  g: GraphBuilder,
  rows: Value,
  prefix: string,
  { from, to }: { readonly from: number; readonly to: number },
): readonly [Value, Value] {
  const half = (first: number): Value =>
    linear(g, rows, prefix, { from, to: 2 * to, rows: [first, first + to], bias: false });
  return [half(0), half(to)];
}

export interface AttendOptions {
  /** Of rows, queries and what comes out. */
  readonly width: number;
  readonly heads: number;
  /** What is attended to, as rows. */
  readonly context: Value;
  readonly contextWidth: number;
  readonly batch: Value;
}

/** diffusers' Attention without biases: rows to rows. */
export function attend(
  g: GraphBuilder,
  rows: Value,
  prefix: string,
  { width, heads, context, contextWidth, batch }: AttendOptions,
): Value {
  const project = (name: string, x: Value, from: number): Value =>
    splitRows(g, linear(g, x, `${prefix}.${name}`, { from, to: width, bias: false }), batch, width);
  const mixed = attention(
    g,
    project("to_q", rows, width),
    project("to_k", context, contextWidth),
    project("to_v", context, contextWidth),
    { width, heads },
  );
  return linear(g, toRows(g, mixed, width), `${prefix}.to_out.0`, { from: width, to: width, bias: false });
}
