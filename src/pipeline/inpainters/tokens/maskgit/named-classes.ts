import type { Runtime } from "../../../nets/runtime.ts";
import { type AmusedFolders, openAmused } from "../amused/amused.ts";
import type { AmusedParts } from "../amused/parts.ts";
import { conditionsOf } from "../amused/predict.ts";
import { encodeTexts, repeatTexts, type TokenText } from "../amused/texts.ts";
import { nameOf } from "./classes.ts";
import type { MaskgitParts } from "./parts.ts";

/**
 * Opens the networks of an aMUSEd as those of a MaskGIT: a class is told by its name as a sentence, and no class by the empty one. So one
 * network paints both ways.
 * @throws EditError as `openAmused`
 */
export async function openNamedClasses(
  folders: AmusedFolders,
  classes: readonly string[],
  runtime: Runtime,
  hold: (network: AsyncDisposable) => void,
): Promise<Pick<MaskgitParts, "transformer" | "autoencoder">> {
  const parts = await openAmused(folders, runtime, hold);
  return { transformer: toldByNames(parts, classes), autoencoder: parts.autoencoder };
}

/** Texts are read once. */
function toldByNames(parts: AmusedParts, classes: readonly string[]): MaskgitParts["transformer"] {
  const { transformer, autoencoder } = parts;
  const texts = new Map<number, Promise<TokenText>>();
  function textOf(label: number): Promise<TokenText> {
    const line = classes[label];
    const prompt = line === undefined ? "" : `a ${nameOf(line)}`;
    const text =
      texts.get(label) ??
      encodeTexts(parts, { prompt, negative: "", guidance: 1 }).then((encoded) => encoded.prompt);
    texts.set(label, text);
    return text;
  }
  return {
    codebookSize: transformer.codebookSize,
    classes: classes.length,
    maskId: parts.scheduler.maskId,
    multiple: transformer.multiple,
    async run(ids, labels) {
      const [, height, width] = ids.shape;
      const { states, pooled } = repeatTexts(await Promise.all(labels.map(textOf)), 1);
      const pixels = { width: width * autoencoder.factor, height: height * autoencoder.factor };
      const microConditions = conditionsOf(labels.length, pixels);
      return await transformer.run({ ids, encoderHiddenStates: states, pooled, microConditions });
    },
    [Symbol.asyncDispose]: () => transformer[Symbol.asyncDispose](),
  };
}
