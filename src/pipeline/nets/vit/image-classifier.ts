import { z } from "zod";
import { EditError } from "../../../errors.ts";
import { only, readConfig } from "../config.ts";
import { createGraph } from "../graph/graph.ts";
import { linear } from "../graph/layers.ts";
import type { GraphTarget, NetworkModel, Runtime } from "../runtime.ts";
import { openWeights, type Safetensors } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { type VitConfig, vitConfigSchema, vitTokens, vitTrunk } from "./trunk.ts";

/** What a classifier makes of a batch of pictures. */
export interface Classification {
  /** `[b, labels]` */
  readonly logits: Tensor;
  /** `[b, labels]`, each row sums to 1. */
  readonly probabilities: Tensor;
}

/** A network that says which of its labels a picture has. */
export interface ImageClassifier extends AsyncDisposable {
  /** In the order of its outputs. */
  readonly labels: readonly string[];
  /** Side of the pictures that it takes, in pixels. */
  readonly imageSize: number;
  /**
   * Pixels `[b, 3, imageSize, imageSize]`, normalised as `preprocessor_config.json` says.
   * @throws EditError as `Session.run`
   */
  classify(pixels: Tensor): Promise<Classification>;
}

/**
 * Opens a ViTForImageClassification in the layout of Falconsai/nsfw_image_detection: a ViT under `vit.`, and one linear
 * layer on its class token. Pictures have the size that it was trained at.
 * @throws EditError as `loadTextEncoder`; `network-unsupported` where the labels are not numbered from 0
 */
export async function loadImageClassifier(options: {
  /** Holds `config.json` and `model.safetensors`. */
  readonly folder: string;
  readonly runtime: Runtime;
}): Promise<ImageClassifier> {
  const { folder, runtime } = options;
  const { labels, imageSize, graph } = await readClassifier(folder, runtime.target);
  const session = await runtime.open(graph);
  return {
    labels,
    imageSize,
    classify: async (pixels) => (await session.run({ pixels })) as unknown as Classification,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * Looks at a classifier's files in milliseconds: its configuration, and that all its tensors are there in their shapes. The
 * numbers in them are not read.
 * @throws EditError as `loadImageClassifier`, whatever opening it would meet before it runs
 */
export async function readClassifier(
  folder: string,
  target: GraphTarget = { floats: "float32", dialect: "fused" },
): Promise<{ readonly labels: readonly string[]; readonly imageSize: number; readonly graph: NetworkModel }> {
  const config = await readConfig(folder, configSchema);
  const labels = labelsOf(config, folder);
  const weights = await openWeights(folder, ["model.safetensors"]);
  return {
    labels,
    imageSize: config.image_size,
    graph: classifierGraph(config, labels.length, weights, target),
  };
}

const configSchema = vitConfigSchema.extend({
  id2label: z.record(z.string(), z.string()),
  problem_type: only("single_label_classification"),
});
type ClassifierConfig = z.infer<typeof configSchema>;

function labelsOf({ id2label }: ClassifierConfig, folder: string): readonly string[] {
  const count = Object.keys(id2label).length;
  const labels = Array.from({ length: count }, (_, index) => id2label[index]);
  if (count > 1 && labels.every((label) => label !== undefined)) return labels;
  throw new EditError(
    "network-unsupported",
    `Expected id2label of ${folder}/config.json to number two labels or more from 0, got ${JSON.stringify(id2label)}.`,
  );
}

function classifierGraph(
  config: VitConfig,
  labels: number,
  weights: Safetensors,
  target: GraphTarget,
): NetworkModel {
  const g = createGraph("the image classifier", weights, target);
  const { hidden_size: width, image_size: side } = config;
  const pixels = g.input("pixels", ["batch", 3, side, side]);
  const positions = g.weight("vit.embeddings.position_embeddings", [1, vitTokens(config), width]);
  const { last } = vitTrunk(g, config, { pixels, positions, prefix: "vit." });
  const classToken = g.node("Gather", [last, g.ints([0])], { axis: 1 }); // [b, 1, width]
  const rows = g.node("Reshape", [classToken, g.ints([-1, width])]);
  const logits = linear(g, rows, "classifier", { from: width, to: labels });
  g.output("logits", logits);
  g.output("probabilities", g.node("Softmax", [logits], { axis: -1 }));
  return g.finish();
}
