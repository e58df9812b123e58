import { setImmediate as nextTurn } from "node:timers/promises";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import { required } from "../required.ts";
import { sidesOf, sizeOf, type Tensor } from "../tensor.ts";
import { timeIds } from "../unet/config.ts";
import type { AddedInputs, ReusedFeatures, Unet } from "../unet/unet.ts";
import { guidanceEmbedding } from "./guidance-embedding.ts";
import { valueAt } from "./noise-schedule.ts";
import { entryOfStep, type Sampler } from "./sampler.ts";

/** What the denoiser is told of the prompts. */
export interface TextStates {
  readonly prompt: TextState;
  /** `null` where nothing is guided away from. */
  readonly negative: TextState | null;
}

/** What it is told of one of them. */
export interface TextState {
  /** `[1, tokens, width]` */
  readonly states: Tensor;
  /** The whole text in one row, `[1, width]`; `null` of models that take none. */
  readonly pooled: Tensor | null;
}

/** What is known of the pictures, scaled as the UNet expects it. `n` is the batch. */
export interface KnownLatents {
  /** 1 where the picture is repainted: `[n, 1, h, w]`. */
  readonly mask: Tensor;
  /** The picture with its masked part blank, `[n, c, h, w]`; what a UNet of 9 channels is shown. */
  readonly masked: Tensor | null;
  /** The whole picture, `[n, c, h, w]`; what a sampling that does not start from noise alone, or blends, needs. */
  readonly image: Tensor | null;
}

export interface DenoiseOptions {
  readonly unet: Pick<Unet, "inChannels" | "conditionWidth" | "added" | "run">;
  /** A new one. */
  readonly sampler: Sampler;
  /** Classifier-free guidance scale; 1 spares the negative half of the batch. */
  readonly guidance: number;
  readonly text: TextStates;
  /** Pixels per latent along each side; needed by a UNet that is told the picture's size. */
  readonly factor?: number;
  readonly known: KnownLatents;
  /** Entries of `timesteps` left out at the schedule's noisy end, see `firstEntry`; 0 starts from noise alone. */
  readonly start: number;
  /** Standard normal, `[1 or n, c, h, w]`; the whole batch shares one. */
  readonly noise: Tensor;
  /** Standard normal for a step that draws noise, in the shape of `noise`. */
  readonly stepNoise: (index: number) => Float32Array;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called before the first step without a prediction, then after each step with the guided prediction and the
   * latents, blended where they are. Both arrays are used again by the next step.
   */
  readonly onStep?: ((latents: Float32Array, prediction: Float32Array | null) => void) | undefined;
}

/** The first step that is taken: all but the last floor(steps x strength), of which there is at least one. */
export function firstStep(steps: number, strength: number): number {
  return steps - Math.max(1, Math.min(Math.floor(steps * strength), steps));
}

/** The entry of a sampler's `timesteps` that this step begins at. */
export function firstEntry(sampler: Sampler, steps: number, strength: number): number {
  return entryOfStep(sampler, firstStep(steps, strength));
}

/**
 * Samples latents from noise to a picture, as diffusers' inpainting pipeline does: a UNet of 9 channels sees mask and
 * masked picture at each step; after each step of one with 4 channels, what is known is blended in with the noise
 * of the next timestep. Between steps the event loop takes its turn.
 *
 * @returns the clean latents `[n, c, h, w]`.
 * @throws EditError `cancelled` between steps, `network-unsupported`, and those of `Unet.run`.
 */
export async function denoise(options: DenoiseOptions): Promise<Tensor> {
  const { unet, sampler, known, noise, start, signal, onStep } = options;
  const [count, , height, width] = sidesOf(known.mask, 4);
  const [, channels] = sidesOf(noise, 4);
  const shape = [count, channels, height, width] as const;
  const latents = startingLatents(options, shape);
  onStep?.(latents, null);

  const predict = createPredictor(options, shape);
  const isShownKnown = unet.inChannels > channels;
  const stepNoise = new Float32Array(latents.length);
  const blended = new Float32Array(latents.length);
  for (let index = start; index < sampler.timesteps.length; index++) {
    throwIfCancelled(signal);
    const prediction = await predict(latents, index);
    if (sampler.drawsNoise(index)) repeat(options.stepNoise(index), stepNoise);
    sampler.step(index, prediction, latents, stepNoise);
    if (!isShownKnown && known.image) {
      const isLast = index === sampler.timesteps.length - 1;
      if (isLast) blended.set(known.image.data);
      else sampler.addNoise(known.image.data, noise.data, index + 1, blended);
      blend(latents, blended, known.mask);
    }
    onStep?.(latents, prediction);
    await nextTurn();
  }
  return { data: latents, shape };
}

/** Noise at its full strength, or the picture with as much of it as the first step expects. */
function startingLatents({ sampler, known, noise, start }: DenoiseOptions, shape: LatentShape): Float32Array {
  const latents = new Float32Array(sizeOf(shape));
  if (start > 0) {
    const image = required(known.image, "latents of the whole picture where the strength is below 1");
    sampler.addNoise(image.data, noise.data, start, latents);
    return latents;
  }
  repeat(noise.data, latents);
  if (sampler.initNoiseSigma !== 1) {
    for (let i = 0; i < latents.length; i++) latents[i] = (latents[i] as number) * sampler.initNoiseSigma;
  }
  return latents;
}

/** Batch, channels, height and width of the latents. */
type LatentShape = readonly [number, number, number, number];

type Predictor = (latents: Float32Array, index: number) => Promise<Float32Array>;

