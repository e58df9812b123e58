import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { attention, dimensions, embedding, linear, side, silu, splitRows, toRows } from "../graph/layers.ts";
import { rmsNorm } from "../graph/rms-norm.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import type { Safetensors } from "../safetensors.ts";
import { innerWidth, type MaskgitConfig } from "./config.ts";

const epsilon = 1e-5;

/** A token's state, `[batch, tokens, width]`, and what conditions it, `[batch, width]`. */
interface States {
  readonly x: Value;
  /** SiLU of the class's embedding. */
  readonly condition: Value;
  /** A shape of one side. */
  readonly batch: Value;
}

/**
 * The bidirectional transformer: inputs `ids` `[batch, tokens]`, `labels` `[batch, 1]` (`nclass` is no class) and `positions`
 * `[1, tokens, width]`; output `logits` `[batch, codebook, tokens]`. The mask's own entry, which the file has, is not among them.
 */
export function maskgitGraph(config: MaskgitConfig, weights: Safetensors, target: GraphTarget): NetworkModel {
  const g = createGraph("the class-conditional transformer", weights, target);
  const { hidden_dim: width, register, nclass, codebook_size: entries } = config;
  const ids = g.input("ids", ["batch", "tokens"], "int64");
  const labels = g.input("labels", ["batch", 1], "int64");
  const positions = g.input("positions", [1, "tokens", width]);
  const batch = side(g, ids, 0);
  const tokens = side(g, ids, 1);

  // 1. Tokens with their positions, and the registers behind them.
  const found = embedding(g, ids, "tok_emb", { entries: entries + 1, width });
  let x = g.node("Add", [found, positions]);
  if (register > 0) {
    const registers = g.weight("reg_tokens.weight", [register, width], { as: [1, register, width] });
    const each = g.node("Expand", [registers, dimensions(g, [batch, register, width])]);
    x = g.node("Concat", [x, each], { axis: 1 });
  }

  // 2. Blocks, conditioned by the class.
  const label = embedding(g, labels, "cls_emb", { entries: nclass + 1, width });
  const condition = silu(g, toRows(g, label, width));
  for (let layer = 0; layer < config.depth; layer += 1)
    x = block(g, { x, condition, batch }, `transformer.layers.${layer}`, config);

  // 3. What each token may be.
  const own = register > 0 ? g.node("Slice", [x, g.ints([0]), tokens, g.ints([1])]) : x;
  const [shift, scale] = modulation(g, condition, "last_norm.mlp.1", width, 2);
  const normal = rmsNorm(g, own, "last_norm.norm_final", width, epsilon);
  const placed = g.node("Add", [normal, g.weight("last_norm.norm_final.bias", [width])]);
  const rows = toRows(g, modulated(g, placed, shift, scale), width);
  g.output(
    "logits",
    g.node("Transpose", [splitRows(g, head(g, rows, config), batch, entries)], { perm: [0, 2, 1] }),
  );
  return g.finish();
}

function block(
  g: GraphBuilder,
  { x, condition, batch }: States,
  prefix: string,
  config: MaskgitConfig,
): Value {
  const { hidden_dim: width, heads } = config;
  const parts = modulation(g, condition, `${prefix}.mlp.1`, width, 6);
  const [shift1, scale1, gate1, shift2, scale2, gate2] = parts;
  const rowsOf = (input: Value, norm: string, shift?: Value, scale?: Value): Value =>
    toRows(g, modulated(g, rmsNorm(g, input, `${prefix}.${norm}`, width, epsilon), shift, scale), width);
  const gated = (input: Value, rows: Value, gate: Value | undefined): Value =>
    g.node("Add", [input, g.node("Mul", [splitRows(g, rows, batch, width), gate ?? null])]);

  // Heads are as wide as their share of the width, rounded down: together they may be narrower.
  const own = heads * Math.floor(width / heads);
  const normal = rowsOf(x, "ln1", shift1, scale1);
  const project = (name: string): Value =>
    linear(g, normal, `${prefix}.attn.${name}`, { from: width, to: own, bias: false });
  // Queries and keys are normalised over all heads together, without weights.
  const query = splitRows(g, unit(g, project("wq")), batch, own);
  const key = splitRows(g, unit(g, project("wk")), batch, own);
  const mixed = attention(g, query, key, splitRows(g, project("wv"), batch, own), { width: own, heads });
  const out = linear(g, toRows(g, mixed, own), `${prefix}.attn.wo`, { from: own, to: width, bias: false });
  const attended = gated(x, out, gate1);

  const inner = innerWidth(config);
  const rows = rowsOf(attended, "ln2", shift2, scale2);
  const wide = (name: string): Value =>
    linear(g, rows, `${prefix}.ff.${name}`, { from: width, to: inner, bias: false });
  const raised = g.node("Mul", [silu(g, wide("w1")), wide("w3")]);
  return gated(
    attended,
    linear(g, raised, `${prefix}.ff.w2`, { from: inner, to: width, bias: false }),
    gate2,
  );
}

/** Parts of a layer over the condition, `[batch, 1, width]` each. */
function modulation(
  g: GraphBuilder,
  condition: Value,
  prefix: string,
  width: number,
  parts: number,
): Value[] {
  return Array.from({ length: parts }, (_, part) => {
    const rows = linear(g, condition, prefix, {
      from: width,
      to: parts * width,
      rows: [part * width, (part + 1) * width],
    });
    return g.node("Unsqueeze", [rows, g.ints([1])]);
  });
}

function modulated(g: GraphBuilder, x: Value, shift: Value | undefined, scale: Value | undefined): Value {
  const scaled = g.node("Mul", [x, g.node("Add", [scale ?? null, g.floats(1)])]);
  return g.node("Add", [scaled, shift ?? null]);
}

/** x / √(mean of x² + epsilon), over the last axis. */
function unit(g: GraphBuilder, x: Value): Value {
  const exact = g.toExact(x);
  const mean = g.node("ReduceMean", [g.node("Mul", [exact, exact]), g.ints([-1])], { keepdims: 1 });
  const root = g.node("Sqrt", [g.node("Add", [mean, g.exactFloats(epsilon)])]);
  return g.fromExact(g.node("Div", [exact, root]));
}

/** Its weights are those of the tokens' embeddings, which some files have one time alone. */
function head(
  g: GraphBuilder,
  rows: Value,
  { hidden_dim: width, codebook_size: entries }: MaskgitConfig,
): Value {
  const name = g.hasWeight("head.weight") ? "head.weight" : "tok_emb.weight";
  const part = { rows: [0, entries] } as const;
  const weight = g.weight(name, [entries + 1, width], part);
  return g.node("Gemm", [rows, weight, g.weight("head.bias", [entries + 1], part)], { transB: 1 });
}
