import { z } from "zod";
import { EditError } from "../../errors.ts";
import { count, readConfig } from "./config.ts";
import type { GraphBuilder, Value } from "./graph/builder.ts";
import { clipLayerNames, encoderLayer } from "./graph/encoder.ts";
import { createGraph, type GraphOptions } from "./graph/graph.ts";
import { activations, embedding, layerNorm, linear, side, splitRows, toRows } from "./graph/layers.ts";
import { type Lora, readWeightChanges } from "./lora/lora.ts";
import type { LoraTarget } from "./lora/names.ts";
import type { GraphTarget, Runtime } from "./runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "./safetensors.ts";
import type { Tensor, TokenIds } from "./tensor.ts";

/**
 * What CLIP's text tower can give, for ids `[batch, positions]`:
 * - `lastHiddenState` `[batch, positions, width]`, after the final norm: what Stable Diffusion is conditioned on;
 * - `penultimate`, the same shape: the last layer but one, without the norm;
 * - `penultimateNormed`: that after the final norm (diffusers' `clip_skip=1`);
 * - `pooled` `[batch, width]`: `lastHiddenState` at the end token;
 * - `embeds` `[batch, projection]`: `pooled` projected, not normalised (only where the file has a projection).
 */
export const textOutputs = [
  "lastHiddenState",
  "penultimate",
  "penultimateNormed",
  "pooled",
  "embeds",
] as const;
export type TextOutput = (typeof textOutputs)[number];

/** CLIP's text tower, opened for the outputs `O`. */
export interface TextEncoder<O extends TextOutput = "lastHiddenState"> extends AsyncDisposable {
  /** The most positions that a row of ids may have. */
  readonly positions: number;
  readonly width: number;
  encode(ids: TokenIds): Promise<Readonly<Record<O, Tensor>>>;
}

export interface TextEncoderOptions<O extends TextOutput> {
  /** Holds `config.json` and `model.safetensors`: `text_encoder/` of a Stable Diffusion, or a whole CLIPModel. */
  readonly folder: string;
  readonly runtime: Runtime;
  /** Default: `lastHiddenState` alone. What is not asked for is not computed. */
  readonly outputs?: readonly O[];
  /** Change the weights. None by default. */
  readonly loras?: readonly Lora[];
  /** Which of a LoRA's networks it is. Default `textEncoder`. */
  readonly target?: Exclude<LoraTarget, "unet">;
  /** `at-once`, the default, until it is disposed of; or only `to-read`, which holds no memory in between and takes a second each time. */
  readonly opens?: "at-once" | "to-read";
}

/**
 * Opens a text tower in the layout of transformers' CLIPTextModel, CLIPTextModelWithProjection or CLIPModel.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-corrupt`,
 * `weights-tensor-missing`, `weights-tensor-shape`, and those of `Runtime.open`.
 */
export async function loadTextEncoder<O extends TextOutput = "lastHiddenState">({
  folder,
  runtime,
  outputs,
  loras = [],
  target = "textEncoder",
  opens = "at-once",
}: TextEncoderOptions<O>): Promise<TextEncoder<O>> {
  const asked: readonly TextOutput[] = outputs ?? ["lastHiddenState"];
  const config = await readConfig(folder, textEncoderConfigSchema);
  const weights = await openWeights(folder, weightFiles.transformers);
  const model = async () => {
    const changes = await readWeightChanges(loras, target, weights);
    return textTower(config, weights, asked, {
      target: runtime.target,
      changes,
      widensInRuns: opens === "to-read",
    });
  };
  // Built in any case, so that what is wrong with it is found now.
  const built = await model();
  const kept = opens === "at-once" ? await runtime.open(built) : null;
  return {
    positions: config.max_position_embeddings,
    width: config.hidden_size,
    async encode(ids) {
      if (ids.shape[1] > config.max_position_embeddings) {
        throw new EditError(
          "internal",
          `Expected at most ${config.max_position_embeddings} token ids a row, got ${ids.shape[1]}.`,
        );
      }
      if (kept !== null) return (await kept.run({ ids })) as Record<O, Tensor>;
      await using session = await runtime.open(await model());
      return (await session.run({ ids })) as Record<O, Tensor>;
    },
    [Symbol.asyncDispose]: async () => kept?.[Symbol.asyncDispose](),
  };
}

