import type { Picture, Rgb } from "../src/pipeline/image/picture.ts";
import type { Box } from "../src/types.ts";

/** One crop across an edge of a box: the box's inside is its right half. */
export interface EdgeCrop {
  /** Which picture it is of: a picture's crops are never in training and test at once. */
  readonly picture: number;
  readonly isResult: boolean;
  readonly features: readonly number[];
}

/** Half of a crop's side, over the box's shorter side. */
const reachShare = 0.12;
/** Places along each side, over its length. */
const places = [0.2, 0.4, 0.6, 0.8] as const;
/** Pixels of the side of a crop as the judge sees it. */
const side = 24;

/** What a judge sees of a picture around a box: crops across the sides that do not lie on the picture's border. */
export function edgeCrops(picture: Picture, box: Box): number[][] {
  const reach = reachShare * Math.min(box.width, box.height);
  const right = box.left + box.width;
  const bottom = box.top + box.height;
  const sides = [
    { isThere: box.left > 0, at: (t: number): Cross => [box.left, box.top + t * box.height, 1, 0] },
    { isThere: right < picture.width, at: (t: number): Cross => [right, box.top + t * box.height, -1, 0] },
    { isThere: box.top > 0, at: (t: number): Cross => [box.left + t * box.width, box.top, 0, 1] },
    { isThere: bottom < picture.height, at: (t: number): Cross => [box.left + t * box.width, bottom, 0, -1] },
  ];
  return sides
    .filter(({ isThere }) => isThere)
    .flatMap(({ at }) => places.map((place) => statisticsOf(cropAcross(picture, at(place), reach))));
}

/** A point of an edge, and the direction into the box. */
type Cross = readonly [x: number, y: number, inX: number, inY: number];

/** Samples a square of grey levels whose rows run from outside the box to inside it; `side * side` values. */
function cropAcross(picture: Rgb, [x, y, inX, inY]: Cross, reach: number): Float64Array {
  const grey = new Float64Array(side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const inwards = ((column + 0.5) / side - 0.5) * 2 * reach;
      const along = ((row + 0.5) / side - 0.5) * 2 * reach;
      grey[row * side + column] = greyAt(
        picture,
        x + inX * inwards + inY * along,
        y + inY * inwards + inX * along,
      );
    }
  }
  return grey;
}

function greyAt({ width, height, rgb }: Rgb, x: number, y: number): number {
  const column = Math.min(width - 1, Math.max(0, Math.floor(x)));
  const row = Math.min(height - 1, Math.max(0, Math.floor(y)));
  const at = (row * width + column) * 3;
  return 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
}

/** How much the levels change across the edge at each distance from it, and how rough they are on either side of it. */
function statisticsOf(grey: Float64Array): number[] {
  const at = (row: number, column: number) => grey[row * side + column] ?? 0;
  const steps = Array.from({ length: side - 1 }, (_, column) => {
    let sum = 0;
    let signed = 0;
    for (let row = 0; row < side; row++) {
      const step = at(row, column + 1) - at(row, column);
      sum += Math.abs(step);
      signed += step;
    }
    return [Math.log1p(sum / side), Math.log1p(Math.abs(signed) / side)];
  });
  const roughness = (from: number, to: number) => {
    let sum = 0;
    for (let row = 1; row < side - 1; row++) {
      for (let column = from; column < to; column++) {
        const around = at(row - 1, column) + at(row + 1, column) + at(row, column - 1) + at(row, column + 1);
        sum += Math.abs(4 * at(row, column) - around);
      }
    }
    return Math.log1p(sum / side / (to - from));
  };
  const [outside, inside] = [roughness(1, side / 2), roughness(side / 2, side - 1)];
  return [...steps.flat(), outside, inside, inside - outside];
}

/**
 * How often a judge that was shown crops of other pictures tells results from sources: logistic regression, trained on the
 * even pictures and tested on the odd ones, and the other way round. By picture, 0 to 1; a coin gets 0.5.
 */
export function judgeAccuracies(crops: readonly EdgeCrop[]): number[] {
  const correct = new Map<number, number[]>();
  for (const fold of [0, 1]) {
    const tells = train(crops.filter(({ picture }) => picture % 2 !== fold));
    for (const crop of crops.filter(({ picture }) => picture % 2 === fold)) {
      const found = correct.get(crop.picture) ?? [];
      correct.set(crop.picture, [...found, Number(tells(crop.features) === crop.isResult)]);
    }
  }
  return [...correct.values()].map((hits) => hits.reduce((sum, hit) => sum + hit, 0) / hits.length);
}

const [rounds, rate, decay] = [600, 0.3, 0.01];

function train(crops: readonly EdgeCrop[]): (features: readonly number[]) => boolean {
  const count = crops[0]?.features.length ?? 0;
  const scale = Array.from({ length: count }, (_, index) => {
    const values = crops.map(({ features }) => features[index] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, spread: Math.sqrt(variance) || 1 };
  });
  const scaled = (features: readonly number[]) =>
    scale.map(({ mean, spread }, index) => ((features[index] ?? 0) - mean) / spread);
  const inputs = crops.map(({ features }) => scaled(features));
  const weights = new Float64Array(count + 1);
  const logit = (input: readonly number[]) =>
    input.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), weights[count] ?? 0);
  for (let round = 0; round < rounds; round++) {
    const slope = Float64Array.from(weights, (weight) => decay * weight);
    for (const [index, input] of inputs.entries()) {
      const error = (1 / (1 + Math.exp(-logit(input))) - Number(crops[index]?.isResult)) / inputs.length;
      for (const [feature, value] of input.entries()) slope[feature] = (slope[feature] ?? 0) + error * value;
      slope[count] = (slope[count] ?? 0) + error;
    }
    for (const index of weights.keys()) weights[index] = (weights[index] ?? 0) - rate * (slope[index] ?? 0);
  }
  return (features) => logit(scaled(features)) > 0;
}