/** Runs the UNet on both halves of guidance in one batch. What does not change is written once, here. */
function createPredictor(options: DenoiseOptions, shape: LatentShape): Predictor {
  const { unet, sampler, guidance, text, known } = options;
  const [count, channels, height, width] = shape;
  const area = height * width;
  const conditionWidth = unet.conditionWidth;
  // A model that takes its guidance as an input has learned what guiding would give.
  const isGuided = guidance !== 1 && conditionWidth === null;
  const negative = isGuided
    ? required(text.negative, "text states of the negative prompt where guidance is not 1")
    : null;
  const rows = negative ? 2 * count : count;
  const input = new Float32Array(rows * unet.inChannels * area);
  if (unet.inChannels !== channels) writeKnown(known, unet.inChannels, channels, area, rows, input);
  const told = negative ? [negative, text.prompt] : [text.prompt];
  const encoderHiddenStates = repeatStates(
    told.map(({ states }) => states),
    count,
  );
  const added = unet.added === null ? undefined : addedInputs(told, options, shape);
  const timestepCond =
    conditionWidth === null
      ? undefined
      : guidanceEmbedding(new Array<number>(count).fill(guidance - 1), conditionWidth);
  const prediction = new Float32Array(count * channels * area);
  const reused: ReusedFeatures = { steps: 0, deep: null };

  return async (latents, index) => {
    const scale = sampler.inputScale(index);
    const itemSize = channels * area;
    for (let row = 0; row < rows; row++) {
      const from = (row % count) * itemSize;
      const item = latents.subarray(from, from + itemSize);
      writeScaled(item, scale, input, row * unet.inChannels * area);
    }
    const output = await unet.run({
      sample: { data: input, shape: [rows, unet.inChannels, height, width] },
      timestep: valueAt(sampler.timesteps, index),
      encoderHiddenStates,
      timestepCond,
      added,
      reused,
    });
    if (output.data.length !== rows * itemSize) {
      throw new EditError(
        "internal",
        `Expected a prediction of the shape [${[rows, channels, height, width].join(", ")}], got [${output.shape.join(", ")}].`,
      );
    }
    if (!negative) return output.data;
    guide(output.data, guidance, prediction);
    return prediction;
  };
}

function writeScaled(values: Float32Array, scale: number, out: Float32Array, start: number): void {
  out.set(values, start);
  if (scale === 1) return;
  for (let i = start; i < start + values.length; i++) out[i] = (out[i] as number) * scale;
}

/** From the negative prompt's half towards and beyond the prompt's. */
export function guide(halves: Float32Array, guidance: number, out: Float32Array): void {
  const half = out.length;
  for (let i = 0; i < half; i++) {
    const away = halves[i] as number;
    out[i] = away + guidance * ((halves[half + i] as number) - away);
  }
}

/** Mask and masked picture behind the latents' channels of each row. */
function writeKnown(
  { mask, masked }: KnownLatents,
  inChannels: number,
  channels: number,
  area: number,
  rows: number,
  input: Float32Array,
): void {
  if (inChannels !== 2 * channels + 1) {
    throw new EditError(
      "network-unsupported",
      `Expected a UNet of ${channels} or ${2 * channels + 1} input channels for latents of ${channels}, got ${inChannels}.`,
    );
  }
  const { data: maskedData } = required(
    masked,
    "latents of the masked picture for a UNet that is shown them",
  );
  const [count] = sidesOf(mask, 4);
  for (let row = 0; row < rows; row++) {
    const item = row % count;
    const at = (row * inChannels + channels) * area;
    input.set(mask.data.subarray(item * area, (item + 1) * area), at);
    input.set(maskedData.subarray(item * channels * area, (item + 1) * channels * area), at + area);
  }
}

/**
 * What Stable Diffusion XL is told beside the states. The picture counts as one of its own size, nothing of which was cut off: what
 * diffusers says where nothing else is asked for.
 */
function addedInputs(
  told: readonly TextState[],
  { factor }: DenoiseOptions,
  [count, , height, width]: LatentShape,
): AddedInputs {
  const scale = required(factor, "the pixels of a latent");
  const [tall, wide] = [height * scale, width * scale];
  const ids = { data: Float32Array.of(tall, wide, 0, 0, tall, wide), shape: [1, timeIds] };
  const pooled = told.map((text) => required(text.pooled, "a text in one row"));
  return { pooled: repeatStates(pooled, count), timeIds: repeatStates([ids], told.length * count) };
}

/** `[states x count, ...rest]`, each state's rows together. */
function repeatStates(states: readonly Tensor[], count: number): Tensor {
  const [, ...rest] = required(states[0], "a text's states").shape;
  const size = sizeOf(rest);
  const data = new Float32Array(states.length * count * size);
  for (const [index, state] of states.entries()) {
    repeat(state.data, data.subarray(index * count * size, (index + 1) * count * size));
  }
  return { data, shape: [states.length * count, ...rest] };
}

function repeat(source: Float32Array, out: Float32Array): void {
  for (let start = 0; start < out.length; start += source.length) out.set(source, start);
}

/** Keeps `latents` inside the mask `[n, 1, h, w]` and takes `known` outside it. */
function blend(latents: Float32Array, known: Float32Array, maskTensor: Tensor): void {
  const { data: mask } = maskTensor;
  const [count, , height, width] = sidesOf(maskTensor, 4);
  const area = height * width;
  const itemSize = latents.length / count;
  for (let i = 0; i < latents.length; i++) {
    const weight = mask[Math.floor(i / itemSize) * area + (i % area)] as number;
    latents[i] = weight * (latents[i] as number) + (1 - weight) * (known[i] as number);
  }
}
