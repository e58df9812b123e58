import type { GraphBuilder, Value } from "../graph/builder.ts";
import { attention, linear, side, silu, splitRows, toRows } from "../graph/layers.ts";
import { rmsNorm } from "../graph/rms-norm.ts";
import { type Flux2Config, innerWidth } from "./config.ts";

/** What blocks of both kinds are given besides their states. */
export interface TokenContext {
  readonly config: Flux2Config;
  /** A shape of one side. */
  readonly batch: Value;
  /** How far each token's queries and keys are turned, `[tokens, 1, attention_head_dim / 2, 1]`: text first, then picture. */
  readonly cosines: Value;
  readonly sines: Value;
}

/** What a timestep does to a part of a block, `[1, 1, width]` each. */
export interface Modulation {
  readonly shift: Value;
  readonly scale: Value;
  readonly gate: Value;
}

/** The states of both streams, `[batch, tokens, width]`. */
export interface Streams {
  readonly image: Value;
  readonly text: Value;
}

type StreamName = keyof Streams;

/** One modulation of a block, the `part`-th of `parts`, read from the weights as a layer of its own. @param time `[1, width]` */
export function modulationOf(
  g: GraphBuilder,
  time: Value,
  prefix: string,
  { width, part, parts }: { readonly width: number; readonly part: number; readonly parts: number },
): Modulation {
  const row = (index: number): Value => {
    const from = (3 * part + index) * width;
    const all = { from: width, to: 3 * parts * width, bias: false };
    return g.node("Unsqueeze", [
      linear(g, time, prefix, { ...all, rows: [from, from + width] }),
      g.ints([1]),
    ]);
  };
  return { shift: row(0), scale: row(1), gate: row(2) };
}

/** States normalised over their width, then scaled by 1 + scale and shifted. */
export function modulated(
  g: GraphBuilder,
  x: Value,
  { shift, scale }: Pick<Modulation, "shift" | "scale">,
  config: Flux2Config,
): Value {
  const ones = g.node("Expand", [g.floats(1), g.ints([innerWidth(config)])]);
  const normal = g.node("LayerNormalization", [x, ones], { axis: -1, epsilon: { float: config.eps } });
  return g.node("Add", [g.node("Mul", [normal, g.node("Add", [scale, g.floats(1)])]), shift]);
}

/** Where the weights of each stream's part lie in a block of two. */
const namesOf = {
  image: {
    query: "attn.to_q",
    key: "attn.to_k",
    value: "attn.to_v",
    queryNorm: "attn.norm_q",
    keyNorm: "attn.norm_k",
    out: "attn.to_out.0",
    ff: "ff",
  },
  text: {
    query: "attn.add_q_proj",
    key: "attn.add_k_proj",
    value: "attn.add_v_proj",
    queryNorm: "attn.norm_added_q",
    keyNorm: "attn.norm_added_k",
    out: "attn.to_add_out",
    ff: "ff_context",
  },
} as const;

/** A block of two streams: each has its own weights, and tokens of both attend to all. */
export function doubleBlock(
  g: GraphBuilder,
  streams: Streams,
  prefix: string,
  context: TokenContext & {
    /** How many tokens the text has, a shape of one side. */
    readonly words: Value;
    /** For attention and feed-forward of each stream. */
    readonly modulation: Readonly<Record<StreamName, readonly [Modulation, Modulation]>>;
  },
): Streams {
  const { config, words, modulation } = context;
  const width = innerWidth(config);
  const square = { from: width, to: width };

  // 1. Queries, keys and values of each stream, joined with the text first.
  const of = (stream: StreamName) => {
    const names = namesOf[stream];
    const normal = modulated(g, streams[stream], modulation[stream][0], config);
    const project = (name: string): Value => projected(g, normal, `${prefix}.${name}`, square, context.batch);
    const headed = (name: string, norm: string): Value =>
      headNorm(g, project(name), `${prefix}.${norm}`, config);
    const query = headed(names.query, names.queryNorm);
    return { query, key: headed(names.key, names.keyNorm), value: project(names.value) };
  };
  const [text, image] = [of("text"), of("image")];
  const joined = (part: keyof typeof text): Value => g.node("Concat", [text[part], image[part]], { axis: 1 });
  const joint = { query: joined("query"), key: joined("key"), value: joined("value") };
  const mixed = attended(g, joint, context);

  // 2. Each stream takes its part, then its feed-forward.
  const end = side(g, mixed, 1);
  const parts = {
    text: g.node("Slice", [mixed, g.ints([0]), words, g.ints([1])]),
    image: g.node("Slice", [mixed, words, end, g.ints([1])]),
  };
  const finished = (stream: StreamName): Value => {
    const names = namesOf[stream];
    const [first, second] = modulation[stream];
    const out = projected(g, parts[stream], `${prefix}.${names.out}`, square, context.batch);
    const states = gated(g, streams[stream], first, out);
    const normal = modulated(g, states, second, config);
    return gated(g, states, second, feedForward(g, normal, `${prefix}.${names.ff}`, context));
  };
  return { image: finished("image"), text: finished("text") };
}

