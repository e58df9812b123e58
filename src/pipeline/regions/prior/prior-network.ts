import { sizeOf, type Tensor } from "../../nets/tensor.ts";
import { createRandom } from "../../random.ts";

/** What a prior network's shape follows from. */
export interface PriorNetworkSize {
  /** Numbers that it is told of a box. */
  readonly features: number;
  /** Width of both hidden layers. */
  readonly hidden: number;
  /** Networks whose answers are averaged. */
  readonly members: number;
}

/** Mean and standard deviation of each feature, `[features]`; a deviation that is no more than rounding is 1. */
export interface Moments {
  readonly mean: Float32Array;
  readonly spread: Float32Array;
}

/** A prior network: the moments of the features that it was trained on, and all parameters, in the order of `memberShapes`. */
export interface PriorNetworkWeights extends PriorNetworkSize, Moments {
  /** Those of one member after the other. */
  readonly parameters: Float32Array;
}

/** Names and shapes of one member's parameters; weights are `[to, from]`. */
export function memberShapes({ features, hidden }: PriorNetworkSize): Record<string, number[]> {
  return {
    "layer1.weight": [hidden, 2 * features],
    "layer1.bias": [hidden],
    "layer2.weight": [hidden, hidden],
    "layer2.bias": [hidden],
    "layer3.weight": [hidden],
  };
}

/** Parameters of one member. */
export function memberLength(size: PriorNetworkSize): number {
  return Object.values(memberShapes(size)).reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** He initialisation from a seed; the last layer starts at 0, so that all boxes are expected to be alike. */
export function initialPrior(size: PriorNetworkSize, moments: Moments, seed: number): PriorNetworkWeights {
  const random = createRandom(seed, "prior network");
  const length = memberLength(size);
  const parameters = new Float32Array(size.members * length);
  for (let member = 0; member < size.members; member++) {
    let place = member * length;
    for (const [name, shape] of Object.entries(memberShapes(size))) {
      const spread = name.endsWith(".bias") || name === "layer3.weight" ? 0 : Math.sqrt(2 / (shape[1] ?? 1));
      for (const end = place + sizeOf(shape); place < end; place++)
        parameters[place] = spread === 0 ? 0 : random.gaussian() * spread;
    }
  }
  return { ...size, mean: moments.mean, spread: moments.spread, parameters };
}

/**
 * The losses that a network expects of a picture's boxes: 0 is their mean, 1 a standard deviation worse.
 * @param features of all boxes of one picture, `[boxes, features]`
 * @returns `[boxes]`, with mean 0
 */
export function expectedLosses(weights: PriorNetworkWeights, features: Tensor): Float64Array {
  return centred(answersOf(weights, priorInputs(weights, features, ownMoments(features))));
}

/** The mean answer of all members, `[boxes]`, about whatever middle. */
export function answersOf(weights: PriorNetworkWeights, inputs: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(inputs.length);
  for (let member = 0; member < weights.members; member++) {
    const layers = layersOf(weights, member);
    for (const [box, input] of inputs.entries())
      sums[box] = (sums[box] ?? 0) + answerOf(layers, input).answer / weights.members;
  }
  return sums;
}

/** The numbers less their mean. */
export function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.map((value) => value - mean);
}

/** A standardised feature further from 0 counts as this: a picture unlike all others is no reason for losses unlike all others. */
const furthest = 4;

/**
 * What the first layer takes of each box, `[boxes][2 * features]`: its features among those of all pictures, and among
 * those of its own picture's boxes.
 * @param features of any of a picture's boxes, `[boxes, features]`
 * @param own of all boxes of the picture
 */
export function priorInputs(
  all: Moments,
  { data, shape: [boxes = 0] }: Tensor,
  own: Moments,
): Float64Array[] {
  const features = all.mean.length;
  return Array.from({ length: boxes }, (_, box) => {
    const input = new Float64Array(2 * features);
    for (let feature = 0; feature < features; feature++) {
      const value = data[box * features + feature] ?? 0;
      input[feature] = standard(value, all, feature);
      input[features + feature] = standard(value, own, feature);
    }
    return input;
  });
}

