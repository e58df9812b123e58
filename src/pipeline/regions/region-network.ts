import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../random.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import { createAdam } from "./adam.ts";
import {
  convolutionGradients,
  createScratch,
  linear,
  linearGradients,
  linearWeightGradients,
  neighbourhoods,
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
const [narrow, second, hidden] = [16, 16, 32];

/** Names and shapes of the parameters; weights are `[from, to]`, a 3x3 kernel `[9 * from, to]`. */
export function parameterShapes({ channels, proposals }: RegionNetworkSize): Record<string, number[]> {
  return {
    "conv1.weight": [channels, narrow],
    "conv1.bias": [narrow],
    "conv2.weight": [9 * narrow, second],
    "conv2.bias": [second],
    "linear1.weight": [pooledSide ** 2 * second, hidden],
    "linear1.bias": [hidden],
    "linear2.weight": [hidden, proposals],
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
  const [pixels, transposed] = tf.tidy(() => {
    const maps = tf.tensor3d(features.data, [anchors, channels, pooledSide ** 2]);
    const { mean, variance } = tf.moments(maps, [0, 2], true);
    const standard = tf.div(tf.sub(maps, mean), tf.sqrt(tf.add(variance, 1e-5)));
    const rows: tf.Tensor2D = tf.reshape(tf.transpose(standard, [0, 2, 1]), [-1, channels]);
    return [rows, tf.transpose(rows)] as const;
  });
  return {
    anchors,
    pixels,
    transposed,
    [Symbol.dispose]: () => {
      tf.dispose([pixels, transposed]);
    },
  };
}

/** Makes a network that starts from the weights given. */
export function createRegionNetwork(weights: RegionNetworkWeights): RegionNetwork {
  const shapes = Object.values(parameterShapes(weights));
  // They live here and go to the backend at each step, which costs less than to take one row of tensors apart there.
  const parameters = weights.parameters.slice();
  const adam = createAdam(parameters.length);
  const scratch = { forward: createScratch(), backward: createScratch() };
  const gradientOf = (input: RegionInput, ofLogits: (logits: Float32Array) => Float32Array) =>
    tidied(() => {
      const layers = layersOf(parameters, shapes);
      const states = forward(layers, input, scratch.forward);
      const ofStates = ofLogits(states.logits.dataSync<"float32">());
      const parts = backward(layers, states, input, ofStates, scratch.backward);
      return joined(parts.map((part) => part.dataSync<"float32">()));
    });

  return {
    logits: (input) =>
      tidied(() =>
        forward(layersOf(parameters, shapes), input, scratch.forward).logits.dataSync<"float32">(),
      ),
    train(input, ofLogits) {
      adam.update(parameters, gradientOf(input, ofLogits));
    },
    parameterGradient: (input, logitsGradient) => gradientOf(input, () => logitsGradient),
    weights: () => ({ ...weights, parameters: parameters.slice() }),
  };
}

/** `tf.tidy` for numbers: handed an array, it would look for tensors in each element, longer than a training step. */
function tidied(work: () => Float32Array): Float32Array {
  let result: Float32Array = new Float32Array();
  tf.tidy(() => {
    result = work();
  });
  return result;
}

interface Layer {
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

type Layers = readonly [conv1: Layer, conv2: Layer, linear1: Layer, linear2: Layer];

/** The parameters as tensors, for as long as a tidy lasts. */
function layersOf(parameters: Float32Array, shapes: readonly (readonly number[])[]): Layers {
  let end = 0;
  const tensors = shapes.map((shape) => {
    const start = end;
    end += sizeOf(shape);
    return tf.tensor(parameters.subarray(start, end), [...shape]);
  });
  const layer = (index: number) =>
    ({ weight: tensors[2 * index], bias: tensors[2 * index + 1] }) as unknown as Layer;
  return [layer(0), layer(1), layer(2), layer(3)];
}

function forward([conv1, conv2, linear1, linear2]: Layers, input: RegionInput, scratch: Scratch) {
  const first = tf.relu(linear(input.pixels, conv1.weight, conv1.bias));
  const around = neighbourhoods(first, pooledSide, scratch);
  const second = tf.relu(linear(around, conv2.weight, conv2.bias));
  const flat: tf.Tensor2D = tf.reshape(second, [input.anchors, -1]);
  const third = tf.relu(linear(flat, linear1.weight, linear1.bias));
  return { first, around, second, flat, third, logits: linear(third, linear2.weight, linear2.bias) };
}

/** Gradients with respect to all parameters, in their order. */
function backward(
  [, conv2, linear1, linear2]: Layers,
  states: ReturnType<typeof forward>,
  input: RegionInput,
  logitsGradient: Float32Array,
  scratch: Scratch,
): tf.Tensor[] {
  const { first, around, second, flat, third, logits } = states;
  const fourth = linearGradients(third, linear2.weight, tf.tensor2d(logitsGradient, logits.shape));
  const thirdLayer = linearGradients(flat, linear1.weight, reluGradient(third, fourth.input));
  const secondLayer = convolutionGradients(
    around,
    conv2.weight,
    reluGradient(second, tf.reshape(thirdLayer.input, second.shape)),
    pooledSide,
    scratch,
  );
  const firstLayer = linearWeightGradients(input.transposed, reluGradient(first, secondLayer.input));
  return [firstLayer, secondLayer, thirdLayer, fourth].flatMap(({ weight, bias }) => [weight, bias]);
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
