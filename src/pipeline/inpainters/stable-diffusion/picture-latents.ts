import type { Autoencoder } from "../../nets/autoencoders/autoencoder.ts";
import { required } from "../../nets/required.ts";
import type { KnownLatents } from "../../nets/sampling/denoise.ts";
import { sizeOf, type Tensor } from "../../nets/tensor.ts";
import type { Frame } from "../inpainter.ts";
import { blankPixels, boxMask, latentMask, picturesPerRun, pixelTensor } from "../pixels.ts";
import { encodeLatents } from "./latents.ts";

/** What the UNet must know of a picture. */
export interface Needs {
  /** The picture with its box blank. */
  readonly masked: boolean;
  /** The whole picture. */
  readonly image: boolean;
}

/** Encodes frames once for each key, and remembers them as long as it lives. */
export interface PictureLatentsCache {
  /** Frames of one size, as a batch in order. */
  of(frames: readonly Frame[], needs: Needs): Promise<KnownLatents>;
}

interface Encoded {
  readonly mask: Float32Array;
  readonly masked: Float32Array | null;
  readonly image: Float32Array | null;
}

export function createPictureLatentsCache(autoencoder: Autoencoder): PictureLatentsCache {
  const cache = new Map<string, Encoded>();

  /** The distribution's mean: a sample would add noise to what is known. */
  async function encode(frames: readonly Frame[], needs: Needs): Promise<void> {
    const [size] = frames;
    if (!size) return;
    const pictures = frames.map(({ rgb }) => rgb);
    const image = pixelTensor(pictures, size, autoencoder.factor);
    const boxes = frames.map(({ box }) => box);
    const mask = boxMask(boxes, size, autoencoder.factor);
    const masks = rows(latentMask(mask, autoencoder.factor));
    const whole = needs.image ? rows(await encodeLatents(autoencoder, image, null)) : [];
    if (needs.masked) blankPixels(image, mask);
    const masked = needs.masked ? rows(await encodeLatents(autoencoder, image, null)) : [];
    for (const [index, { key }] of frames.entries()) {
      const known = cache.get(key);
      cache.set(key, {
        mask: required(masks[index], "a mask for each frame"),
        masked: masked[index] ?? known?.masked ?? null,
        image: whole[index] ?? known?.image ?? null,
      });
    }
  }

  return {
    async of(frames, needs) {
      const missing = new Map<string, Frame>();
      for (const frame of frames) {
        const known = cache.get(frame.key);
        const isKnown = known && (known.masked || !needs.masked) && (known.image || !needs.image);
        if (!isKnown) missing.set(frame.key, frame);
      }
      const unknown = [...missing.values()];
      const size = required(frames[0], "a frame to paint");
      const batch = picturesPerRun(size);
      for (let start = 0; start < unknown.length; start += batch) {
        await encode(unknown.slice(start, start + batch), needs);
      }
      const { factor, latentChannels } = autoencoder;
      const height = Math.ceil(size.height / factor);
      const width = Math.ceil(size.width / factor);
      const known = frames.map(({ key }) => required(cache.get(key), "latents of each frame"));
      const gather = (channels: number, pick: (encoded: Encoded) => Float32Array | null) =>
        stack(
          known.map((encoded) => required(pick(encoded), "latents of each frame")),
          [channels, height, width],
        );
      return {
        mask: gather(1, ({ mask }) => mask),
        masked: needs.masked ? gather(latentChannels, ({ masked }) => masked) : null,
        image: needs.image ? gather(latentChannels, ({ image }) => image) : null,
      };
    },
  };
}

/** Copies of a batch's items. */
function rows({ data, shape }: Tensor): Float32Array[] {
  const [count, ...item] = shape;
  const size = sizeOf(item);
  return Array.from({ length: required(count, "a batch") }, (_, row) =>
    data.slice(row * size, (row + 1) * size),
  );
}

function stack(items: readonly Float32Array[], shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  const data = new Float32Array(items.length * size);
  for (const [row, item] of items.entries()) data.set(item, row * size);
  return { data, shape: [items.length, ...shape] };
}