const textConfigSchema = z.object({
  vocab_size: count.default(49408),
  hidden_size: count.default(512),
  intermediate_size: count.default(2048),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(8),
  max_position_embeddings: count.default(77),
  projection_dim: count.default(512),
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(activations).default("quick_gelu"),
  eos_token_id: z.int().nonnegative().default(49407),
});
type TextConfig = z.infer<typeof textConfigSchema>;

/** A CLIPModel keeps its text tower's keys in `text_config`, and its projection's width beside it. */
export const textEncoderConfigSchema = z.preprocess((json) => {
  const { text_config: inner, projection_dim: projection } = json as Record<string, unknown>;
  if (typeof inner !== "object" || inner === null) return json;
  return { ...inner, projection_dim: projection ?? 512 };
}, textConfigSchema);

function textTower(
  config: TextConfig,
  weights: Safetensors,
  asked: readonly TextOutput[],
  { target, ...options }: GraphOptions & { readonly target: GraphTarget },
) {
  const g = createGraph("the text tower", weights, target, options);
  const root = g.hasWeight("text_model.embeddings.token_embedding.weight") ? "text_model." : "";
  const width = config.hidden_size;
  const ids = g.input("ids", ["batch", "positions"], "int64");
  const batch = side(g, ids, 0);
  const layer = {
    width,
    inner: config.intermediate_size,
    heads: config.num_attention_heads,
    epsilon: config.layer_norm_eps,
    activation: config.hidden_act,
    causal: true,
  };

  let rows = toRows(g, embedTokens(g, ids, `${root}embeddings`, config), width);
  let penultimate = rows;
  for (let index = 0; index < config.num_hidden_layers; index += 1) {
    penultimate = rows;
    rows = encoderLayer(g, rows, batch, {
      ...layer,
      names: clipLayerNames(`${root}encoder.layers.${index}`),
    });
  }
  const finish = (from: Value): Value =>
    splitRows(g, layerNorm(g, from, `${root}final_layer_norm`, width, layer.epsilon), batch, width);
  const last = finish(rows); // [batch, positions, width]

  const builders: Record<TextOutput, () => Value> = {
    lastHiddenState: () => last,
    penultimate: () => splitRows(g, penultimate, batch, width),
    penultimateNormed: () => finish(penultimate),
    pooled: () => pool(g, last, ids, config.eos_token_id), // [batch, width]
    embeds: () =>
      linear(g, pool(g, last, ids, config.eos_token_id), "text_projection", {
        from: width,
        to: config.projection_dim,
        bias: false,
      }), // [batch, projection]
  };
  for (const name of asked) g.output(name, builders[name]());
  return g.finish();
}

/** `[batch, positions]` to `[batch, positions, width]` */
function embedTokens(g: GraphBuilder, ids: Value, prefix: string, config: TextConfig): Value {
  const width = config.hidden_size;
  const tokens = embedding(g, ids, `${prefix}.token_embedding`, { entries: config.vocab_size, width });
  const table = g.weight(`${prefix}.position_embedding.weight`, [config.max_position_embeddings, width]);
  const positions = g.node("Slice", [table, g.ints([0]), side(g, ids, 1), g.ints([0])]);
  return g.node("Add", [tokens, positions]);
}

/**
 * The state at each row's end token. Configurations with `eos_token_id` 2 are older than the field's use: with them
 * the end token is the highest id of the row, as in OpenAI's code.
 */
function pool(g: GraphBuilder, states: Value, ids: Value, endToken: number): Value {
  const isLegacy = endToken === 2;
  const score = isLegacy ? ids : g.node("Equal", [ids, g.ints([endToken])]);
  const first = g.node("ArgMax", [g.node("Cast", [score], { to: 6 })], { axis: 1, keepdims: 1 }); // [batch, 1]
  return g.node("GatherND", [states, first], { batch_dims: 1 });
}
