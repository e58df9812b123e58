import path from "node:path";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../../../errors.ts";
import { type Pack, tokenFoldersOf } from "../../../../packs/pack.ts";
import { loadVqAutoencoder } from "../../../nets/autoencoders/vq-autoencoder.ts";
import type { Runtime } from "../../../nets/runtime.ts";
import { readSchedulerConfig } from "../../../nets/sampling/create-sampler.ts";
import { maskingSchedules } from "../../../nets/sampling/tokens/masked-tokens.ts";
import { loadTextEncoder } from "../../../nets/text-encoder.ts";
import { loadTokenizer } from "../../../nets/tokenizer.ts";
import { loadUvit } from "../../../nets/uvit/uvit.ts";
import type { Inpainter } from "../../inpainter.ts";
import { createTokenPainting, type TokenBatch } from "../painting.ts";
import type { AmusedOptions, AmusedParts, TokenScheduler } from "./parts.ts";
import { createPredictor } from "./predict.ts";
import { encodeTexts } from "./texts.ts";

/**
 * Loads the aMUSEd of a pack; disposing of the inpainter disposes of its networks.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-*`, and those of
 *   `Runtime.open`.
 */
export async function loadAmused(pack: Pack, runtime: Runtime): Promise<Inpainter> {
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const network of opened.splice(0)) await network[Symbol.asyncDispose]();
  };
  try {
    const parts = await openAmused(amusedFoldersOf(pack), runtime, (network) => opened.push(network));
    return createAmused(parts, { ...pack.manifest.painting, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Paths of an aMUSEd's folders, as amused/amused-256 lays them out. */
export interface AmusedFolders {
  readonly transformer: string;
  readonly autoencoder: string;
  readonly textEncoder: string;
  readonly tokenizer: string;
  readonly scheduler: string;
}

/** @throws EditError `pack-invalid` where the pack lacks a part */
export function amusedFoldersOf({ manifest, folder }: Pack): AmusedFolders {
  const { transformer, autoencoder, textEncoder, tokenizer, scheduler } = tokenFoldersOf(manifest);
  const at = (inner: string) => path.join(folder, inner);
  return {
    ...{ transformer: at(transformer), autoencoder: at(autoencoder), textEncoder: at(textEncoder) },
    ...{ tokenizer: at(tokenizer), scheduler: at(scheduler) },
  };
}

/** Opens the networks; `hold` is given each as it stands, to be disposed of. */
export async function openAmused(
  folders: AmusedFolders,
  runtime: Runtime,
  hold: (network: AsyncDisposable) => void,
): Promise<AmusedParts> {
  const held = <T extends AsyncDisposable>(network: T): T => {
    hold(network);
    return network;
  };
  const textEncoder = await loadTextEncoder({
    folder: folders.textEncoder,
    runtime,
    outputs: ["penultimate", "embeds"],
  });
  const parts: AmusedParts = {
    tokenizer: await loadTokenizer(folders.tokenizer),
    scheduler: await readTokenScheduler(folders.scheduler),
    textEncoder: held(textEncoder),
    transformer: held(await loadUvit({ folder: folders.transformer, runtime })),
    autoencoder: held(await loadVqAutoencoder({ folder: folders.autoencoder, runtime })),
  };
  requireSameTokens(parts, folders);
  return parts;
}

const schedulerSchema = z.object({
  mask_token_id: z.int().nonnegative(),
  masking_schedule: z.enum(maskingSchedules).default("cosine"),
});

/** @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported` */
export async function readTokenScheduler(folder: string): Promise<TokenScheduler> {
  const file = path.join(folder, "scheduler_config.json");
  const parsed = schedulerSchema.safeParse(await readSchedulerConfig(file));
  if (parsed.success) return { maskId: parsed.data.mask_token_id, schedule: inpaintingSchedule };
  throw new EditError(
    "network-unsupported",
    `Expected the scheduler of a masked transformer in ${file}, got ${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}.`,
  );
}

/** diffusers' AmusedInpaintPipeline masks evenly, whatever the file says. */
const inpaintingSchedule = "linear";

/** @throws EditError `pack-invalid` where the networks are made for different tokens or texts. */
function requireSameTokens(
  { transformer, autoencoder, scheduler, textEncoder }: AmusedParts,
  folders: AmusedFolders,
): void {
  const unfit = (expected: string, got: number) =>
    new EditError("pack-invalid", `Expected ${expected}, got ${got}.`);
  const { codebookSize, vocabulary, statesWidth } = transformer;
  if (autoencoder.entries !== codebookSize)
    throw unfit(
      `codebook_size of ${folders.transformer} to be num_vq_embeddings of ${folders.autoencoder}, ${autoencoder.entries}`,
      codebookSize,
    );
  if (scheduler.maskId < codebookSize || scheduler.maskId >= vocabulary)
    throw unfit(
      `mask_token_id of ${folders.scheduler} to be an id from ${codebookSize} to ${vocabulary - 1}, behind the codebook`,
      scheduler.maskId,
    );
  if (textEncoder.width !== statesWidth)
    throw unfit(
      `encoder_hidden_size of ${folders.transformer} to be hidden_size of the text encoder, ${textEncoder.width}`,
      statesWidth,
    );
}

/** Of the noise on confidences at the first step, as aMUSEd's pipelines have it. */
const temperature = 2;

/** Masked-token inpainting as diffusers' AmusedInpaintPipeline does it, in batches of frames. */
export function createAmused(parts: AmusedParts, options: AmusedOptions): Inpainter {
  const { autoencoder, transformer, scheduler } = parts;
  // Pixels of a token, and of the smallest grid that the transformer halves evenly.
  const multiple = autoencoder.factor * transformer.multiple;
  return {
    name: "amused",
    side: options.side,
    multiple,
    async begin(request, signal) {
      throwIfCancelled(signal);
      const texts = await encodeTexts(parts, request);
      const { guidance } = request;
      const model = {
        ...{ autoencoder, multiple, ...scheduler, temperature },
        predictorFor: (batch: TokenBatch) => createPredictor(parts, { texts, guidance, ...batch }),
      };
      return createTokenPainting(model, options, request);
    },
    [Symbol.asyncDispose]: async () => options.dispose?.(),
  };
}
