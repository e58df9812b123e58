import path from "node:path";
import { EditError, throwIfCancelled } from "../../../../errors.ts";
import { classFoldersOf, type Pack, type PackManifest } from "../../../../packs/pack.ts";
import { linesOf, readTextFile } from "../../../../packs/text-file.ts";
import { loadVqgan } from "../../../nets/autoencoders/vqgan.ts";
import { loadMaskgit } from "../../../nets/maskgit/maskgit.ts";
import type { Runtime } from "../../../nets/runtime.ts";
import type { Inpainter } from "../../inpainter.ts";
import { type AmusedFolders, amusedFoldersOf } from "../amused/amused.ts";
import { createTokenPainting, type TokenBatch } from "../painting.ts";
import { createClassMatcher } from "./classes.ts";
import { openNamedClasses } from "./named-classes.ts";
import type { ClassReader, MaskgitOptions, MaskgitParts } from "./parts.ts";
import { createClassPredictor } from "./predict.ts";

/** Of the noise on confidences at the first step, as https://github.com/valeoai/Halton-MaskGIT has it. */
const temperature = 4.5;

/**
 * Loads the MaskGIT of a pack; disposing of the inpainter disposes of its networks, not of the reader.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-*`, and those of `Runtime.open`.
 */
export async function loadMaskgitInpainter(
  pack: Pack,
  runtime: Runtime,
  reader: ClassReader,
): Promise<Inpainter> {
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const network of opened.splice(0)) await network[Symbol.asyncDispose]();
  };
  try {
    const { transformer, autoencoder, classes, threshold } = classFoldersOf(pack.manifest);
    const at = (folder: string) => path.join(pack.folder, folder);
    const folders = { transformer: at(transformer), autoencoder: at(autoencoder), classes: at(classes) };
    const hold = (network: AsyncDisposable) => opened.push(network);
    const networks = readsNames(pack.manifest)
      ? await openNamed(amusedFoldersOf(pack), folders.classes, runtime, hold)
      : await openMaskgit(folders, runtime, hold);
    return createMaskgit({ ...networks, reader }, { ...pack.manifest.painting, threshold, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Whether a pack's classes are told to a text encoder, as names. */
export function readsNames({ networks }: Pick<PackManifest, "networks">): boolean {
  return networks.textEncoder !== null;
}

async function openNamed(
  folders: AmusedFolders,
  file: string,
  runtime: Runtime,
  hold: (network: AsyncDisposable) => void,
): Promise<Omit<MaskgitParts, "reader">> {
  const classes = await readClasses(file);
  return { ...(await openNamedClasses(folders, classes, runtime, hold)), classes };
}

/** Paths of a MaskGIT's folders, and of its classes. */
export interface MaskgitFolders {
  readonly transformer: string;
  readonly autoencoder: string;
  /** A text file with a class a line, in the order of their labels. */
  readonly classes: string;
}

/** Opens the networks; `hold` is given each as it stands, to be disposed of. */
export async function openMaskgit(
  folders: MaskgitFolders,
  runtime: Runtime,
  hold: (network: AsyncDisposable) => void,
): Promise<Omit<MaskgitParts, "reader">> {
  const held = <T extends AsyncDisposable>(network: T): T => {
    hold(network);
    return network;
  };
  const classes = await readClasses(folders.classes);
  const network = held(await loadMaskgit({ folder: folders.transformer, runtime }));
  const transformer = { ...network, maskId: network.codebookSize, multiple: 1 };
  const autoencoder = held(await loadVqgan({ folder: folders.autoencoder, runtime }));
  if (classes.length !== transformer.classes)
    throw unfit(`${transformer.classes} lines in ${folders.classes}, a class each`, classes.length);
  if (autoencoder.entries !== transformer.codebookSize)
    throw unfit(
      `codebook_size of ${folders.transformer} to be that of ${folders.autoencoder}, ${autoencoder.entries}`,
      transformer.codebookSize,
    );
  return { transformer, autoencoder, classes };
}

/** @throws EditError `pack-file-missing`, `pack-invalid` */
export async function readClasses(file: string): Promise<string[]> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new EditError("pack-file-missing", `Expected the classes ${file}, got ${cause}.`, { cause });
  });
  const lines = linesOf(text.trimEnd()).map((line) => line.trim());
  const empty = lines.indexOf("");
  if (empty === -1) return lines;
  throw new EditError(
    "pack-invalid",
    `Expected a class in each line of ${file}, in the order of their labels, got an empty line ${empty + 1}.`,
  );
}

function unfit(expected: string, got: number): EditError {
  return new EditError("pack-invalid", `Expected ${expected}, got ${got}.`);
}

/** Paints the class that a prompt is most like by confidence decoding (https://arxiv.org/abs/2202.04200), in batches of frames. */
export function createMaskgit(parts: MaskgitParts, options: MaskgitOptions): Inpainter {
  const { autoencoder, transformer, classes, reader } = parts;
  const { threshold } = options;
  const matcher = createClassMatcher(reader, { classes, threshold });
  const multiple = autoencoder.factor * transformer.multiple;
  return {
    name: "maskgit",
    side: options.side,
    multiple,
    async begin(request, signal) {
      throwIfCancelled(signal);
      const { guidance, negative } = request;
      const { label, ...painted } = await matcher.match(request.prompt);
      const avoided = guidance === 1 || negative === "" ? null : await matcher.find(negative);
      const away = avoided?.label ?? transformer.classes;
      const model = {
        ...{ autoencoder, multiple, maskId: transformer.maskId, temperature },
        schedule: "cosine" as const,
        predictorFor: (batch: TokenBatch) => createClassPredictor(parts, { label, away, guidance, ...batch }),
      };
      return { ...createTokenPainting(model, options, request), painted };
    },
    [Symbol.asyncDispose]: async () => options.dispose?.(),
  };
}
