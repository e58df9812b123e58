import { EditError } from "../../../errors.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { convolution, groupNorm, linear, silu, toRows } from "../graph/layers.ts";
import { type ResidualBlock, residualBlock, upsample } from "../graph/residual.ts";
import { spatialTransformer } from "../graph/spatial-transformer.ts";
import { createTaps, type TapPlan } from "../graph/taps.ts";
import type { WeightChanges } from "../lora/lora.ts";
import { required } from "../required.ts";
import type { GraphTarget, NetworkModel } from "../runtime.ts";
import type { Safetensors } from "../safetensors.ts";
import { type AddedConditions, timeIds, type UnetBlock, type UnetConfig } from "./config.ts";
import { outputTextGradient } from "./text-gradient.ts";

/** A hidden state with its channels: skips are concatenated, so both must be known. */
interface Hidden {
  readonly value: Value;
  readonly channels: number;
}

/**
 * What of the denoiser a graph computes: all of it; all of it, with the deep state as an output; the outermost level
 * alone, with the deep state as an input; or all of it and the gradient with respect to the text. The deep state is what the
 * inner levels hand to the last block of the way up, `[batch, channels, height, width]`.
 */
export type UnetPart = "all" | "all-and-deep" | "outermost" | "all-and-text-gradient";

export interface UnetGraphOptions {
  readonly part: UnetPart;
  /** Linear layers over the pixels multiply as 8-bit integers. */
  readonly int8: boolean;
  /** The graph is given sides that halve evenly at every level. */
  readonly isEven: boolean;
  readonly target: GraphTarget;
  readonly changes: WeightChanges;
  /** See `GraphOptions`. */
  readonly widensInRuns: boolean;
  /** Values inside that are got at; none by default. Their inputs and outputs come to the graph's own. */
  readonly taps?: TapPlan | undefined;
}

/**
 * The denoiser: inputs `sample`, `timestep` `[1, 1]`, `encoderHiddenStates` and, where the configuration
 * has them, `timestepCond`, or `pooled` and `timeIds`; output `prediction`. `deep` is an output or an input, as the part has it.
 */
export function unetGraph(
  config: UnetConfig,
  weights: Safetensors,
  { part, int8, isEven, target, changes, widensInRuns, taps: plan }: UnetGraphOptions,
): NetworkModel {
  const isShallow = part === "outermost";
  const ours = isShallow ? ofOutermost(changes, config.blocks.length) : changes;
  const g = createGraph("the UNet", weights, target, { changes: ours, widensInRuns });
  const sample = g.input("sample", ["batch", config.in_channels, "height", "width"]);
  const states = g.input("encoderHiddenStates", ["batch", "tokens", config.cross_attention_dim]);
  const text = { rows: toRows(g, states, config.cross_attention_dim), width: config.cross_attention_dim };
  const taps = createTaps(g, plan);
  const blocks = config.blocks;
  const outer = required(blocks[0], "a level of the UNet");
  const inner = required(blocks.at(-1), "a level of the UNet");
  const norms = { groups: config.norm_num_groups, epsilon: config.norm_eps };
  const time = { embedding: silu(g, timeEmbedding(g, config, outer.channels)), width: 4 * outer.channels };

  const residual = (x: Value, prefix: string, from: number, to: number): Value =>
    residualBlock(g, x, prefix, { ...norms, from, to, time, taps } satisfies ResidualBlock);
  const attend = (x: Value, prefix: string, block: UnetBlock): Value =>
    spatialTransformer(g, x, prefix, {
      channels: block.channels,
      heads: block.heads,
      layers: block.transformerLayers,
      groups: config.norm_num_groups,
      isLinear: config.use_linear_projection,
      int8,
      text,
      taps,
    });

  // 1. Down: every state is kept for the way up.
  let hidden: Hidden = {
    value: convolution(g, sample, "conv_in", { from: config.in_channels, to: outer.channels, kernel: 3 }),
    channels: outer.channels,
  };
  const skips: Hidden[] = [hidden];
  for (const [level, block] of (isShallow ? [outer] : blocks).entries()) {
    const prefix = `down_blocks.${level}`;
    for (let layer = 0; layer < block.layers; layer += 1) {
      let value = residual(hidden.value, `${prefix}.resnets.${layer}`, hidden.channels, block.channels);
      if (block.attendsDown) value = attend(value, `${prefix}.attentions.${layer}`, block);
      hidden = { value, channels: block.channels };
      skips.push(hidden);
    }
    if (isShallow || level === blocks.length - 1) continue;
    const { channels } = hidden;
    const halving = { from: channels, to: channels, kernel: 3, stride: 2 };
    hidden = { value: convolution(g, hidden.value, `${prefix}.downsamplers.0.conv`, halving), channels };
    skips.push(hidden);
  }

  // 2. Middle.
  if (isShallow) {
    // With one level alone, what is handed on is the middle's.
    const { channels } = blocks[1] ?? inner;
    hidden = { value: g.input("deep", ["batch", channels, "height", "width"]), channels };
  } else {
    const { channels } = inner;
    let middle = residual(hidden.value, "mid_block.resnets.0", channels, channels);
    middle = attend(middle, "mid_block.attentions.0", inner);
    hidden = { value: residual(middle, "mid_block.resnets.1", channels, channels), channels };
  }

  // 3. Up: each state takes its skip from the way down.
  for (const [index, block] of blocks.toReversed().entries()) {
    const isOutermost = index === blocks.length - 1;
    if (isShallow && !isOutermost) continue;
    if (part === "all-and-deep" && isOutermost) g.output("deep", hidden.value);
    const prefix = `up_blocks.${index}`;
    for (let layer = 0; layer <= block.layers; layer += 1) {
      const skip = required(skips.pop(), "a state of the way down for each layer of the way up");
      const joined = g.node("Concat", [hidden.value, skip.value], { axis: 1 });
      const from = hidden.channels + skip.channels;
      let value = residual(joined, `${prefix}.resnets.${layer}`, from, block.channels);
      if (block.attendsUp) value = attend(value, `${prefix}.attentions.${layer}`, block);
      hidden = { value, channels: block.channels };
    }
    if (isOutermost) continue;
    const next = required(skips.at(-1), "a state of the way down for each level");
    const fit = isEven ? undefined : g.node("Shape", [next.value], { start: 2 });
    const value = upsample(g, hidden.value, `${prefix}.upsamplers.0`, hidden.channels, fit);
    hidden = { value, channels: hidden.channels };
  }

  if (skips.length > 0) {
    const left = `${skips.length} states of the way down that nothing takes`;
    throw new EditError("internal", `Expected the way up to be as long as the way down, got ${left}.`);
  }

  // 4. Out.
  const normal = groupNorm(g, hidden.value, "conv_norm_out", { channels: outer.channels, ...norms });
  const out = { from: outer.channels, to: config.out_channels, kernel: 3 };
  const prediction = convolution(g, silu(g, normal), "conv_out", out);
  g.output("prediction", prediction);
  if (part === "all-and-text-gradient")
    outputTextGradient(g, { prediction, states, channels: config.out_channels });
  taps.refuseUnmet();
  return g.finish();
}

