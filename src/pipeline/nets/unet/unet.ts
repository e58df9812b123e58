import { readConfig } from "../config.ts";
import type { TapPlan } from "../graph/taps.ts";
import { type Lora, readWeightChanges } from "../lora/lora.ts";
import { required } from "../required.ts";
import type { GraphTarget, Runtime, Session } from "../runtime.ts";
import { openWeights, type Safetensors, weightFiles } from "../safetensors.ts";
import { type Ids, sidesOf, sizeOf, type Tensor } from "../tensor.ts";
import { type AddedConditions, unetConfigSchema } from "./config.ts";
import { type UnetPart, unetGraph } from "./graph.ts";
import { placesOf, type UnetPlaces } from "./places.ts";
import type { PredictionAim, TextGradient } from "./text-gradient.ts";

/** Stable Diffusion's denoiser. */
export interface Unet extends AsyncDisposable {
  /** Channels of `sample`: 4, or 9 where it takes a mask and the masked picture's latents too. */
  readonly inChannels: number;
  /** Latents whose sides are multiples of this halve evenly at each level; others need a second graph, with all weights. */
  readonly multiple: number;
  /** Of its first block, the widest in memory. */
  readonly channels: number;
  /** Width of `timestepCond`; `null` where the network takes none. */
  readonly conditionWidth: number | null;
  /** What it is told beside the text states; `null` where it is told nothing. */
  readonly added: AddedConditions | null;
  /** What of it can be got at by `tapped`. */
  readonly places: UnetPlaces;
  /** Predicts noise or velocity, `[n, channels of latents, h, w]`. */
  run(inputs: UnetInputs): Promise<Tensor>;
  /**
   * The same network with values inside that are got at. It is opened once for a plan, holds the weights once more, and is disposed of
   * with this one.
   */
  tapped(plan: TapPlan): TappedUnet;
  /**
   * How the text is to change for a prediction to come nearer to its aim. The graph for it holds all weights once more, in 32
   * bits, and what each layer gave; the first call opens it, which takes seconds.
   */
  textGradient(inputs: UnetInputs, aim: PredictionAim): Promise<TextGradient>;
  /**
   * Gives back the memory of a large network on a CPU, which is opened again, in seconds, when it runs next: the autoencoder takes
   * gigabytes for a large picture. Others stay open.
   */
  rest(): Promise<void>;
}

export interface TappedUnet {
  /** `given` are the plan's inputs by name; what comes out besides the prediction are its outputs. */
  run(
    inputs: Omit<UnetInputs, "reused">,
    given: Readonly<Record<string, Tensor | Ids>>,
  ): Promise<{ readonly prediction: Tensor; readonly taps: Readonly<Record<string, Tensor>> }>;
}

export interface UnetInputs {
  /** `[n, inChannels, h, w]`, any height and width. */
  readonly sample: Tensor;
  /** 0 to 1000; the same for the whole batch. */
  readonly timestep: number;
  /** `[n, tokens, width]`, as wide as `cross_attention_dim` of its `config.json`. */
  readonly encoderHiddenStates: Tensor;
  /** `[n, conditionWidth]`, the guidance embedding of a latent consistency model. */
  readonly timestepCond?: Tensor | undefined;
  /** Of a network that has `added`. */
  readonly added?: AddedInputs | undefined;
  /** Of the sampling that this is the next step of; without it, nothing is reused. */
  readonly reused?: ReusedFeatures | undefined;
}

/** What Stable Diffusion XL's denoiser is told beside the text states. */
export interface AddedInputs {
  /** `[n, pooledWidth]`, the second text encoder's projection. */
  readonly pooled: Tensor;
  /** `[n, 6]`: height and width of the picture, top and left of where it was cut out, height and width of what was cut, in pixels. */
  readonly timeIds: Tensor;
}

/**
 * What the steps of one sampling, all of one shape, hand on; only the UNet writes it. A new one is
 * `{ steps: 0, deep: null }`.
 */
export interface ReusedFeatures {
  /** Steps so far. */
  steps: number;
  /** What the inner levels gave last, where it is used again. */
  deep: Tensor | null;
}

