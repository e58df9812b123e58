import { z } from "zod";
import { count, only, readConfig } from "./config.ts";
import type { GraphBuilder, Value } from "./graph/builder.ts";
import { clipLayerNames, encoderLayer } from "./graph/encoder.ts";
import { createGraph } from "./graph/graph.ts";
import {
  activations,
  convolution,
  dimensions,
  layerNorm,
  linear,
  side,
  splitRows,
  toRows,
} from "./graph/layers.ts";
import { required } from "./required.ts";
import type { GraphTarget, Runtime } from "./runtime.ts";
import { openWeights, readTensor, type Safetensors, weightFiles } from "./safetensors.ts";
import type { Tensor, TokenIds } from "./tensor.ts";
import { loadTextEncoder } from "./text-encoder.ts";

/** CLIP, both towers. Embeddings are not normalised. */
export interface Clip extends AsyncDisposable {
  /** Side of the pictures that it sees, in pixels. */
  readonly imageSize: number;
  /** Token positions that it reads. */
  readonly positions: number;
  /** exp of the learned temperature: what cosines are multiplied by before a softmax. */
  readonly logitScale: number;
  /**
   * Pixels `[n, 3, imageSize, imageSize]`, normalised as `preprocessor_config.json` says, to `embeds`
   * `[n, projection]`, the last layer's patch tokens `[n, patches, width]`, before post_layernorm and without
   * the class token, and these projected as the class token is, `patchEmbeds` `[n, patches, projection]`.
   */
  embedImages(
    pixels: Tensor,
  ): Promise<{ readonly embeds: Tensor; readonly tokens: Tensor; readonly patchEmbeds: Tensor }>;
  /** Ids `[n, positions]` to `[n, projection]`. */
  embedTexts(ids: TokenIds): Promise<Tensor>;
}

