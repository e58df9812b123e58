import type { Tensor } from "../../nets/tensor.ts";
import { createRandom } from "../../random.ts";
import { createAdam } from "../learning/adam.ts";
import { featureNames } from "./box-features.ts";
import {
  answerOf,
  centred,
  initialPrior,
  jointMoments,
  layersOf,
  type MemberLayers,
  type Moments,
  memberLength,
  type PriorNetworkSize,
  type PriorNetworkWeights,
  priorInputs,
} from "./prior-network.ts";

/** One picture's boxes whose losses are known. */
export interface PriorPicture {
  /** `[boxes, features]`, each box once. */
  readonly features: Tensor;
  /** Of all boxes of the picture. */
  readonly own: Moments;
  /** `[boxes]` */
  readonly losses: readonly number[];
  /** How much it counts, above 0. */
  readonly weight: number;
}

export interface TrainPriorOptions {
  /** At least one. */
  readonly pictures: readonly PriorPicture[];
  /** Where training starts, and what it is held near to; `null` starts from nothing, with the size of `size`. */
  readonly start: PriorNetworkWeights | null;
  readonly size: PriorNetworkSize;
  /** Of first weights and of the order of pictures. */
  readonly seed: number;
  readonly policy?: TrainPolicy;
  /** Called after each pass over all pictures. */
  onEpoch?(epoch: number, epochs: number): Promise<void> | void;
}

export interface TrainPolicy {
  /** Passes over all pictures. */
  readonly epochs: number;
  /** Pictures a step. */
  readonly batch: number;
  /** Half of the squared distance of the parameters from where they started counts so much. */
  readonly pull: number;
}

/** Measured in docs/method.md. */
export const trainPolicy: TrainPolicy = { epochs: 60, batch: 8, pull: 0.01 };

/** Of networks that start from nothing; wider ones learn no better from some dozens of pictures. */
export const priorSize: PriorNetworkSize = { features: featureNames.length, hidden: 16, members: 4 };

/**
 * Trains a prior network on the losses of pictures. Each picture's losses are taken to mean 0 and deviation 1, and so is
 * what is expected of the same boxes to mean 0; errors above 1 count linearly (Huber), so that no picture pulls
 * harder than others. Each member sees the pictures in an order of its own.
 *
 * The same options give the same network on every machine of IEEE 754 arithmetic.
 */
export async function trainPrior(options: TrainPriorOptions): Promise<PriorNetworkWeights> {
  const { pictures, start, size, seed, policy = trainPolicy } = options;
  const first = start ?? initialPrior(size, jointMoments(pictures.map(({ own }) => own)), seed);
  const origin = start?.parameters ?? new Float32Array(first.parameters.length);
  const weights = { ...first, parameters: first.parameters.slice() };
  const lessons = pictures.map((picture) => lessonOf(weights, picture));
  const length = memberLength(weights);
  const members = Array.from({ length: weights.members }, (_, member) => ({
    layers: layersOf(weights, member),
    parameters: weights.parameters.subarray(member * length, (member + 1) * length),
    origin: origin.subarray(member * length, (member + 1) * length),
    adam: createAdam(length),
    random: createRandom(seed, `order of member ${member}`),
  }));
  const gradient = new Float32Array(length);
  const ofLayers = layersOf({ ...weights, parameters: gradient }, 0);
  for (let epoch = 1; epoch <= policy.epochs; epoch++) {
    for (const { layers, parameters, origin: near, adam, random } of members) {
      const order = shuffled(lessons, random);
      for (let next = 0; next < order.length; next += policy.batch) {
        gradient.fill(0);
        for (const lesson of order.slice(next, next + policy.batch))
          addGradient(layers, lesson, ofLayers, 1 / policy.batch);
        for (let index = 0; index < length; index++)
          gradient[index] =
            (gradient[index] ?? 0) + policy.pull * ((parameters[index] ?? 0) - (near[index] ?? 0));
        adam.update(parameters, gradient);
      }
    }
    await options.onEpoch?.(epoch, policy.epochs);
  }
  return weights;
}

