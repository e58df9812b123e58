import { pixelBytes, pixelTensor } from "../inpainters/pixels.ts";
import {
  decodeLatents,
  encodeLatents,
  requireFiniteLatents,
} from "../inpainters/stable-diffusion/latents.ts";
import type { StableDiffusionParts } from "../inpainters/stable-diffusion/parts.ts";
import { required } from "../nets/required.ts";
import { type Ids, sidesOf, type Tensor } from "../nets/tensor.ts";
import type { TextGradient } from "../nets/unet/text-gradient.ts";
import type { UnetInputs } from "../nets/unet/unet.ts";
import type { EditorPicture } from "./editor.ts";

/** The networks of a latent diffusion model that edits a whole picture. */
export type EditorParts = Pick<StableDiffusionParts, "texts" | "unet" | "autoencoder" | "scheduler">;

/** One row of a batch of the UNet. */
export interface Stream {
  /** `channels * height * width` numbers. */
  readonly latents: Float32Array;
  /** `[1, tokens, width]` */
  readonly text: Tensor;
  /** Latents of the picture, for a UNet that is shown them; zeros show it none. */
  readonly picture?: Float32Array;
}

/** A picture's latents and what the UNet says of them. */
export interface Streams {
  /** `[1, channels, height, width]`: the mean, times the scaling factor. */
  readonly clean: Tensor;
  /** Predictions of all rows in one batch, in order; by the UNet as it is, or as `run` has it. */
  predict(
    streams: readonly Stream[],
    timestep: number,
    run?: (inputs: UnetInputs) => Promise<Tensor>,
  ): Promise<Float32Array[]>;
  /** How the text of a row is to change for `factor` times its prediction to come nearer to `target`; see `Unet.textGradient`. */
  textGradient(
    stream: Stream,
    timestep: number,
    aim: { readonly factor: number; readonly target: Float32Array },
  ): Promise<TextGradient>;
  /** Latents as a picture's bytes. */
  decode(latents: Float32Array): Promise<Uint8Array>;
}

/**
 * Encodes a picture for a UNet of any of the layouts: 4 channels; 8, which is shown the picture's latents (InstructPix2Pix); 9, which
 * is shown a mask and what lies outside it: the whole picture is masked then.
 */
export async function openStreams(
  { unet, autoencoder }: Pick<EditorParts, "unet" | "autoencoder">,
  picture: EditorPicture,
): Promise<Streams> {
  const multiple = autoencoder.factor * unet.multiple;
  const image = pixelTensor([picture.rgb], picture, multiple);
  const clean = await encodeLatents(autoencoder, image, null);
  const [, channels, height, width] = sidesOf(clean, 4);
  const area = height * width;
  const isShownMask = unet.inChannels === 2 * channels + 1;
  const blank = isShownMask
    ? (await encodeLatents(autoencoder, { ...image, data: new Float32Array(image.data.length) }, null)).data
    : null;

  /** What stands behind the latents' channels of a row. */
  function shown({ picture: seen }: Stream): Float32Array {
    const data = new Float32Array((unet.inChannels - channels) * area);
    if (blank) {
      data.fill(1, 0, area);
      data.set(blank, area);
    } else if (data.length > 0)
      data.set(required(seen, "latents of the picture for a UNet that is shown them"));
    return data;
  }

  function inputsOf(streams: readonly Stream[], timestep: number): UnetInputs {
    const rowSize = unet.inChannels * area;
    const sample = new Float32Array(streams.length * rowSize);
    for (const [row, stream] of streams.entries()) {
      sample.set(stream.latents, row * rowSize);
      sample.set(shown(stream), row * rowSize + channels * area);
    }
    return {
      sample: { data: sample, shape: [streams.length, unet.inChannels, height, width] },
      timestep,
      encoderHiddenStates: stackTexts(streams.map(({ text }) => text)),
    };
  }

  return {
    clean,
    async predict(streams, timestep, run = unet.run) {
      const output = await run(inputsOf(streams, timestep));
      const size = channels * area;
      return streams.map((_, row) => output.data.slice(row * size, (row + 1) * size));
    },
    textGradient: (stream, timestep, { factor, target }) =>
      unet.textGradient(inputsOf([stream], timestep), {
        factor,
        target: { data: target, shape: [1, channels, height, width] },
      }),
    async decode(latents) {
      requireFiniteLatents(latents);
      const decoded = await decodeLatents(autoencoder, {
        data: latents,
        shape: [1, channels, height, width],
      });
      return required(pixelBytes(decoded, picture)[0], "a picture of the decoder");
    },
  };
}

/** Texts `[1, tokens, width]` of the same size as one batch. */
function stackTexts(texts: readonly Tensor[]): Tensor {
  const [, tokens, width] = sidesOf(required(texts[0], "a text"), 3);
  const data = new Float32Array(texts.length * tokens * width);
  for (const [row, text] of texts.entries()) data.set(text.data, row * tokens * width);
  return { data, shape: [texts.length, tokens, width] };
}

/** Numbers of rows, for a tap that takes rows of others. */
export function rowNumbers(numbers: readonly number[]): Ids {
  return { data: BigInt64Array.from(numbers, BigInt), shape: [numbers.length] };
}

/** `from` towards and beyond `to`, `scale` times as far. */
export function guided(from: Float32Array, to: Float32Array, scale: number): Float32Array {
  return from.map((value, i) => value + scale * ((to[i] as number) - value));
}
