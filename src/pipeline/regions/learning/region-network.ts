import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, type Tensor } from "../../nets/tensor.ts";
import { createRandom } from "../../random.ts";
import { createAdam } from "./adam.ts";
import {
  convolutionGradients,
  createScratch,
  type Layer,
  linear,
  linearGradients,
  linearWeightGradients,
  type Matrix,
  neighbourhoods,
  relu,
  reluGradient,
  type Scratch,
} from "./layers.ts";

/** l: the side of a pooled proposal, in cells. */
export const pooledSide = 7;

/** What a region network's shape follows from. */
export interface RegionNetworkSize {
  /** M * d: channels of all proposals of an anchor, one after the other. */
  readonly channels: number;
  /** M: proposals an anchor, and logits. */
  readonly proposals: number;
}

/** All parameters of a region network, in the order of `parameterShapes`. */
export interface RegionNetworkWeights extends RegionNetworkSize {
  readonly parameters: Float32Array;
}

/** Pooled features as the network takes them; holds two tensors until disposed. */
export interface RegionInput extends Disposable {
  readonly anchors: number;
  /** `[anchors * side * side, channels]`, each channel with mean 0 and variance 1 over the picture's anchors. */
  readonly pixels: tf.Tensor2D;
  readonly transposed: tf.Tensor2D;
}

/** S of equation 2, being trained. */
export interface RegionNetwork {
  /** Logits `[anchors, proposals]`, row-major. */
  logits(input: RegionInput): Float32Array;
  /**
   * One Adam step. `gradientOf` is handed the logits and gives the objective's gradient with respect to them.
   */
  train(input: RegionInput, gradientOf: (logits: Float32Array) => Float32Array): void;
  /** The gradient with respect to all parameters, in their order; for the check against finite differences. */
  parameterGradient(input: RegionInput, logitsGradient: Float32Array): Float32Array;
  /** A copy of the parameters as they are now. */
  weights(): RegionNetworkWeights;
}

/**
 * Widths of the two convolutions and of the hidden linear layer. Wider ones learn no better from a few dozen losses
 * and take longer; measured in docs/method.md.
 */
const widths = { conv1: 16, conv2: 16, linear1: 32 } as const;

/** Names and shapes of the parameters; weights are `[from, to]`, a 3x3 kernel `[9 * from, to]`. */
export function parameterShapes({ channels, proposals }: RegionNetworkSize): Record<string, number[]> {
  const { conv1, conv2, linear1 } = widths;
  return {
    "conv1.weight": [channels, conv1],
    "conv1.bias": [conv1],
    "conv2.weight": [9 * conv1, conv2],
    "conv2.bias": [conv2],
    "linear1.weight": [pooledSide ** 2 * conv2, linear1],
    "linear1.bias": [linear1],
    "linear2.weight": [linear1, proposals],
    "linear2.bias": [proposals],
  };
}

/**
 * He initialisation from a seed; biases and the last layer start at 0, so that a network that has seen nothing
 * gives every proposal the same probability.
 */
export function initialWeights(size: RegionNetworkSize, seed: number): RegionNetworkWeights {
  const random = createRandom(seed, "region network");
  const parts = Object.entries(parameterShapes(size)).map(([name, shape]) => {
    const part = new Float32Array(sizeOf(shape));
    const [from = 1] = shape;
    if (name.endsWith(".bias") || name === "linear2.weight") return part;
    const spread = Math.sqrt(2 / from);
    for (let index = 0; index < part.length; index++) part[index] = random.gaussian() * spread;
    return part;
  });
  return { ...size, parameters: joined(parts) };
}

/**
 * Standardises pooled features and lays them out for the network.
 *
 * @param features `[anchors, channels, side, side]`.
 */
export function regionInput(features: Tensor): RegionInput {
  const [anchors = 0, channels = 0] = features.shape;
  const rows = anchors * pooledSide ** 2;
  const standard = new Float32Array(channels * rows);
  const standardTransposed = new Float32Array(channels * rows);
  for (let channel = 0; channel < channels; channel++) {
    const values = standardTransposed.subarray(channel * rows, (channel + 1) * rows);
    gather(features.data, channel, channels, values);
    standardise(values);
    for (let row = 0; row < rows; row++) standard[row * channels + channel] = values[row] as number;
  }
  const pixels = tf.tensor2d(standard, [rows, channels]);
  const transposed = tf.tensor2d(standardTransposed, [channels, rows]);
  return {
    anchors,
    pixels,
    transposed,
    [Symbol.dispose]: () => {
      tf.dispose([pixels, transposed]);
    },
  };
}

