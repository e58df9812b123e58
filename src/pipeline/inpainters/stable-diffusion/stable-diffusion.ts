import path from "node:path";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import { inpainterFoldersOf, type Pack } from "../../../packs/pack.ts";
import { type Autoencoder, loadAutoencoder } from "../../nets/autoencoder.ts";
import { batchBytesOn } from "../../nets/free-memory.ts";
import { type Lora, openLora } from "../../nets/lora/lora.ts";
import { required } from "../../nets/required.ts";
import type { Runtime } from "../../nets/runtime.ts";
import {
  createSampler,
  readSchedulerConfig,
  type SchedulerConfig,
} from "../../nets/sampling/create-sampler.ts";
import { denoise, firstStep, type TextStates } from "../../nets/sampling/denoise.ts";
import type { SamplerKind } from "../../nets/sampling/sampler.ts";
import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import { loadTextEncoder, type TextEncoder } from "../../nets/text-encoder.ts";
import { loadTinyAutoencoder, type TinyAutoencoder } from "../../nets/tiny-autoencoder.ts";
import { loadTokenizer, type Tokenizer } from "../../nets/tokenizer.ts";
import { loadUnet, type Unet } from "../../nets/unet/unet.ts";
import { createRandom } from "../../random.ts";
import type { Frame, Inpainter, Painting, PaintingRequest, PaintOptions } from "../inpainter.ts";
import { decodeLatents, picturesPerRun } from "./latents.ts";
import { createPictureLatentsCache } from "./picture-latents.ts";
import { type PixelSize, pixelBytes } from "./pixels.ts";

/** The parts of a Stable Diffusion. */
export interface StableDiffusionParts {
  readonly tokenizer: Tokenizer;
  readonly textEncoder: TextEncoder;
  /** With 9 input channels it is shown what is known; with 4, what is known is blended in after each step. */
  readonly unet: Unet;
  readonly autoencoder: Autoencoder;
  /** Decodes drafts; left out or `null` where they are decoded as results are. */
  readonly draftAutoencoder?: TinyAutoencoder | null;
  readonly scheduler: SchedulerConfig;
}