/** The gradient of one picture's mean Huber error with respect to all parameters; for the check against finite differences. */
export function priorGradient(weights: PriorNetworkWeights, picture: PriorPicture): Float32Array {
  const gradient = { ...weights, parameters: new Float32Array(weights.parameters.length) };
  const lesson = lessonOf(weights, picture);
  for (let member = 0; member < weights.members; member++)
    addGradient(layersOf(weights, member), lesson, layersOf(gradient, member), 1);
  return gradient.parameters;
}

/** A picture as training takes it: inputs and standardised losses of the boxes that are known. */
interface Lesson {
  readonly inputs: readonly Float64Array[];
  readonly losses: Float64Array;
  readonly weight: number;
}

function lessonOf(weights: PriorNetworkWeights, { features, own, losses, weight }: PriorPicture): Lesson {
  return { inputs: priorInputs(weights, features, own), losses: standardLosses(losses), weight };
}

/** Losses taken to mean 0 and deviation 1; zeros where they are all alike. */
export function standardLosses(losses: readonly number[]): Float64Array {
  const distances = centred(Float64Array.from(losses));
  const squares = distances.reduce((sum, distance) => sum + distance ** 2, 0);
  const spread = Math.sqrt(squares / Math.max(1, losses.length)) || 1;
  return distances.map((distance) => distance / spread);
}

/** The standard deviation that one picture's losses usually have; at least one picture. */
export function usualSpread(pictures: readonly Pick<PriorPicture, "losses">[]): number {
  const spreads = pictures.map(({ losses }) => {
    const distances = centred(Float64Array.from(losses));
    return Math.sqrt(distances.reduce((sum, distance) => sum + distance ** 2, 0) / losses.length);
  });
  return spreads.reduce((sum, spread) => sum + spread, 0) / spreads.length;
}

/** The slope of the Huber loss with a bend at 1. */
function slopeOf(error: number): number {
  return Math.max(-1, Math.min(1, error));
}

/** Adds a share of the gradient of the mean Huber loss of one picture's boxes. */
function addGradient(layers: MemberLayers, lesson: Lesson, out: MemberLayers, share: number): void {
  const { inputs, losses, weight } = lesson;
  const runs = inputs.map((input) => answerOf(layers, input));
  const mean = runs.reduce((sum, { answer }) => sum + answer, 0) / runs.length;
  const slopes = runs.map(({ answer }, box) => slopeOf(answer - mean - (losses[box] ?? 0)));
  const meanSlope = slopes.reduce((sum, slope) => sum + slope, 0) / runs.length;
  for (const [box, { first, second }] of runs.entries()) {
    const ofAnswer = ((slopes[box] ?? 0) - meanSlope) * ((share * weight) / runs.length);
    addTo(out.weight3, second, ofAnswer, 0);
    const ofSecond = second.map((value, to) => (value > 0 ? ofAnswer * (layers.weight3[to] ?? 0) : 0));
    const ofFirst = addLayer(layers.weight2, first, ofSecond, out.weight2, out.bias2);
    addLayer(layers.weight1, inputs[box] as Float64Array, ofFirst, out.weight1, out.bias1, false);
  }
}

/** Adds the gradients of one layer, and gives that with respect to its input, which a ReLU gave. */
function addLayer(
  weight: Float32Array,
  input: Float64Array,
  ofOutput: Float64Array,
  outWeight: Float32Array,
  outBias: Float32Array,
  isHidden = true,
): Float64Array {
  const ofInput = new Float64Array(isHidden ? input.length : 0);
  for (let to = 0; to < ofOutput.length; to++) {
    const slope = ofOutput[to] as number;
    if (slope === 0) continue;
    outBias[to] = (outBias[to] ?? 0) + slope;
    addTo(outWeight, input, slope, to * input.length);
    if (!isHidden) continue;
    for (let from = 0; from < input.length; from++)
      if ((input[from] as number) > 0)
        ofInput[from] = (ofInput[from] as number) + slope * (weight[to * input.length + from] as number);
  }
  return ofInput;
}

function addTo(out: Float32Array, values: Float64Array, factor: number, start: number): void {
  for (let index = 0; index < values.length; index++)
    out[start + index] = (out[start + index] as number) + factor * (values[index] as number);
}

function shuffled<Value>(values: readonly Value[], random: ReturnType<typeof createRandom>): Value[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other] as Value, order[last] as Value];
  }
  return order;
}
