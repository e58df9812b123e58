import type { GraphBuilder, Value } from "./builder.ts";
import { groupNorm, layerNorm, linear, side, splitRows, toRows } from "./layers.ts";
import { pixelsToRows, rowsToPixels } from "./residual.ts";
import type { Taps } from "./taps.ts";

export interface SpatialTransformer {
  readonly channels: number;
  readonly heads: number;
  readonly layers: number;
  readonly groups: number;
  /** The projections in and out are linear layers (SD 2), not 1×1 convolutions (SD 1). Only their tensors' shape differs. */
  readonly isLinear: boolean;
  /** Linear layers over the pixels multiply as 8-bit integers. */
  readonly int8: boolean;
  /** Text states as rows `[batch * tokens, width]`. */
  readonly text: { readonly rows: Value; readonly width: number };
  readonly taps: Taps;
}

/** diffusers' Transformer2DModel: pixels attend to each other and to the text, `[batch, channels, h, w]` throughout. */
export function spatialTransformer(
  g: GraphBuilder,
  x: Value,
  prefix: string,
  options: SpatialTransformer,
): Value {
  const { channels, groups, layers, int8 } = options;
  const projection = { from: channels, to: channels, pointwise: !options.isLinear, int8 };
  const normal = groupNorm(g, x, `${prefix}.norm`, { channels, groups, epsilon: 1e-6 });
  let rows = linear(g, pixelsToRows(g, normal, channels), `${prefix}.proj_in`, projection);
  for (let layer = 0; layer < layers; layer += 1) {
    rows = transformerLayer(g, rows, x, `${prefix}.transformer_blocks.${layer}`, options);
  }
  return g.node("Add", [rowsToPixels(g, linear(g, rows, `${prefix}.proj_out`, projection), x, channels), x]);
}

function transformerLayer(
  g: GraphBuilder,
  rows: Value,
  like: Value,
  prefix: string,
  { channels, heads, text, int8, taps }: SpatialTransformer,
): Value {
  const batch = side(g, like, 0);
  const norm = (input: Value, name: string): Value =>
    layerNorm(g, input, `${prefix}.${name}`, channels, 1e-5);
  const attend = (name: string, queries: Value, context: Value, contextWidth: number): Value => {
    const project = (part: string, from: Value, width: number): Value => {
      const projected = linear(g, from, `${prefix}.${name}.${part}`, {
        from: width,
        to: channels,
        bias: false,
        int8: int8 && from !== text.rows,
      });
      return splitRows(g, projected, batch, channels);
    };
    const query = project("to_q", queries, channels);
    const key = project("to_k", context, contextWidth);
    const value = project("to_v", context, contextWidth);
    const options = { width: channels, heads };
    const mixed = taps.attend(`${prefix}.${name}`, { query, key, value }, options, like);
    return linear(g, toRows(g, mixed, channels), `${prefix}.${name}.to_out.0`, {
      from: channels,
      to: channels,
      int8,
    });
  };
  const normal = norm(rows, "norm1");
  const attended = g.node("Add", [rows, attend("attn1", normal, normal, channels)]);
  const conditioned = g.node("Add", [
    attended,
    attend("attn2", norm(attended, "norm2"), text.rows, text.width),
  ]);
  return g.node("Add", [
    conditioned,
    gatedMlp(g, norm(conditioned, "norm3"), `${prefix}.ff`, channels, int8),
  ]);
}

/** GEGLU (https://arxiv.org/abs/2002.05202) with the exact gelu, four times as wide inside. */
function gatedMlp(g: GraphBuilder, rows: Value, prefix: string, channels: number, int8: boolean): Value {
  const inner = 4 * channels;
  // One tensor holds both halves; each is read in place as a layer of its own.
  const half = (first: number): Value =>
    linear(g, rows, `${prefix}.net.0.proj`, {
      from: channels,
      to: 2 * inner,
      rows: [first, first + inner],
      int8,
    });
  const gated = g.node("Mul", [half(0), g.node("com.microsoft.Gelu", [half(inner)])]);
  return linear(g, gated, `${prefix}.net.2`, { from: inner, to: channels, int8 });
}
