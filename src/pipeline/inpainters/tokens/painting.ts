import { throwIfCancelled } from "../../../errors.ts";
import type { CodebookIds, VqAutoencoder } from "../../nets/autoencoders/vq-autoencoder.ts";
import { required } from "../../nets/required.ts";
import { firstStep } from "../../nets/sampling/denoise.ts";
import { type DecodeTokensOptions, decodeTokens } from "../../nets/sampling/tokens/decode-tokens.ts";
import { seededDraws } from "../../nets/sampling/tokens/draws.ts";
import type { MaskingSchedule } from "../../nets/sampling/tokens/masked-tokens.ts";
import type { Tensor } from "../../nets/tensor.ts";
import { intoBatches, type PaintBatch, paintInBatches } from "../batches.ts";
import type { Frame, Painting, PaintingRequest, PaintOptions } from "../inpainter.ts";
import { boxMask, latentMask, picturesPerRun, pixelBytes, pixelTensor } from "../pixels.ts";

/** A frame as tokens, before anything is painted. */
interface TokenFrame {
  readonly grid: readonly number[];
  readonly height: number;
  readonly width: number;
}

/** What paints tokens, whatever it is told by. */
export interface TokenModel {
  readonly autoencoder: VqAutoencoder;
  /** Sides of frames are filled up to a multiple of this, in pixels. */
  readonly multiple: number;
  /** Id of a masked token. */
  readonly maskId: number;
  readonly schedule: MaskingSchedule;
  /** Of the noise on confidences at the first step. */
  readonly temperature: number;
  /** Says what the masked tokens of a batch may be, guided: as `DecodeTokensOptions.predict`. */
  predictorFor(batch: TokenBatch): DecodeTokensOptions["predict"];
}

/** Grids of one size, and what is done with them. */
export interface TokenBatch {
  readonly count: number;
  /** Of a grid, in tokens. */
  readonly height: number;
  readonly width: number;
  /** Of what the grid shows. */
  readonly pixels: { readonly width: number; readonly height: number };
  /** Of the whole schedule. */
  readonly steps: number;
}

/** The paintings of one edit: every token that the box touches is painted anew, the others are given. */
export function createTokenPainting(
  model: TokenModel,
  options: { readonly batch: number },
  request: Pick<PaintingRequest, "strength" | "seed">,
): Painting {
  const { autoencoder, multiple, maskId, schedule, temperature } = model;
  const encoded = new Map<string, TokenFrame>();

  async function encode(frames: readonly Frame[]): Promise<void> {
    const [size] = frames;
    if (!size) return;
    const image = pixelTensor(
      frames.map(({ rgb }) => rgb),
      size,
      multiple,
    );
    const { ids } = await autoencoder.encode(mapped(image, (value) => value / 2 + 0.5));
    const [, height, width] = ids.shape;
    const mask = latentMask(
      boxMask(
        frames.map(({ box }) => box),
        size,
        autoencoder.factor,
        multiple,
      ),
      autoencoder.factor,
    );
    const tokens = height * width;
    for (const [index, { key }] of frames.entries()) {
      const at = (token: number) => index * tokens + token;
      const grid = Array.from({ length: tokens }, (_, token) =>
        mask.data[at(token)] === 1 ? maskId : Number(ids.data[at(token)]),
      );
      encoded.set(key, { grid, height, width });
    }
  }

  async function tokensOf(frames: readonly Frame[]): Promise<TokenFrame[]> {
    const missing = frames.filter(({ key }) => !encoded.has(key));
    const unknown = [...new Map(missing.map((frame) => [frame.key, frame])).values()];
    const most = picturesPerRun(required(frames[0], "a frame to paint"));
    for (let start = 0; start < unknown.length; start += most)
      await encode(unknown.slice(start, start + most));
    return frames.map(({ key }) => required(encoded.get(key), "tokens of each frame"));
  }

  /** 1. Encode. 2. Paint the masked tokens. 3. Decode. */
  function batchPainterFor({ steps, signal }: PaintOptions): PaintBatch {
    return async (frames, onStep) => {
      throwIfCancelled(signal);
      const known = await tokensOf(frames);
      const { height, width } = required(known[0], "a frame to paint");
      const sides = { count: frames.length, height, width };
      const pixels = { width: width * autoencoder.factor, height: height * autoencoder.factor };
      const painted = await decodeTokens({
        ...{ maskId, schedule, steps, signal, temperature },
        grids: known.map(({ grid }) => grid),
        start: firstStep(steps, request.strength),
        predict: model.predictorFor({ ...sides, pixels, steps }),
        draws: (step) => seededDraws(request.seed, step, `${width}x${height}`),
        onStep: () => onStep(),
      });
      return decode(painted, sides, required(frames[0], "a frame to paint"), signal);
    };
  }

  async function decode(
    grids: readonly (readonly number[])[],
    { height, width }: Pick<TokenFrame, "height" | "width">,
    size: Frame,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array[]> {
    const most = picturesPerRun(size);
    const pictures: Uint8Array[] = [];
    for (let start = 0; start < grids.length; start += most) {
      throwIfCancelled(signal);
      const rows = grids.slice(start, start + most);
      const data = BigInt64Array.from(rows.flat(), BigInt);
      const ids: CodebookIds = { data, shape: [rows.length, height, width] };
      const image = await autoencoder.decode(ids);
      pictures.push(
        ...pixelBytes(
          mapped(image, (value) => 2 * value - 1),
          size,
        ),
      );
    }
    return pictures;
  }

  return {
    async paint(frames, paintOptions) {
      const { steps, onStep } = paintOptions;
      const batches = intoBatches(frames, options.batch);
      let done = 0;
      const all = batches.length * (steps - firstStep(steps, request.strength));
      return paintInBatches(batchPainterFor(paintOptions), batches, () => onStep?.(++done, all));
    },
    async [Symbol.asyncDispose]() {},
  };
}

function mapped({ data, shape }: Tensor, change: (value: number) => number): Tensor {
  return { data: data.map(change), shape };
}