export interface ClipOptions {
  /** Holds `config.json` and `model.safetensors` of a CLIPModel. */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens CLIP in the layout of openai/clip-vit-base-patch16.
 * @throws EditError as `loadTextEncoder`.
 */
export async function loadClip({ folder, runtime }: ClipOptions): Promise<Clip> {
  const image = await loadClipImageTower({ folder, runtime, outputs: ["embeds", "tokens", "patchEmbeds"] });
  const text = await loadTextEncoder({ folder, runtime, outputs: ["embeds"] });
  const temperature = await readTensor(
    await openWeights(folder, weightFiles.transformers),
    "logit_scale",
    [],
  );
  return {
    imageSize: image.imageSize,
    positions: text.positions,
    logitScale: Math.exp(required(temperature.data[0], "a number as logit_scale")),
    embedImages: (pixels) => image.run(pixels),
    embedTexts: async (ids) => (await text.encode(ids)).embeds,
    async [Symbol.asyncDispose]() {
      await image[Symbol.asyncDispose]();
      await text[Symbol.asyncDispose]();
    },
  };
}

/**
 * What CLIP's image tower can give, for pixels `[n, 3, imageSize, imageSize]`:
 * - `lastHiddenState` `[n, 1 + patches, width]`: the last layer, before post_layernorm, class token first;
 * - `lastHiddenStateNormed`: that after post_layernorm;
 * - `penultimate`: the last layer but one;
 * - `tokens` `[n, patches, width]`: `lastHiddenState` without the class token;
 * - `pooled` `[n, width]`: the class token after post_layernorm;
 * - `embeds` `[n, projection]`: `pooled` projected, not normalised;
 * - `patchEmbeds` `[n, patches, projection]`: `tokens` after post_layernorm, projected in the same way.
 */
export const imageOutputs = [
  "lastHiddenState",
  "lastHiddenStateNormed",
  "penultimate",
  "tokens",
  "pooled",
  "embeds",
  "patchEmbeds",
] as const;
export type ImageOutput = (typeof imageOutputs)[number];

/** CLIP's image tower, opened for the outputs `O`. */
export interface ClipImageTower<O extends ImageOutput> extends AsyncDisposable {
  readonly imageSize: number;
  run(pixels: Tensor): Promise<Readonly<Record<O, Tensor>>>;
}

/**
 * Opens the image tower alone; what is not in `outputs` is not computed.
 * @throws EditError as `loadTextEncoder`.
 */
export async function loadClipImageTower<O extends ImageOutput>({
  folder,
  runtime,
  outputs,
}: ClipOptions & { readonly outputs: readonly O[] }): Promise<ClipImageTower<O>> {
  const { vision_config: vision, projection_dim: projection } = await readConfig(folder, clipConfigSchema);
  const weights = await openWeights(folder, weightFiles.transformers);
  const session = await runtime.open(imageTower({ ...vision, projection }, weights, outputs, runtime.target));
  return {
    imageSize: vision.image_size,
    run: async (pixels) => (await session.run({ pixels })) as Record<O, Tensor>,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** CLIPModel's `config.json`, as far as the image tower needs it. */
export const clipConfigSchema = z.object({
  projection_dim: count.default(512),
  vision_config: z.object({
    hidden_size: count.default(768),
    intermediate_size: count.default(3072),
    num_hidden_layers: count.default(12),
    num_attention_heads: count.default(12),
    image_size: count.default(224),
    patch_size: count.default(32),
    num_channels: only(3),
    layer_norm_eps: z.number().positive().default(1e-5),
    hidden_act: z.enum(activations).default("quick_gelu"),
  }),
});
type VisionConfig = z.infer<typeof clipConfigSchema>["vision_config"] & { readonly projection: number };

function imageTower(
  config: VisionConfig,
  weights: Safetensors,
  asked: readonly ImageOutput[],
  target: GraphTarget,
) {
  const g = createGraph("CLIP's image tower", weights, target);
  const { hidden_size: width, layer_norm_eps: epsilon } = config;
  const pixels = g.input("pixels", ["batch", 3, config.image_size, config.image_size]);
  const batch = side(g, pixels, 0);
  const layer = {
    width,
    inner: config.intermediate_size,
    heads: config.num_attention_heads,
    epsilon,
    activation: config.hidden_act,
  };

  const embedded = toRows(g, embedPatches(g, pixels, batch, config), width);
  let rows = layerNorm(g, embedded, "vision_model.pre_layrnorm", width, epsilon);
  let penultimate = rows;
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    penultimate = rows;
    const names = clipLayerNames(`vision_model.encoder.layers.${index}`);
    rows = encoderLayer(g, rows, batch, { ...layer, names });
  }
  const last = splitRows(g, rows, batch, width); // [n, 1 + patches, width]
  const norm = (x: Value): Value => layerNorm(g, x, "vision_model.post_layernorm", width, epsilon);
  const pooled = (): Value =>
    norm(g.node("Squeeze", [g.node("Slice", [last, g.ints([0]), g.ints([1]), g.ints([1])]), g.ints([1])]));

  const tokens = (): Value =>
    g.node("Slice", [last, g.ints([1]), g.ints([Number.MAX_SAFE_INTEGER]), g.ints([1])]);
  const project = (x: Value): Value =>
    linear(g, x, "visual_projection", { from: width, to: config.projection, bias: false });

  const builders: Record<ImageOutput, () => Value> = {
    lastHiddenState: () => last,
    lastHiddenStateNormed: () => norm(last),
    penultimate: () => splitRows(g, penultimate, batch, width),
    tokens,
    pooled,
    embeds: () => project(pooled()),
    patchEmbeds: () => splitRows(g, project(toRows(g, norm(tokens()), width)), batch, config.projection),
  };
  for (const name of asked) g.output(name, builders[name]());
  return g.finish();
}

/** Pixels to class token and patches with their positions, `[n, 1 + patches, width]`. */
function embedPatches(g: GraphBuilder, pixels: Value, batch: Value, config: VisionConfig): Value {
  const { hidden_size: width, patch_size: patch } = config;
  const grid = convolution(g, pixels, "vision_model.embeddings.patch_embedding", {
    from: 3,
    to: width,
    kernel: patch,
    stride: patch,
    padding: [0, 0, 0, 0],
    bias: false,
  }); // [n, width, rows, columns]
  const patches = g.node("Transpose", [g.node("Reshape", [grid, g.ints([0, width, -1])])], {
    perm: [0, 2, 1],
  });
  const token = g.weight("vision_model.embeddings.class_embedding", [width], { as: [1, 1, width] });
  const tokens = g.node("Expand", [token, dimensions(g, [batch, 1, width])]);
  const count = 1 + Math.floor(config.image_size / patch) ** 2;
  const positions = g.weight("vision_model.embeddings.position_embedding.weight", [count, width]);
  return g.node("Add", [g.node("Concat", [tokens, patches], { axis: 1 }), positions]);
}
