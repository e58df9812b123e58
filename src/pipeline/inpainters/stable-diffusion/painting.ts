import { throwIfCancelled } from "../../../errors.ts";
import type { Autoencoder } from "../../nets/autoencoders/autoencoder.ts";
import { required } from "../../nets/required.ts";
import { createSampler } from "../../nets/sampling/create-sampler.ts";
import { denoise, firstEntry, type KnownLatents, type TextStates } from "../../nets/sampling/denoise.ts";
import { sidesOf, type Tensor } from "../../nets/tensor.ts";
import { createRandom } from "../../random.ts";
import { batchThatFits, intoBatches, type PaintBatch, paintInBatches } from "../batches.ts";
import type { Frame, Painting, PaintingRequest, PaintOptions } from "../inpainter.ts";
import { type PixelSize, picturesPerRun, pixelBytes } from "../pixels.ts";
import { decodeLatents, requireFiniteLatents } from "./latents.ts";
import type { StableDiffusionOptions, StableDiffusionParts } from "./parts.ts";
import { createPictureLatentsCache } from "./picture-latents.ts";

/** The paintings of one edit, in batches of frames that fit the memory. */
export function createPainting(
  parts: StableDiffusionParts,
  options: StableDiffusionOptions,
  request: PaintingRequest,
  text: TextStates,
): Painting {
  const { unet, autoencoder, draftAutoencoder } = parts;
  const pictures = createPictureLatentsCache(autoencoder);
  const isShownKnown = unet.inChannels > autoencoder.latentChannels;

  /** 1. Encode what is known of the frames. 2. Denoise. 3. Decode. */
  function batchPainterFor({ steps, quality, signal }: PaintOptions): PaintBatch {
    const decoder = (quality === "draft" ? draftAutoencoder : null) ?? autoencoder;
    const samplerFor = () => createSampler(parts.scheduler, { steps, kind: options.sampler });
    const start = firstEntry(samplerFor(), steps, request.strength);
    return async (frames, onStep) => {
      throwIfCancelled(signal);
      const needs = { masked: isShownKnown, image: !isShownKnown || start > 0 };
      // What is large is coded by the autoencoder alone: both at once would take the memory of both.
      const isLarge = quality !== "draft";
      if (isLarge) await unet.rest();
      const known = await pictures.of(frames, needs);
      const clean = await denoise({
        unet,
        sampler: samplerFor(),
        guidance: request.guidance,
        text,
        factor: autoencoder.factor,
        known,
        start,
        ...noiseFor(known, autoencoder.latentChannels, request.seed),
        signal,
        onStep: (_latents, prediction) => prediction && onStep(),
      });
      requireFiniteLatents(clean.data);
      if (isLarge) await unet.rest();
      return decodeBatch(decoder, clean, required(frames[0], "a frame to paint"), signal);
    };
  }

  function batchSizeFor([frame]: readonly Frame[]): number {
    const { batch, batchBytes = null } = options;
    if (batchBytes === null || frame === undefined) return batch;
    const latents = (frame.width * frame.height) / autoencoder.factor ** 2;
    const pixels = (text.negative ? 2 : 1) * latents;
    return batchThatFits(batchBytes, { most: batch, pixels, channels: unet.channels });
  }

  return {
    async paint(frames, paintOptions) {
      const { steps, onStep } = paintOptions;
      const batches = intoBatches(frames, batchSizeFor(frames));
      const sampler = createSampler(parts.scheduler, { steps, kind: options.sampler });
      let done = 0;
      const all = batches.length * (sampler.timesteps.length - firstEntry(sampler, steps, request.strength));
      return paintInBatches(batchPainterFor(paintOptions), batches, () => onStep?.(++done, all));
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** One noise for each edit, size and step: the whole batch shares it, so that losses compare boxes and not luck. */
function noiseFor({ mask }: KnownLatents, channels: number, seed: number) {
  const [, , height, width] = sidesOf(mask, 4);
  const drawn = (purpose: string) =>
    createRandom(seed, `${purpose} ${width}x${height}`).gaussians(channels * height * width);
  return {
    noise: { data: drawn("start"), shape: [1, channels, height, width] },
    stepNoise: (index: number) => drawn(`step ${index}`),
  };
}

/** As many pictures at once as the autoencoder is given in one run. */
async function decodeBatch(
  decoder: Pick<Autoencoder, "decode" | "scalingFactor">,
  latents: Tensor,
  size: PixelSize,
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  const [count, ...item] = sidesOf(latents, 4);
  const itemSize = latents.data.length / count;
  const most = picturesPerRun(size);
  const pictures: Uint8Array[] = [];
  for (let start = 0; start < count; start += most) {
    throwIfCancelled(signal);
    const end = Math.min(start + most, count);
    const rows = latents.data.subarray(start * itemSize, end * itemSize);
    const decoded = await decodeLatents(decoder, { data: rows, shape: [end - start, ...item] });
    pictures.push(...pixelBytes(decoded, size));
  }
  return pictures;
}
