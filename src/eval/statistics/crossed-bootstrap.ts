import { createRandom, type Random } from "../../pipeline/random.ts";

// Votes are not independent: those of one person have that person's taste in common, those on one picture have the picture.
// So people and pictures are resampled, and what they add to the spread of single votes is counted once each.

/** What an observation has in common with others. */
export interface Crossed {
  readonly person: string;
  readonly picture: string;
}

/** A statistic and how far it may be off. */
export interface CrossedEstimate {
  readonly value: number;
  /** Standard deviation of `value` over other people and other pictures of the same kind; `NaN` where nothing is known of it. */
  readonly deviation: number;
  /** What its square is made of: what single votes, people and pictures add. */
  readonly variance: { readonly votes: number; readonly people: number; readonly pictures: number };
  /** Of Student's t distribution, whose quantiles intervals take. */
  readonly degrees: number;
}

export interface CrossedBootstrapOptions {
  /** Resamplings of each of the three kinds. Default 1000. */
  readonly resamples?: number;
  /** 0 to 2^32 - 1. Default 0: the same votes give the same figures. */
  readonly seed?: number;
}

/**
 * Bootstrap over two crossed groupings. People are resampled with all their votes, pictures with all theirs, and votes alone;
 * with v_people, v_pictures and v_votes the variances of the statistic under each, its variance is
 *
 *     v_votes + max(0, v_people - v_votes) + max(0, v_pictures - v_votes),
 *
 * which is that of Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering", without components below
 * zero. Resampling people and pictures at once would count the spread of single votes three times (Owen 2007, "The pigeonhole
 * bootstrap"). Each has the factor G / (G - 1) of its number of groups. Degrees of freedom are Satterthwaite's.
 * @param statistic One value or more of the observations, each counted as often as its weight says; `NaN` where it has none.
 */
export function crossedBootstrap(
  observations: readonly Crossed[],
  statistic: (weights: Float64Array) => readonly number[],
  { resamples = 1000, seed = 0 }: CrossedBootstrapOptions = {},
): CrossedEstimate[] {
  const values = statistic(new Float64Array(observations.length).fill(1));
  const spread = (stream: string, groupOf: (index: number) => string) => {
    const groups = groupIndexes(observations.length, groupOf);
    const random = createRandom(seed, stream);
    return {
      count: groups.count,
      variances: variancesOf(values.length, groups, { statistic, resamples, random }),
    };
  };
  const votes = spread("votes", String);
  const people = spread("people", (index) => observations[index]?.person ?? "");
  const pictures = spread("pictures", (index) => observations[index]?.picture ?? "");
  return values.map((value, at) => {
    const noise = votes.variances[at] ?? Number.NaN;
    const variance = {
      votes: noise,
      people: Math.max(0, (people.variances[at] ?? Number.NaN) - noise),
      pictures: Math.max(0, (pictures.variances[at] ?? Number.NaN) - noise),
    };
    const sum = variance.votes + variance.people + variance.pictures;
    const shares =
      variance.votes ** 2 / (votes.count - 1) +
      variance.people ** 2 / (people.count - 1) +
      variance.pictures ** 2 / (pictures.count - 1);
    const least = Math.min(people.count, pictures.count) - 1;
    return {
      ...{ value, variance, deviation: Math.sqrt(sum) },
      degrees: Math.max(1, least, sum > 0 ? sum ** 2 / shares : 0),
    };
  });
}

interface Groups {
  /** By observation. */
  readonly of: Int32Array;
  readonly count: number;
}

function groupIndexes(length: number, groupOf: (index: number) => string): Groups {
  const numbers = new Map<string, number>();
  const of = Int32Array.from({ length }, (_, index) => {
    const name = groupOf(index);
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  return { of, count: numbers.size };
}

/** Of each value, over resamplings of groups. */
function variancesOf(
  values: number,
  { of, count }: Groups,
  {
    statistic,
    resamples,
    random,
  }: {
    readonly statistic: (weights: Float64Array) => readonly number[];
    readonly resamples: number;
    readonly random: Random;
  },
): number[] {
  const drawn = new Float64Array(count);
  const weights = new Float64Array(of.length);
  const moments = Array.from({ length: values }, () => ({ known: 0, mean: 0, squares: 0 }));
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let draw = 0; draw < count; draw++) {
      const group = random.integer(count);
      drawn[group] = (drawn[group] ?? 0) + 1;
    }
    for (let index = 0; index < of.length; index++) weights[index] = drawn[of[index] ?? 0] ?? 0;
    for (const [at, value] of statistic(weights).entries()) {
      const moment = moments[at];
      if (!moment || !Number.isFinite(value)) continue;
      moment.known++;
      const change = value - moment.mean;
      moment.mean += change / moment.known;
      moment.squares += change * (value - moment.mean);
    }
  }
  return moments.map(({ known, squares }) =>
    known < 2 || count < 2 ? Number.NaN : ((squares / (known - 1)) * count) / (count - 1),
  );
}
