import { createExpectedFall } from "./expected-fall.ts";
import type { GaussianProcess } from "./gaussian-process.ts";

export interface NextLooksOptions {
  /** Looks at every place that is chosen. */
  readonly process: GaussianProcess;
  /** Of every place, as known now. */
  readonly means: Float64Array;
  /** `[group]`: places of which each group will take the one of the least mean. A place may be in several. */
  readonly groups: readonly (readonly number[])[];
  /** Places that may be looked at. */
  readonly candidates: ReadonlySet<number>;
  /** Variance of a look. */
  readonly noise: number;
  /** How many looks at most. */
  readonly count: number;
  /** Of every place, in the units of means: what is added to what a look promises, so that near ties are drawn. All 0 takes the first. */
  readonly preference: Float64Array;
}

/**
 * Which places to look at next, in one batch, one after the other: each is the one by which the least means of all groups
 * together are expected to fall the most. What will be seen at those chosen before is not known yet; it is taken to be
 * what is expected, so that their means stay and their uncertainty goes.
 *
 * @returns places in the order of their looks; fewer than `count` where there are no more candidates
 */
export function takeNextLooks(options: NextLooksOptions): number[] {
  const { process, noise, count } = options;
  const left = new Set(options.candidates);
  const fallOf = createGroupFall(options);
  const taken: number[] = [];
  while (taken.length < count && left.size > 0) {
    const place = mostTelling(left, count >= taken.length + left.size ? () => 0 : fallOf);
    process.look(place, noise);
    left.delete(place);
    taken.push(place);
  }
  return taken;
}

function mostTelling(candidates: ReadonlySet<number>, fallOf: (place: number) => number): number {
  let best = { place: -1, fall: Number.NEGATIVE_INFINITY };
  for (const place of candidates) {
    const fall = fallOf(place);
    if (fall > best.fall) best = { place, fall };
  }
  return best.place;
}

/** The fall that a look at a place is expected to bring, over all groups. */
function createGroupFall(options: NextLooksOptions): (place: number) => number {
  const { process, means, groups, noise, preference } = options;
  const places = means.length;
  const expectedFall = createExpectedFall(Math.max(...groups.map((group) => group.length)));
  const ofGroups = groups.map((group) => ({
    group,
    means: group.map((place) => means[place] as number),
    slopes: new Float64Array(group.length),
  }));
  return (place) => {
    const { covariance } = process;
    const from = place * places;
    const spread = Math.sqrt((covariance[from + place] as number) + noise);
    let fall = preference[place] as number;
    for (const { group, means: groupMeans, slopes } of ofGroups) {
      for (let index = 0; index < group.length; index++)
        slopes[index] = (covariance[from + (group[index] as number)] as number) / spread;
      fall += expectedFall(groupMeans, slopes, group.length);
    }
    return fall;
  };
}