/** One channel's cells of all anchors. */
function gather(features: Float32Array, channel: number, channels: number, out: Float32Array): void {
  const cells = pooledSide ** 2;
  for (let to = 0, from = channel * cells; to < out.length; to += cells, from += channels * cells)
    out.set(features.subarray(from, from + cells), to);
}

/** Takes values to mean 0 and variance 1, in place, in float32 throughout. */
function standardise(values: Float32Array): void {
  const round = Math.fround;
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum = round(sum + (values[index] as number));
  const mean = round(sum / values.length);
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const distance = round((values[index] as number) - mean);
    squares = round(squares + round(distance * distance));
  }
  const spread = round(Math.sqrt(round(round(squares / values.length) + round(1e-5))));
  for (let index = 0; index < values.length; index++)
    values[index] = round((values[index] as number) - mean) / spread;
}

/** Makes a network that starts from the weights given. */
export function createRegionNetwork(weights: RegionNetworkWeights): RegionNetwork {
  const parameters = weights.parameters.slice();
  const layers = layersOf(parameters, parameterShapes(weights));
  const gradient = new Float32Array(parameters.length);
  const gradients = layersOf(gradient, parameterShapes(weights));
  const adam = createAdam(parameters.length);
  const scratch = { forward: createScratch(), backward: createScratch() };
  /** What came of an input with the parameters as they are. */
  let latest: { readonly input: RegionInput; readonly states: States } | null = null;
  const statesOf = (input: RegionInput) => {
    if (latest?.input !== input) latest = { input, states: forward(layers, input, scratch.forward) };
    return latest.states;
  };
  const updateGradient = (input: RegionInput, ofLogits: (logits: Float32Array) => Float32Array) => {
    const states = statesOf(input);
    backward(layers, states, input, ofLogits(states.logits.data), gradients, scratch.backward);
  };

  return {
    logits: (input) => statesOf(input).logits.data.slice(),
    train(input, ofLogits) {
      updateGradient(input, ofLogits);
      adam.update(parameters, gradient);
      latest = null;
    },
    parameterGradient(input, logitsGradient) {
      updateGradient(input, () => logitsGradient);
      return gradient.slice();
    },
    weights: () => ({ ...weights, parameters: parameters.slice() }),
  };
}

type Layers = readonly [conv1: Layer, conv2: Layer, linear1: Layer, linear2: Layer];

/** A row of all parameters, or of their gradients, by layer, in the same memory. */
function layersOf(parameters: Float32Array, shapes: Record<string, readonly number[]>): Layers {
  let end = 0;
  const take = (shape: readonly number[] = []) => {
    const start = end;
    end += sizeOf(shape);
    return parameters.subarray(start, end);
  };
  const layer = (name: string): Layer => {
    const [from = 0, to = 0] = shapes[`${name}.weight`] ?? [];
    return { weight: { data: take([from, to]), shape: [from, to] }, bias: take([to]) };
  };
  return [layer("conv1"), layer("conv2"), layer("linear1"), layer("linear2")];
}

type States = ReturnType<typeof forward>;

function forward([conv1, conv2, linear1, linear2]: Layers, input: RegionInput, scratch: Scratch) {
  const first = relu(linear(input.pixels, conv1));
  const around = neighbourhoods(first, pooledSide, scratch);
  const second = relu(linear(around, conv2));
  const flat = reshaped(second, input.anchors);
  const third = relu(linear(flat, linear1));
  return { first, around, second, flat, third, logits: linear(third, linear2) };
}

/** Writes the gradients with respect to all parameters. */
function backward(
  [, conv2, linear1, linear2]: Layers,
  states: States,
  input: RegionInput,
  logitsGradient: Float32Array,
  [ofConv1, ofConv2, ofLinear1, ofLinear2]: Layers,
  scratch: Scratch,
): void {
  const { first, around, second, flat, third, logits } = states;
  const ofLogits: Matrix = { data: logitsGradient, shape: logits.shape };
  // Each is the gradient with respect to what a ReLU gave, then to what it was given.
  const ofThird = reluGradient(third, linearGradients(third, linear2, ofLogits, ofLinear2));
  const ofFlat = linearGradients(flat, linear1, ofThird, ofLinear1);
  const ofSecond = reluGradient(second, reshaped(ofFlat, second.shape[0]));
  const ofFirst = convolutionGradients(around, conv2, ofSecond, ofConv2, { side: pooledSide, scratch });
  linearWeightGradients(input.transposed, reluGradient(first, ofFirst), ofConv1);
}

/** The same numbers in so many rows. */
function reshaped({ data }: Matrix, rows: number): Matrix {
  return { data, shape: [rows, data.length / rows] };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