export interface UnetOptions {
  /** Holds `config.json` and `diffusion_pytorch_model.safetensors` (or `.fp16.safetensors`). */
  readonly folder: string;
  readonly runtime: Runtime;
  /** Change the weights. None by default. */
  readonly loras?: readonly Lora[];
  /**
   * The inner levels are computed in each so-many-th step of a sampling, and what they gave is used again in between
   * (https://arxiv.org/abs/2312.00858). 1, the default, computes all of it in each step. Others hold a second graph of
   * the outermost level, which has few of the weights.
   */
  readonly featureReuse?: number | undefined;
  /**
   * Linear layers over the pixels multiply as 8-bit integers, where the runtime computes on the CPU in 32-bit floats;
   * elsewhere nothing changes. Default false.
   */
  readonly int8?: boolean | undefined;
  /**
   * On a CPU, weights stay as they are stored and are widened in each run: half the memory and an opening in seconds, for a little time a
   * run. Default: where there are more than 2^30 of them.
   */
  readonly widensInRuns?: boolean | undefined;
}

/**
 * Opens a UNet2DConditionModel of Stable Diffusion 1, 2 or XL, or of a latent consistency model made from one.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`, `weights-corrupt`,
 * `weights-tensor-missing`, `weights-tensor-shape`, and those of `Runtime.open`.
 */
export async function loadUnet({
  folder,
  runtime,
  loras = [],
  featureReuse = 1,
  int8: wantsInt8 = false,
  widensInRuns: wantsWidening,
}: UnetOptions): Promise<Unet> {
  const config = await readConfig(folder, unetConfigSchema);
  const weights = await openWeights(folder, weightFiles.diffusers);
  const int8 = wantsInt8 && runtime.device === "cpu" && runtime.target.floats === "float32";
  // On a card the weights have 16 bits in any case. In 8 bits, what they are made of is made once.
  const widensInRuns = (wantsWidening ?? isLarge(weights)) && runtime.device === "cpu" && !int8;
  const sessions = new Map<string, Session>();
  /** Sides that cannot be halved evenly at each level need a graph of their own, opened when first met. */
  async function sessionFor(part: UnetPart, isEven: boolean, taps?: TapPlan): Promise<Session> {
    // Only the way between the levels minds how their sides divide.
    const key = part === "outermost" ? part : `${part} ${isEven} ${JSON.stringify(taps ?? null)}`;
    const opened = sessions.get(key);
    if (opened) return opened;
    const changes = await readWeightChanges(loras, "unet", weights);
    const isForGradient = part === "all-and-text-gradient";
    const kind = isForGradient ? { target: plainTarget, int8: false } : { target: runtime.target, int8 };
    const options = { part, isEven, changes, taps, widensInRuns, ...kind };
    const session = await runtime.open(unetGraph(config, weights, options), {
      givesMemoryBack: widensInRuns,
    });
    sessions.set(key, session);
    return session;
  }
  const halvings = 2 ** (config.block_out_channels.length - 1);
  function isEvenAt(sample: Tensor): boolean {
    const [, , height, width] = sidesOf(sample, 4);
    return height % halvings === 0 && width % halvings === 0;
  }
  const isReusing = featureReuse > 1;
  const whole: UnetPart = isReusing ? "all-and-deep" : "all";
  await sessionFor(whole, true);
  if (isReusing) await sessionFor("outermost", true);

  async function compute(
    part: UnetPart,
    { sample, timestep, encoderHiddenStates, timestepCond, added }: UnetInputs,
    given: Readonly<Record<string, Tensor | Ids>> = {},
    taps?: TapPlan,
  ): Promise<{ prediction: Tensor; others: Readonly<Record<string, Tensor>> }> {
    // The gradient has one graph for sides that halve evenly and for others.
    const isEven = part !== "all-and-text-gradient" && isEvenAt(sample);
    const session = await sessionFor(part, isEven, taps);
    const { prediction, ...others } = await session.run({
      sample,
      timestep: { data: Float32Array.of(timestep), shape: [1, 1] },
      encoderHiddenStates,
      ...(timestepCond === undefined ? {} : { timestepCond }),
      ...added,
      ...given,
    });
    return { prediction: required(prediction, "a prediction of the UNet"), others };
  }

  async function textGradient(inputs: UnetInputs, { factor, target }: PredictionAim): Promise<TextGradient> {
    const aim = { factor: { data: Float32Array.of(factor), shape: [1] }, target };
    const { loss, gradient } = (await compute("all-and-text-gradient", inputs, aim)).others;
    return {
      loss: required(loss?.data[0], "a loss of the UNet"),
      gradient: required(gradient, "a gradient of the UNet"),
    };
  }

  return {
    inChannels: config.in_channels,
    multiple: halvings,
    channels: required(config.block_out_channels[0], "a level of the UNet"),
    conditionWidth: config.time_cond_proj_dim,
    added: config.added,
    places: placesOf(config),
    async run(inputs) {
      const { reused } = inputs;
      if (widensInRuns && !isReusing) return await inParts(inputs, (part) => compute(whole, part));
      if (!isReusing || reused === undefined) return (await compute(whole, inputs)).prediction;
      const isDeep = reused.steps++ % featureReuse === 0;
      const { deep: kept } = reused;
      const { prediction, others } = await (isDeep
        ? compute(whole, inputs)
        : compute("outermost", inputs, kept ? { deep: kept } : {}));
      if (isDeep) reused.deep = required(others.deep, "what the inner levels give");
      return prediction;
    },
    textGradient,
    async rest() {
      if (!widensInRuns) return;
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
      sessions.clear();
    },
    tapped: (plan) => ({
      async run(inputs, given) {
        const { prediction, others } = await compute("all", inputs, given, plan);
        return { prediction, taps: others };
      },
    }),
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
    },
  };
}

