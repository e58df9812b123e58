import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { linear, side, silu, splitRows, toRows } from "../graph/layers.ts";
import { createTaps, type TapPlan } from "../graph/taps.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import type { Safetensors } from "../safetensors.ts";
import { doubleBlock, modulated, modulationOf, singleBlock, type TokenContext } from "./blocks.ts";
import { type Flux2Config, innerWidth } from "./config.ts";

/**
 * FLUX.2's transformer (https://github.com/black-forest-labs/flux2), as diffusers' Flux2Transformer2DModel: inputs `latents`
 * `[batch, picture tokens, in_channels]`, `text` `[batch, words, joint_attention_dim]`, `timestep` `[1, 1]` (0 to 1000), `cosines` and
 * `sines` `[words + picture tokens, attention_head_dim / 2]`; output `velocity` `[batch, picture tokens, out_channels]`.
 *
 * Its taps are the states after each block: `transformer_blocks.0.image` and `.text`, `single_transformer_blocks.0.states`.
 */
export function flux2Graph(
  config: Flux2Config,
  weights: Safetensors,
  target: GraphTarget,
  plan?: TapPlan,
): NetworkModel {
  const g = createGraph("the transformer of FLUX.2", weights, target);
  const taps = createTaps(g, plan);
  const { in_channels: channels, joint_attention_dim: textWidth, attention_head_dim: head } = config;
  const width = innerWidth(config);
  const latents = g.input("latents", ["batch", "picture tokens", channels]);
  const text = g.input("text", ["batch", "words", textWidth]);
  const batch = side(g, latents, 0);
  const words = side(g, text, 1);
  // In 32 bits: 16 do not hold a position of hundreds to the digit.
  const table = (name: string): Value =>
    g.fromExact(
      g.node("Unsqueeze", [g.input(name, ["tokens", head / 2], "exact"), g.ints([1, 3])]), // [tokens, 1, head / 2, 1]
    );
  const context: TokenContext = { config, batch, cosines: table("cosines"), sines: table("sines") };

  // 1. What the timestep does to every block: shifts, scales and gates, the same for all blocks of a kind.
  const time = silu(g, timeEmbedding(g, config)); // [1, width]
  const inDouble = (stream: "img" | "txt") => {
    const of = (part: number) =>
      modulationOf(g, time, `double_stream_modulation_${stream}.linear`, { width, part, parts: 2 });
    return [of(0), of(1)] as const;
  };
  const doubleModulation = { image: inDouble("img"), text: inDouble("txt") };
  const singleModulation = modulationOf(g, time, "single_stream_modulation.linear", {
    ...{ width, part: 0, parts: 1 },
  });

  // 2. Both streams in the transformer's width.
  const embedded = (x: Value, prefix: string, from: number): Value =>
    splitRows(g, linear(g, toRows(g, x, from), prefix, { from, to: width, bias: false }), batch, width);
  let streams = {
    image: embedded(latents, "x_embedder", channels),
    text: embedded(text, "context_embedder", textWidth),
  };

  // 3. Blocks of two streams, which meet in attention alone.
  const kept = (name: string, made: Value): Value => taps.through(name, made, ["batch", "tokens", width]);
  for (let layer = 0; layer < config.num_layers; layer++) {
    const prefix = `transformer_blocks.${layer}`;
    const made = doubleBlock(g, streams, prefix, { ...context, words, modulation: doubleModulation });
    streams = { image: kept(`${prefix}.image`, made.image), text: kept(`${prefix}.text`, made.text) };
  }

  // 4. Blocks of one stream, text first.
  let states = g.node("Concat", [streams.text, streams.image], { axis: 1 });
  for (let layer = 0; layer < config.num_single_layers; layer++) {
    const prefix = `single_transformer_blocks.${layer}`;
    const made = singleBlock(g, states, prefix, { ...context, modulation: singleModulation });
    states = kept(`${prefix}.states`, made);
  }

  // 5. Out: the picture's tokens alone.
  const end = side(g, states, 1);
  const image = g.node("Slice", [states, words, end, g.ints([1])]);
  const part = (first: number): Value => {
    const rows = linear(g, time, "norm_out.linear", {
      ...{ from: width, to: 2 * width, bias: false },
      rows: [first, first + width],
    });
    return g.node("Unsqueeze", [rows, g.ints([1])]);
  };
  const normal = modulated(g, image, { scale: part(0), shift: part(width) }, config);
  const to = config.out_channels ?? channels;
  const velocity = linear(g, toRows(g, normal, width), "proj_out", { from: width, to, bias: false });
  g.output("velocity", splitRows(g, velocity, batch, to));
  taps.refuseUnmet();
  return g.finish();
}

/** The timestep's sinusoid, cosines first, through two linear layers: `[1, width]`. */
function timeEmbedding(g: GraphBuilder, config: Flux2Config): Value {
  const { timestep_guidance_channels: channels } = config;
  const half = channels / 2;
  // In 32 bits, as positions.
  const timestep = g.input("timestep", [1, 1], "exact");
  const frequencies = Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
  const angles = g.node("Mul", [timestep, g.exactFloats(frequencies, [1, half])]);
  const sinusoid = g.node("Concat", [g.node("Cos", [angles]), g.node("Sin", [angles])], { axis: 1 });
  const width = innerWidth(config);
  const prefix = "time_guidance_embed.timestep_embedder";
  const first = linear(g, g.fromExact(sinusoid), `${prefix}.linear_1`, {
    ...{ from: channels, to: width, bias: false },
  });
  return linear(g, silu(g, first), `${prefix}.linear_2`, { from: width, to: width, bias: false });
}
