import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../random.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import {
  convolutionGradients,
  linear,
  linearGradients,
  linearWeightGradients,
  neighbourhoods,
  reluGradient,
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

/** S of equation 2, being trained. Holds tensors until disposed. */
export interface RegionNetwork extends Disposable {
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
    const startsAtZero = name.endsWith(".bias") || name === "linear2.weight";
    return startsAtZero ? part : part.map(() => random.gaussian() * Math.sqrt(2 / from));
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

/** Adam's learning rate, the paper's. */
const learningRate = 0.003;

/** Makes a network that starts from the weights given. */
export function createRegionNetwork(weights: RegionNetworkWeights): RegionNetwork {
  const shapes = parameterShapes(weights);
  let parameters = tf.tensor1d(weights.parameters);
  const adam = createAdam(weights.parameters.length);

  return {
    logits: (input) => tf.tidy(() => forward(split(parameters, shapes), input).logits.dataSync<"float32">()),
    train(input, gradientOf) {
      const updated = tf.tidy(() => {
        const layers = split(parameters, shapes);
        const states = forward(layers, input);
        const gradient = gradientOf(states.logits.dataSync<"float32">());
        return adam.update(parameters, backward(layers, states, input, gradient));
      });
      parameters.dispose();
      parameters = updated;
    },
    parameterGradient: (input, logitsGradient) =>
      tf.tidy(() => {
        const layers = split(parameters, shapes);
        return backward(layers, forward(layers, input), input, logitsGradient).dataSync<"float32">();
      }),
    weights: () => ({
      channels: weights.channels,
      proposals: weights.proposals,
      parameters: parameters.dataSync<"float32">().slice(),
    }),
    [Symbol.dispose]() {
      parameters.dispose();
      adam[Symbol.dispose]();
    },
  };
}

interface Layer {
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

type Layers = readonly [conv1: Layer, conv2: Layer, linear1: Layer, linear2: Layer];

/** Weights and biases as views of one row of parameters, which Adam updates in one go. */
function split(parameters: tf.Tensor1D, shapes: Record<string, number[]>): Layers {
  const sizes = Object.values(shapes).map(sizeOf);
  const parts = tf.split(parameters, sizes);
  const layer = (name: string): Layer => {
    const index = Object.keys(shapes).indexOf(`${name}.weight`);
    const [weight, bias] = [parts[index], parts[index + 1]] as [tf.Tensor1D, tf.Tensor1D];
    return { weight: tf.reshape(weight, shapes[`${name}.weight`] as [number, number]), bias };
  };
  return [layer("conv1"), layer("conv2"), layer("linear1"), layer("linear2")];
}

function forward([conv1, conv2, linear1, linear2]: Layers, input: RegionInput) {
  const first = tf.relu(linear(input.pixels, conv1.weight, conv1.bias));
  const around = neighbourhoods(first, pooledSide);
  const second = tf.relu(linear(around, conv2.weight, conv2.bias));
  const flat: tf.Tensor2D = tf.reshape(second, [input.anchors, -1]);
  const third = tf.relu(linear(flat, linear1.weight, linear1.bias));
  return { first, around, second, flat, third, logits: linear(third, linear2.weight, linear2.bias) };
}

/** Gradient with respect to all parameters as one row. */
function backward(
  [, conv2, linear1, linear2]: Layers,
  states: ReturnType<typeof forward>,
  input: RegionInput,
  logitsGradient: Float32Array,
): tf.Tensor1D {
  const { first, around, second, flat, third, logits } = states;
  const fourth = linearGradients(third, linear2.weight, tf.tensor2d(logitsGradient, logits.shape));
  const thirdLayer = linearGradients(flat, linear1.weight, reluGradient(third, fourth.input));
  const secondLayer = convolutionGradients(
    around,
    conv2.weight,
    reluGradient(second, tf.reshape(thirdLayer.input, second.shape)),
    pooledSide,
  );
  const firstLayer = linearWeightGradients(input.transposed, reluGradient(first, secondLayer.input));
  return tf.concat(
    [firstLayer, secondLayer, thirdLayer, fourth].flatMap(({ weight, bias }) => [
      tf.reshape(weight, [-1]),
      bias,
    ]),
  ) as tf.Tensor1D;
}

interface Adam extends Disposable {
  /** New parameters; the moments are kept for the next step. */
  update(parameters: tf.Tensor1D, gradient: tf.Tensor1D): tf.Tensor1D;
}

/** Adam (Kingma and Ba, algorithm 1) with its usual constants. */
function createAdam(length: number): Adam {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  let mean = tf.zeros([length]);
  let square = tf.zeros([length]);
  let steps = 0;
  return {
    update(parameters, gradient) {
      steps++;
      const newMean = tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1));
      const newSquare = tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      tf.dispose([mean, square]);
      mean = tf.keep(newMean);
      square = tf.keep(newSquare);
      // Both corrections of the moments' bias as one factor, so that the moments themselves stay as they are.
      const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
      return tf.sub(parameters, tf.mul(tf.div(mean, tf.add(tf.sqrt(square), epsilon)), rate));
    },
    [Symbol.dispose]: () => {
      tf.dispose([mean, square]);
    },
  };
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