/** A block of one stream: attention and feed-forward beside each other, with one layer in and one out. */
export function singleBlock(
  g: GraphBuilder,
  states: Value,
  prefix: string,
  context: TokenContext & { readonly modulation: Modulation },
): Value {
  const { config, batch, modulation } = context;
  const width = innerWidth(config);
  const inner = feedForwardWidth(config);
  const normal = modulated(g, states, modulation, config);
  const all = { from: width, to: 3 * width + 2 * inner };
  const part = (from: number, length: number): Value =>
    projected(g, normal, `${prefix}.attn.to_qkv_mlp_proj`, { ...all, rows: [from, from + length] }, batch);
  const headed = (from: number, norm: string): Value =>
    headNorm(g, part(from, width), `${prefix}.attn.${norm}`, config);
  const query = headed(0, "norm_q");
  const mixed = attended(g, { query, key: headed(width, "norm_k"), value: part(2 * width, width) }, context);
  const active = g.node("Mul", [silu(g, part(3 * width, inner)), part(3 * width + inner, inner)]);
  const both = g.node("Concat", [mixed, active], { axis: 2 });
  const out = projected(g, both, `${prefix}.attn.to_out`, { from: width + inner, to: width }, batch);
  return gated(g, states, modulation, out);
}

function gated(g: GraphBuilder, states: Value, { gate }: Modulation, change: Value): Value {
  return g.node("Add", [states, g.node("Mul", [gate, change])]);
}

function feedForwardWidth(config: Flux2Config): number {
  return Math.trunc(innerWidth(config) * config.mlp_ratio);
}

/** SiLU of the first half times the second half, and back. */
function feedForward(g: GraphBuilder, x: Value, prefix: string, { config, batch }: TokenContext): Value {
  const width = innerWidth(config);
  const inner = feedForwardWidth(config);
  const all = { from: width, to: 2 * inner };
  const half = (from: number): Value =>
    projected(g, x, `${prefix}.linear_in`, { ...all, rows: [from, from + inner] }, batch);
  const active = g.node("Mul", [silu(g, half(0)), half(inner)]);
  return projected(g, active, `${prefix}.linear_out`, { from: inner, to: width }, batch);
}

/** A linear layer without biases over `[batch, tokens, from]`. */
function projected(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  layer: { readonly from: number; readonly to: number; readonly rows?: readonly [number, number] },
  batch: Value,
): Value {
  const { from, to, rows } = layer;
  const made = linear(g, toRows(g, x, from), prefix, { ...layer, bias: false });
  return splitRows(g, made, batch, rows === undefined ? to : rows[1] - rows[0]);
}

/** `[batch, tokens, width]` as `[batch, tokens, heads, attention_head_dim]`, each head normalised. */
function headNorm(g: GraphBuilder, x: Value, prefix: string, config: Flux2Config): Value {
  const { num_attention_heads: heads, attention_head_dim: head, eps } = config;
  return rmsNorm(g, g.node("Reshape", [x, g.ints([0, 0, heads, head])]), prefix, head, eps);
}

/** Attention of turned queries and keys `[batch, tokens, heads, attention_head_dim]`; `[batch, tokens, width]`. */
function attended(
  g: GraphBuilder,
  { query, key, value }: { readonly query: Value; readonly key: Value; readonly value: Value },
  context: TokenContext,
): Value {
  const { config } = context;
  const options = { width: innerWidth(config), heads: config.num_attention_heads };
  return attention(g, turned(g, query, context), turned(g, key, context), value, options);
}

/** Turns each pair of neighbouring channels by its token's angle, and joins the heads: `[batch, tokens, width]`. */
function turned(g: GraphBuilder, x: Value, { config, cosines, sines }: TokenContext): Value {
  const { num_attention_heads: heads, attention_head_dim: head } = config;
  const pairs = g.node("Reshape", [x, g.ints([0, 0, heads, head / 2, 2])]);
  const [first, second] = g.nodes("Split", [pairs, g.ints([1, 1])], 2, { axis: 4 }) as [Value, Value];
  const sum = (a: Value, b: Value, operator: "Add" | "Sub"): Value =>
    g.node(operator, [g.node("Mul", [a, cosines]), g.node("Mul", [b, sines])]);
  const both = [sum(first, second, "Sub"), sum(second, first, "Add")];
  return g.node("Reshape", [g.node("Concat", both, { axis: 4 }), g.ints([0, 0, -1])]);
}