function standard(value: number, { mean, spread }: Moments, feature: number): number {
  const distance = (value - (mean[feature] ?? 0)) / (spread[feature] ?? 1);
  return Math.max(-furthest, Math.min(furthest, distance));
}

/** The moments of the features of one picture's boxes, `[boxes, features]`. */
export function ownMoments({ data, shape: [boxes = 0, features = 0] }: Tensor): Moments {
  const mean = new Float32Array(features);
  const spread = new Float32Array(features);
  for (let feature = 0; feature < features; feature++) {
    let sum = 0;
    for (let box = 0; box < boxes; box++) sum += data[box * features + feature] ?? 0;
    const middle = sum / Math.max(1, boxes);
    let squares = 0;
    for (let box = 0; box < boxes; box++) squares += ((data[box * features + feature] ?? 0) - middle) ** 2;
    mean[feature] = middle;
    spread[feature] = deviationOf(squares / Math.max(1, boxes));
  }
  return { mean, spread };
}

/** The moments of all boxes of several pictures, each picture counting the same. */
export function jointMoments(pictures: readonly Moments[]): Moments {
  const features = pictures[0]?.mean.length ?? 0;
  const mean = new Float32Array(features);
  const spread = new Float32Array(features);
  for (let feature = 0; feature < features; feature++) {
    const means = pictures.map((picture) => picture.mean[feature] ?? 0);
    const middle = averageOf(means);
    // A deviation of 1 stands for none.
    const within = pictures.map(({ spread: own }) => (own[feature] === 1 ? 0 : (own[feature] ?? 0) ** 2));
    mean[feature] = middle;
    spread[feature] = deviationOf(averageOf(within) + averageOf(means.map((one) => (one - middle) ** 2)));
  }
  return { mean, spread };
}

function averageOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function deviationOf(variance: number): number {
  return variance < 1e-10 ? 1 : Math.sqrt(variance);
}

/** One member's layers, or the gradients with respect to them, in the memory of all parameters. */
export interface MemberLayers {
  readonly weight1: Float32Array;
  readonly bias1: Float32Array;
  readonly weight2: Float32Array;
  readonly bias2: Float32Array;
  readonly weight3: Float32Array;
}

/** @param weights of which `parameters` may be gradients as well */
export function layersOf(
  weights: PriorNetworkSize & Pick<PriorNetworkWeights, "parameters">,
  member: number,
): MemberLayers {
  const { features, hidden, parameters } = weights;
  let end = member * memberLength(weights);
  const take = (length: number) => {
    end += length;
    return parameters.subarray(end - length, end);
  };
  return {
    weight1: take(hidden * 2 * features),
    bias1: take(hidden),
    weight2: take(hidden * hidden),
    bias2: take(hidden),
    weight3: take(hidden),
  };
}

/** What one member makes of a box, and what its hidden layers gave. */
export function answerOf(
  { weight1, bias1, weight2, bias2, weight3 }: MemberLayers,
  input: Float64Array,
): { readonly answer: number; readonly first: Float64Array; readonly second: Float64Array } {
  const first = hiddenLayer(weight1, bias1, input);
  const second = hiddenLayer(weight2, bias2, first);
  let answer = 0;
  for (let to = 0; to < second.length; to++) answer += (weight3[to] ?? 0) * (second[to] ?? 0);
  return { answer, first, second };
}

function hiddenLayer(weight: Float32Array, bias: Float32Array, input: Float64Array): Float64Array {
  const output = new Float64Array(bias.length);
  for (let to = 0; to < output.length; to++) {
    let sum = bias[to] as number;
    const start = to * input.length;
    for (let from = 0; from < input.length; from++)
      sum += (weight[start + from] as number) * (input[from] as number);
    output[to] = Math.max(sum, 0);
  }
  return output;
}
