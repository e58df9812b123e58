import { basename } from "node:path";
import { EditError } from "../../errors.ts";
import type { Rgb } from "../image/picture.ts";
import { loadPreprocessor, preprocess } from "../image/preprocess.ts";
import type { Runtime } from "../nets/runtime.ts";
import { loadImageClassifier, readClassifier } from "../nets/vit/image-classifier.ts";

/** A classifier that tells unsafe pictures, in whatever sense its labels have. */
export interface SafetyModel extends AsyncDisposable {
  /** Its folder's name, as results state it. */
  readonly name: string;
  /** How probable it is, 0 to 1, that a picture is unsafe. */
  inspect(picture: Rgb): Promise<number>;
}

export interface SafetyModelOptions {
  /** Holds `config.json`, `model.safetensors` and `preprocessor_config.json` of a ViTForImageClassification. */
  readonly folder: string;
  readonly runtime: Runtime;
}

/**
 * Opens a safety model. The probability of a picture is the sum over all labels that speak of something unsafe; whole
 * pictures are squeezed to the model's square, so that nothing at an edge is missed.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `weights-*`; `network-unsupported`, also where no label or each
 *   one is unsafe
 */
export async function loadSafetyModel({ folder, runtime }: SafetyModelOptions): Promise<SafetyModel> {
  const { labels } = await readClassifier(folder);
  const unsafe = unsafeIndices(labels, folder);
  const preprocessor = await loadPreprocessor(folder);
  const classifier = await loadImageClassifier({ folder, runtime });
  const square = { width: classifier.imageSize, height: classifier.imageSize };
  const squeezed = { ...preprocessor, resize: square, crop: null };
  return {
    name: basename(folder),
    async inspect(picture) {
      const { probabilities } = await classifier.classify(preprocess(picture, squeezed));
      const sum = unsafe.reduce((total, index) => total + (probabilities.data[index] ?? 0), 0);
      // Shares of a softmax may add up to a little more than all.
      return Math.min(1, sum);
    },
    [Symbol.asyncDispose]: () => classifier[Symbol.asyncDispose](),
  };
}

/**
 * Looks at a safety model's files without loading its weights, so that a wrong folder is told at the start.
 * @throws EditError as `loadSafetyModel`
 */
export async function checkSafetyModel(folder: string): Promise<void> {
  const { labels } = await readClassifier(folder);
  unsafeIndices(labels, folder);
  await loadPreprocessor(folder);
}

/** `nsfw`, `porn` and the like, and not `not_nsfw`. */
const unsafeLabel = /^(?!(?:no|not|non)[^a-z]).*(?:nsfw|porn|hentai|sexy|explicit|unsafe)/i;

function unsafeIndices(labels: readonly string[], folder: string): readonly number[] {
  const unsafe = labels.flatMap((label, index) => (unsafeLabel.test(label) ? [index] : []));
  if (unsafe.length > 0 && unsafe.length < labels.length) return unsafe;
  throw new EditError(
    "network-unsupported",
    `Expected some labels of ${folder} to say nsfw, porn, hentai, sexy, explicit or unsafe and others not, got ${labels.join(", ")}.`,
  );
}