/** Latents of a run of a large network on a CPU, where rows beside each other are no faster: those of a picture of 1024 by 1024. */
const latentsPerRun = 128 * 128;

/** Runs so many rows at once as memory is to be taken for. */
async function inParts(
  inputs: UnetInputs,
  run: (inputs: UnetInputs) => Promise<{ readonly prediction: Tensor }>,
): Promise<Tensor> {
  const [rows, , height, width] = sidesOf(inputs.sample, 4);
  const most = Math.max(1, Math.floor(latentsPerRun / (height * width)));
  const predictions: Tensor[] = [];
  for (let from = 0; from < rows; from += most) {
    const part = (tensor: Tensor) => rowsIn(tensor, from, Math.min(from + most, rows));
    const { sample, encoderHiddenStates, added, timestepCond } = inputs;
    const { prediction } = await run({
      ...inputs,
      sample: part(sample),
      encoderHiddenStates: part(encoderHiddenStates),
      timestepCond: timestepCond && part(timestepCond),
      added: added && { pooled: part(added.pooled), timeIds: part(added.timeIds) },
    });
    predictions.push(prediction);
  }
  const [first] = predictions;
  if (first && predictions.length === 1) return first;
  const data = new Float32Array(predictions.reduce((length, one) => length + one.data.length, 0));
  let written = 0;
  for (const one of predictions) {
    data.set(one.data, written);
    written += one.data.length;
  }
  return { data, shape: [rows, ...required(first, "a prediction of the UNet").shape.slice(1)] };
}

/** In place. */
function rowsIn({ data, shape }: Tensor, from: number, to: number): Tensor {
  const [count = 1, ...item] = shape;
  const size = data.length / count;
  return { data: data.subarray(from * size, to * size), shape: [to - from, ...item] };
}

/** Gradients are small numbers, which 16 bits do not hold, and have rules for plain operators alone. */
const plainTarget: GraphTarget = { floats: "float32", dialect: "plain" };

/** Stable Diffusion XL's has 10 GB in 32 bits, those of Stable Diffusion 1 and 2 less than 4. */
function isLarge({ tensors }: Safetensors): boolean {
  let numbers = 0;
  for (const { shape } of tensors.values()) numbers += sizeOf(shape);
  return numbers > 2 ** 30;
}