/** Changes of weights that the outermost of so many levels has; the others are the whole denoiser's. */
function ofOutermost(changes: WeightChanges, levels: number): WeightChanges {
  const last = `up_blocks.${levels - 1}.`;
  const own = [
    "conv_in.",
    "time_embedding.",
    "add_embedding.",
    "down_blocks.0.resnets.",
    "down_blocks.0.attentions.",
    last,
    "conv_norm_out.",
    "conv_out.",
  ];
  return new Map([...changes].filter(([tensor]) => own.some((prefix) => tensor.startsWith(prefix))));
}

/** The timestep, and what else the denoiser is told of the picture, `[1 or batch, 4 * channels]`. */
function timeEmbedding(g: GraphBuilder, config: UnetConfig, channels: number): Value {
  // In 32 bits: 16 do not hold a timestep to the digit.
  const timestep = g.input("timestep", [1, 1], "exact");
  let embedding = g.fromExact(sinusoid(g, timestep, config, channels));
  if (config.time_cond_proj_dim !== null) {
    const width = config.time_cond_proj_dim;
    const condition = g.input("timestepCond", ["batch", width]);
    const projected = linear(g, condition, "time_embedding.cond_proj", {
      from: width,
      to: channels,
      bias: false,
    });
    embedding = g.node("Add", [projected, embedding]);
  }
  const width = 4 * channels;
  const time = twoLayers(g, embedding, "time_embedding", channels, width);
  const { added } = config;
  return added === null ? time : g.node("Add", [time, addedEmbedding(g, config, added, width)]);
}

/** The text's projection and the time ids, each as a sinusoid, `[batch, width]`. */
function addedEmbedding(
  g: GraphBuilder,
  config: UnetConfig,
  { pooledWidth, timeWidth }: AddedConditions,
  width: number,
): Value {
  const pooled = g.input("pooled", ["batch", pooledWidth]);
  // Sizes in pixels, which 16 bits do not hold to the digit.
  const ids = g.node("Reshape", [g.input("timeIds", ["batch", timeIds], "exact"), g.ints([-1, 1])]);
  const times = g.node("Reshape", [sinusoid(g, ids, config, timeWidth), g.ints([-1, timeIds * timeWidth])]);
  const joined = g.node("Concat", [pooled, g.fromExact(times)], { axis: 1 });
  return twoLayers(g, joined, "add_embedding", pooledWidth + timeIds * timeWidth, width);
}

/** `[n, 1]` to `[n, width]`, in 32 bits. */
function sinusoid(g: GraphBuilder, numbers: Value, config: UnetConfig, width: number): Value {
  const half = width / 2;
  const frequencies = Array.from({ length: half }, (_, i) => 10000 ** (-i / (half - config.freq_shift)));
  const angles = g.node("Mul", [numbers, g.exactFloats(frequencies, [1, half])]);
  const [sine, cosine] = [g.node("Sin", [angles]), g.node("Cos", [angles])];
  return g.node("Concat", config.flip_sin_to_cos ? [cosine, sine] : [sine, cosine], { axis: 1 });
}

function twoLayers(g: GraphBuilder, x: Value, prefix: string, from: number, width: number): Value {
  const first = silu(g, linear(g, x, `${prefix}.linear_1`, { from, to: width }));
  return linear(g, first, `${prefix}.linear_2`, { from: width, to: width });
}
