import type { GraphBuilder, Value } from "./builder.ts";
import { type Activation, activate, attention, layerNorm, linear, splitRows, toRows } from "./layers.ts";

/** One layer of a transformer that normalises before attention and before its MLP, as CLIP's towers and ViTs do. */
export interface EncoderLayer {
  readonly width: number;
  /** Width inside the MLP. */
  readonly inner: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly causal?: boolean;
  /** Where the parts lie in the file. */
  readonly names: {
    readonly norm1: string;
    readonly query: string;
    readonly key: string;
    readonly value: string;
    readonly projection: string;
    readonly norm2: string;
    readonly expand: string;
    readonly contract: string;
  };
}

/** The queries, keys and values of a layer, `[batch, tokens, width]` each. */
export interface Projections {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** `rows` `[batch * tokens, width]` through one layer; `batch` is a shape of one side. */
export function encoderLayer(g: GraphBuilder, rows: Value, batch: Value, layer: EncoderLayer): Value {
  const { query, key, value } = projections(g, rows, batch, layer);
  const mixed = attention(g, query, key, value, layer);
  return afterAttention(g, rows, mixed, layer);
}

/** The first half of a layer up to the attention itself. */
export function projections(g: GraphBuilder, rows: Value, batch: Value, layer: EncoderLayer): Projections {
  const { width, names } = layer;
  const normal = layerNorm(g, rows, names.norm1, width, layer.epsilon);
  const project = (prefix: string): Value =>
    splitRows(g, linear(g, normal, prefix, { from: width, to: width }), batch, width);
  return { query: project(names.query), key: project(names.key), value: project(names.value) };
}

/** The rest of a layer, from the heads' mixed values `[batch, tokens, width]`. */
export function afterAttention(g: GraphBuilder, rows: Value, mixed: Value, layer: EncoderLayer): Value {
  const { width, inner, names } = layer;
  const projected = linear(g, toRows(g, mixed, width), names.projection, { from: width, to: width });
  const attended = g.node("Add", [rows, projected]);
  const normal = layerNorm(g, attended, names.norm2, width, layer.epsilon);
  const expanded = activate(g, linear(g, normal, names.expand, { from: width, to: inner }), layer.activation);
  return g.node("Add", [attended, linear(g, expanded, names.contract, { from: inner, to: width })]);
}

/** The names of CLIP's layers, `prefix` being `text_model.encoder.layers.3` or the like. */
export function clipLayerNames(prefix: string): EncoderLayer["names"] {
  return {
    norm1: `${prefix}.layer_norm1`,
    query: `${prefix}.self_attn.q_proj`,
    key: `${prefix}.self_attn.k_proj`,
    value: `${prefix}.self_attn.v_proj`,
    projection: `${prefix}.self_attn.out_proj`,
    norm2: `${prefix}.layer_norm2`,
    expand: `${prefix}.mlp.fc1`,
    contract: `${prefix}.mlp.fc2`,
  };
}
