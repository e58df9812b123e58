import { type Crossed, type CrossedBootstrapOptions, crossedBootstrap } from "./crossed-bootstrap.ts";
import { student975 } from "./student.ts";

/** One person's choice between the results of two methods. */
export interface Comparison extends Crossed {
  readonly first: string;
  readonly second: string;
  /** 1 where the first is preferred, 0 where the second is, 0.5 of a tie. */
  readonly share: number;
}

/** How often one method is preferred to another: a line of the paper's Tables 1 and 2. */
export interface Preference {
  readonly method: string;
  readonly other: string;
  readonly votes: number;
  readonly ties: number;
  /** 0 to 1, ties counted half; `NaN` without votes. */
  readonly share: number;
  /** Of `share`, over people and pictures; `NaN` where it is not known, such as of one person alone. */
  readonly deviation: number;
  /** In which the share of all such people and pictures lies in 95 % of studies. */
  readonly low: number;
  readonly high: number;
  /** Of `deviation`'s square: what more votes bring down, and what only more pictures do. */
  readonly variance: { readonly byVotes: number; readonly byPictures: number };
}

/** One estimate for each pair, in the pair's order; votes may name the two in either order. */
export function preferencesOf(
  comparisons: readonly Comparison[],
  pairs: readonly (readonly [method: string, other: string])[],
  options: CrossedBootstrapOptions = {},
): Preference[] {
  return pairs.map(([method, other]) => {
    const votes = comparisons.flatMap((vote): Comparison[] => {
      if (vote.first === method && vote.second === other) return [vote];
      if (vote.first !== other || vote.second !== method) return [];
      return [{ ...vote, first: method, second: other, share: 1 - vote.share }];
    });
    return preferenceOf(votes, [method, other], options);
  });
}

function preferenceOf(
  votes: readonly Comparison[],
  [method, other]: readonly [string, string],
  options: CrossedBootstrapOptions,
): Preference {
  const shares = Float64Array.from(votes, ({ share }) => share);
  const [estimate] = crossedBootstrap(votes, (weights) => [weightedMean(shares, weights)], options);
  const { value, deviation, variance, degrees } = estimate ?? nothingKnown;
  const clusters = Math.min(count(votes, "person"), count(votes, "picture"));
  // Where all agree nothing is known of their spread: each person or picture, whichever are fewer, counts as one vote.
  const sameMind = !(deviation > 1e-9);
  const effective = sameMind ? clusters : (value * (1 - value)) / deviation ** 2;
  const [low, high] =
    votes.length === 0 ? [0, 1] : scoreInterval(value, effective, student975(sameMind ? clusters : degrees));
  return {
    ...{ method, other, votes: votes.length, ties: votes.filter(({ share }) => share === 0.5).length },
    ...{ share: value, deviation, low, high },
    variance: { byVotes: variance.votes + variance.people, byPictures: variance.pictures },
  };
}

const unknown = Number.NaN;
const nothingKnown = {
  ...{ value: unknown, deviation: unknown, degrees: 1 },
  variance: { votes: unknown, people: unknown, pictures: unknown },
};

/**
 * Wilson's score interval (1927) of a share seen in `count` independent votes; that number need not be whole: votes of the same
 * people and pictures are worth fewer. It stays within 0 and 1.
 * @param quantile Half the width of the interval in standard deviations.
 */
export function scoreInterval(share: number, count: number, quantile: number): [low: number, high: number] {
  const square = quantile ** 2;
  const middle = (share + square / (2 * count)) / (1 + square / count);
  const half =
    (quantile * Math.sqrt((share * (1 - share)) / count + square / (4 * count ** 2))) / (1 + square / count);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let [sum, weight] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    sum += (values[index] ?? 0) * (weights[index] ?? 0);
    weight += weights[index] ?? 0;
  }
  return sum / weight;
}

function count(votes: readonly Comparison[], group: keyof Crossed): number {
  return new Set(votes.map((vote) => vote[group])).size;
}