export interface StableDiffusionOptions {
  /** Side of the frames that the UNet was trained on, in pixels. */
  readonly side: number;
  /** Frames painted in one batch at most. */
  readonly batch: number;
  /** Bytes that a batch may take where the UNet runs, `null` where nobody knows: batches are made to fit. */
  readonly batchBytes?: number | null;
  /** Another sampler than the scheduler's own. */
  readonly sampler?: SamplerKind | undefined;
  /** Gives back what the parts hold, when the inpainter is disposed of. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/**
 * Loads the Stable Diffusion of a pack; disposing of the inpainter disposes of its networks.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-*`, and those of
 *   `Runtime.open`.
 */
export async function loadStableDiffusion(pack: Pack, runtime: Runtime): Promise<Inpainter> {
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
    const { draftAutoencoder: draft } = folders;
    const loras: Lora[] = [];
    for (const { path: file, scale } of described) loras.push(await openLora(at(file), scale));
    const parts: StableDiffusionParts = {
      tokenizer: await loadTokenizer(at(folders.tokenizer)),
      scheduler: await readSchedulerConfig(path.join(at(folders.scheduler), "scheduler_config.json")),
      textEncoder: hold(await loadTextEncoder({ folder: at(folders.textEncoder), runtime, loras })),
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
    return createStableDiffusion(parts, { ...painting, sampler, batchBytes, dispose });
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
  { tokenizer, textEncoder, unet }: Pick<StableDiffusionParts, "tokenizer" | "textEncoder" | "unet">,
  { prompt, negative, guidance }: Pick<PaintingRequest, "prompt" | "negative" | "guidance">,
): Promise<TextStates> {
  const isGuided = guidance !== 1 && unet.conditionWidth === null;
  const texts = isGuided ? [negative, prompt] : [prompt];
  const { ids } = tokenizer.encode(texts, textEncoder.positions);
  const { lastHiddenState: states } = await textEncoder.encode(ids);
  const [, tokens, width] = sidesOf(states, 3);
  const size = tokens * width;
  const stateAt = (row: number): Tensor => ({
    data: states.data.slice(row * size, (row + 1) * size),
    shape: [1, tokens, width],
  });
  return { negative: isGuided ? stateAt(0) : null, prompt: stateAt(texts.length - 1) };
}

function createPainting(
  parts: StableDiffusionParts,
  options: StableDiffusionOptions,
  request: PaintingRequest,
  text: TextStates,
): Painting {
  const { unet, autoencoder, draftAutoencoder } = parts;
  const known = createPictureLatentsCache(autoencoder);
  const isShownKnown = unet.inChannels > autoencoder.latentChannels;

  async function paintBatch(
    frames: readonly Frame[],
    { steps, quality, signal }: PaintOptions,
    onStep: () => void,
  ): Promise<Uint8Array[]> {
    const sampler = createSampler(parts.scheduler, { steps, kind: options.sampler });
    const start = firstStep(steps, request.strength);
    throwIfCancelled(signal);
    const latents = await known.of(frames, { masked: isShownKnown, image: !isShownKnown || start > 0 });
    const [, , height, width] = sidesOf(latents.mask, 4);
    const noiseFor = (purpose: string) =>
      createRandom(request.seed, `${purpose} ${width}x${height}`).gaussians(
        autoencoder.latentChannels * height * width,
      );
    const clean = await denoise({
      unet,
      sampler,
      guidance: request.guidance,
      text,
      known: latents,
      start,
      noise: { data: noiseFor("start"), shape: [1, autoencoder.latentChannels, height, width] },
      stepNoise: (index) => noiseFor(`step ${index}`),
      signal,
      onStep: (_latents, prediction) => prediction && onStep(),
    });
    if (!holdsFinites(clean.data)) {
      throw new EditError(
        "weights-corrupt",
        "Expected the UNet to give finite latents, got NaN or infinity.",
      );
    }
    const decoder = (quality === "draft" ? draftAutoencoder : null) ?? autoencoder;
    return decodeBatch(decoder, clean, required(frames[0], "a frame to paint"), signal);
  }

  async function decodeBatch(
    decoder: Pick<Autoencoder, "decode" | "scalingFactor">,
    { data, shape }: Tensor,
    size: PixelSize,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array[]> {
    const [first, ...item] = shape;
    const count = required(first, "latents of pictures");
    const itemSize = data.length / count;
    const most = picturesPerRun(size);
    const pictures: Uint8Array[] = [];
    for (let start = 0; start < count; start += most) {
      throwIfCancelled(signal);
      const end = Math.min(start + most, count);
      const rows = data.subarray(start * itemSize, end * itemSize);
      const decoded = await decodeLatents(decoder, { data: rows, shape: [end - start, ...item] });
      pictures.push(...pixelBytes(decoded, size));
    }
    return pictures;
  }

  function batchThatFits([frame]: readonly Frame[]): number {
    const { batch, batchBytes = null } = options;
    if (batchBytes === null || frame === undefined) return batch;
    const pixels = (frame.width * frame.height) / autoencoder.factor ** 2;
    const bytes = (text.negative ? 2 : 1) * pixels * unet.channels * bytesPerActivation;
    return Math.max(1, Math.min(batch, Math.floor(batchBytes / bytes)));
  }

  /** Where memory runs out, the frames are painted once more in two halves. `onStep` hears each step of the walk once. */
  async function paintWithRoom(
    frames: readonly Frame[],
    paintOptions: PaintOptions,
    onStep: () => void,
  ): Promise<Uint8Array[]> {
    let told = 0;
    const tell = () => {
      told += 1;
      onStep();
    };
    try {
      return await paintBatch(frames, paintOptions, tell);
    } catch (error) {
      if (!canTrySmaller(error, frames)) throw error;
    }
    const half = Math.ceil(frames.length / 2);
    const first = await paintBatch(frames.slice(0, half), paintOptions, () => {});
    let walked = 0;
    const second = await paintBatch(frames.slice(half), paintOptions, () => {
      walked += 1;
      if (walked > told) onStep();
    });
    return [...first, ...second];
  }

  return {
    async paint(frames, paintOptions) {
      const batches = intoBatches(frames, batchThatFits(frames));
      const { steps, onStep } = paintOptions;
      const { timesteps } = createSampler(parts.scheduler, { steps, kind: options.sampler });
      const walked = batches.length * (timesteps.length - firstStep(steps, request.strength));
      const painted: Uint8Array[] = [];
      let done = 0;
      for (const batch of batches) {
        const members = batch.map(({ frame }) => frame);
        const pictures = await paintWithRoom(members, paintOptions, () => onStep?.(++done, walked));
        for (const [row, rgb] of pictures.entries())
          painted[required(batch[row], "as many pictures as frames").index] = rgb;
      }
      return painted;
    },
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * Bytes that a UNet takes for each latent pixel and channel of its first block while it runs: Stable Diffusion 1.5 takes 0.27 GB
 * for a picture of 512 by 512 (docs/performance.md), in 32-bit floats.
 */
const bytesPerActivation = 205;

function canTrySmaller(error: unknown, frames: readonly Frame[]): boolean {
  return error instanceof EditError && error.code === "out-of-memory" && frames.length > 1;
}

function holdsFinites(values: Float32Array): boolean {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
}

/** Frames of one size share a batch; `index` is a frame's place in the whole. */
function intoBatches(frames: readonly Frame[], most: number): { frame: Frame; index: number }[][] {
  const open = new Map<string, { frame: Frame; index: number }[]>();
  const batches: { frame: Frame; index: number }[][] = [];
  for (const [index, frame] of frames.entries()) {
    const size = `${frame.width}x${frame.height}`;
    let batch = open.get(size);
    if (!batch || batch.length === most) {
      batch = [];
      batches.push(batch);
      open.set(size, batch);
    }
    batch.push({ frame, index });
  }
  return batches;
}
