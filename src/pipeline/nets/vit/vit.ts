import { EditError } from "../../../errors.ts";
import { readConfig } from "../config.ts";
import type { GraphBuilder, Value } from "../graph/builder.ts";
import { createGraph } from "../graph/graph.ts";
import { attentionWeights, dimensions } from "../graph/layers.ts";
import { resizePositions } from "../graph/positions.ts";
import type { GraphTarget, Runtime } from "../runtime.ts";
import { openWeights, readTensor, type Safetensors, weightFiles } from "../safetensors.ts";
import { sidesOf, sizeOf, type Tensor } from "../tensor.ts";
import { type VitConfig, vitConfigSchema, vitTokens, vitTrunk } from "./trunk.ts";

/**
 * What the ViT can give for pixels `[b, 3, H, W]`, with h = H / patch and w = W / patch:
 * - `features` `[b, width, h, w]`: the patches' last hidden states after the final norm;
 * - `attention` `[b, h, w]`: the last layer's attention of the class query over patches, mean over heads;
 * - `lastHiddenState` `[b, 1 + h·w, width]`, class token first;
 * - `attentions` `[b, heads, 1 + h·w, 1 + h·w]`: the last layer's attention in full.
 */
export const vitOutputs = ["features", "attention", "lastHiddenState", "attentions"] as const;
export type VitOutput = (typeof vitOutputs)[number];

/** A vision transformer, opened for the outputs `O`. */
export interface Vit<O extends VitOutput = "features" | "attention"> extends AsyncDisposable {
  /** Side of a patch in pixels; both sides of a picture are multiples of it. */
  readonly patchSize: number;
  readonly width: number;
  /** Pixels `[b, 3, H, W]`, normalised as `preprocessor_config.json` says, of any size. */
  run(pixels: Tensor): Promise<Readonly<Record<O, Tensor>>>;
}

export interface VitOptions<O extends VitOutput> {
  /** Holds `config.json` and `model.safetensors` of a ViTModel. */
  readonly folder: string;
  readonly runtime: Runtime;
  /** Default: `features` and `attention`. What is not asked for is not computed. */
  readonly outputs?: readonly O[];
}

/**
 * Opens a ViT in the layout of facebook/dino-vitb16. Position embeddings are resized to each picture's grid.
 * @throws EditError as `loadTextEncoder`.
 */
export async function loadVit<O extends VitOutput = "features" | "attention">({
  folder,
  runtime,
  outputs,
}: VitOptions<O>): Promise<Vit<O>> {
  const asked: readonly VitOutput[] = outputs ?? ["features", "attention"];
  const config = await readConfig(folder, vitConfigSchema);
  const weights = await openWeights(folder, weightFiles.transformers);
  const session = await runtime.open(visionTransformer(config, weights, asked, runtime.target));
  const { patch_size: patch, hidden_size: width } = config;
  const learned = await readTensor(weights, "embeddings.position_embeddings", [1, vitTokens(config), width]);
  const resized = new Map<string, Tensor>();
  return {
    patchSize: patch,
    width,
    async run(pixels) {
      const [rows, columns] = gridOf(pixels, patch);
      const key = `${rows}x${columns}`;
      const positions = resized.get(key) ?? resizePositions(learned, rows, columns);
      resized.set(key, positions);
      const grid = { data: BigInt64Array.of(BigInt(rows), BigInt(columns)), shape: [1, 2] } as const;
      return (await session.run({ pixels, positions, grid })) as Record<O, Tensor>;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function gridOf(pixels: Tensor, patch: number): [rows: number, columns: number] {
  const [, , height, width] = sidesOf(pixels, 4);
  if (height % patch !== 0 || width % patch !== 0 || sizeOf(pixels.shape) === 0) {
    throw new EditError("internal", `Expected pixel sides as multiples of ${patch}, got ${height}×${width}.`);
  }
  return [height / patch, width / patch];
}

function visionTransformer(
  config: VitConfig,
  weights: Safetensors,
  asked: readonly VitOutput[],
  target: GraphTarget,
) {
  const g = createGraph("the vision transformer", weights, target);
  const { hidden_size: width } = config;
  const pixels = g.input("pixels", ["batch", 3, "height", "width"]);
  const positions = g.input("positions", [1, "tokens", width]);
  const grid = g.node("Reshape", [g.input("grid", [1, 2], "int64"), g.ints([2])]);
  const { batch, last, final, query, key } = vitTrunk(g, config, { pixels, positions, prefix: "" });

  const builders: Record<VitOutput, () => Value> = {
    features: () => {
      const patches = g.node("Transpose", [afterClass(g, last, 1)], { perm: [0, 2, 1] });
      return g.node("Reshape", [
        patches,
        g.node("Concat", [dimensions(g, [batch, width]), grid], { axis: 0 }),
      ]);
    },
    attention: () => {
      const first = g.node("Slice", [query, g.ints([0]), g.ints([1]), g.ints([1])]); // [b, 1, width]
      const ofClass = attentionWeights(g, first, key, final); // [b, heads, 1, 1 + patches]
      const mean = g.node("ReduceMean", [afterClass(g, ofClass, 3), g.ints([1, 2])], { keepdims: 0 });
      return g.node("Reshape", [mean, g.node("Concat", [batch, grid], { axis: 0 })]);
    },
    lastHiddenState: () => last,
    attentions: () => attentionWeights(g, query, key, final),
  };
  for (const name of asked) g.output(name, builders[name]());
  return g.finish();
}

/** What follows the class token along `axis`. */
function afterClass(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node("Slice", [x, g.ints([1]), g.ints([Number.MAX_SAFE_INTEGER]), g.ints([axis])]);
}
