import path from "node:path";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import { inpainterFoldersOf, type Pack } from "../../../packs/pack.ts";
import { type Autoencoder, loadAutoencoder } from "../../nets/autoencoders/autoencoder.ts";
import { loadTinyAutoencoder } from "../../nets/autoencoders/tiny-autoencoder.ts";
import { readConfig } from "../../nets/config.ts";
import { batchBytesOn } from "../../nets/free-memory.ts";
import { requireFamily } from "../../nets/lora/family.ts";
import { type Lora, openLora } from "../../nets/lora/lora.ts";
import { required } from "../../nets/required.ts";
import type { Runtime } from "../../nets/runtime.ts";
import { createSampler, readSchedulerConfig, withSpacing } from "../../nets/sampling/create-sampler.ts";
import type { TextState, TextStates } from "../../nets/sampling/denoise.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { unetConfigSchema } from "../../nets/unet/config.ts";
import { loadUnet } from "../../nets/unet/unet.ts";
import type { Inpainter, PaintingRequest } from "../inpainter.ts";
import { createPainting } from "./painting.ts";
import type { StableDiffusionOptions, StableDiffusionParts } from "./parts.ts";
import { loadTextReader } from "./texts.ts";

/** What paints boxes, and the networks that it does it with, for methods that edit the whole picture. */
export interface StableDiffusion extends Inpainter {
  readonly parts: StableDiffusionParts;
}

/**
 * Loads the Stable Diffusion of a pack; disposing of it disposes of its networks.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-*`, `lora-other-family`, and those of
 *   `Runtime.open`.
 */
export async function loadStableDiffusion(pack: Pack, runtime: Runtime): Promise<StableDiffusion> {
  const { painting, loras: described } = pack.manifest;
  const folders = inpainterFoldersOf(pack.manifest);
  const at = (folder: string) => path.join(pack.folder, folder);
  const opened: AsyncDisposable[] = [];
  const hold = <T extends AsyncDisposable>(network: T): T => {
    opened.push(network);
    return network;
  };
  const dispose = async () => {
    for (const network of opened.splice(0)) await network[Symbol.asyncDispose]();
  };
  try {
    const { draftAutoencoder: draft, second } = folders;
    const loras: Lora[] = [];
    for (const { path: file, scale } of described) loras.push(await openLora(at(file), scale));
    const config = await readConfig(at(folders.unet), unetConfigSchema);
    requireFamily(loras, { textWidth: config.cross_attention_dim, hasSecondEncoder: second !== null });
    const parts: StableDiffusionParts = {
      scheduler: withSpacing(
        await readSchedulerConfig(path.join(at(folders.scheduler), "scheduler_config.json")),
        painting.timestepSpacing,
      ),
      texts: hold(
        await loadTextReader({
          textEncoder: at(folders.textEncoder),
          tokenizer: at(folders.tokenizer),
          second: second && { textEncoder: at(second.textEncoder), tokenizer: at(second.tokenizer) },
          ...{ runtime, loras },
        }),
      ),
      unet: hold(await loadUnet({ ...painting, folder: at(folders.unet), runtime, loras })),
      autoencoder: hold(await loadAutoencoder({ folder: at(folders.autoencoder), runtime })),
      draftAutoencoder:
        draft === null ? null : hold(await loadTinyAutoencoder({ folder: at(draft), runtime })),
    };
    requireSameLatents(pack, parts);
    // A scheduler that cannot be followed is found now, not at the first painting.
    const sampler = painting.sampler ?? undefined;
    createSampler(parts.scheduler, { steps: 1, kind: sampler });
    // Once, before anything has run: what runs took is kept for the next, and would count as taken.
    const batchBytes = await batchBytesOn(runtime.device);
    return { ...createStableDiffusion(parts, { ...painting, sampler, batchBytes, dispose }), parts };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** @throws EditError `pack-invalid` where the draft autoencoder is made for other latents than the autoencoder. */
function requireSameLatents(
  { manifest }: Pack,
  { autoencoder, draftAutoencoder: draft }: StableDiffusionParts,
): void {
  const describe = ({ latentChannels, factor }: Pick<Autoencoder, "latentChannels" | "factor">): string =>
    `latents of ${latentChannels} channels, one for ${factor} pixels`;
  if (!draft || describe(draft) === describe(autoencoder)) return;
  throw new EditError(
    "pack-invalid",
    `Expected the draft autoencoder of pack ${manifest.name} to decode ${describe(autoencoder)}, got ${describe(draft)}.`,
  );
}

/** Latent-diffusion inpainting as diffusers' StableDiffusionInpaintPipeline does it, in batches of frames. */
export function createStableDiffusion(
  parts: StableDiffusionParts,
  options: StableDiffusionOptions,
): Inpainter {
  return {
    name: "stable-diffusion",
    side: options.side,
    draftSide: options.draftSide ?? options.side,
    multiple: parts.autoencoder.factor * parts.unet.multiple,
    async begin(request, signal) {
      throwIfCancelled(signal);
      const text = await encodePrompts(parts, request);
      return createPainting(parts, options, request, text);
    },
    [Symbol.asyncDispose]: async () => options.dispose?.(),
  };
}

/** The negative prompt costs nothing where nothing is guided, or guiding is the model's own. */
export async function encodePrompts(
  { texts, unet }: Pick<StableDiffusionParts, "texts" | "unet">,
  { prompt, negative, guidance }: Pick<PaintingRequest, "prompt" | "negative" | "guidance">,
): Promise<TextStates> {
  const isGuided = guidance !== 1 && unet.conditionWidth === null;
  const read = await texts.read(isGuided ? [negative, prompt] : [prompt]);
  const prompted = required(read.at(-1), "the states of the prompt");
  if (!isGuided) return { prompt: prompted, negative: null };
  const away = required(read[0], "the states of the negative prompt");
  // Stable Diffusion XL has learned without a text from zeros, not from an empty one.
  const isNothing = negative === "" && away.pooled !== null;
  return { prompt: prompted, negative: isNothing ? zerosLike(away) : away };
}

function zerosLike({ states, pooled }: TextState): TextState {
  const zeros = ({ data, shape }: Tensor): Tensor => ({ data: new Float32Array(data.length), shape });
  return { states: zeros(states), pooled: pooled && zeros(pooled) };
}
