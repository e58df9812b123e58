import { createRandom } from "../../pipeline/random.ts";

/** A mean and the interval in which the means of 95 % of resampled sets lie. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Sets that are drawn. Default 4000. */
  readonly resamples?: number;
  /** 0 to 2^32 - 1. Default 0: the same values give the same interval. */
  readonly seed?: number;
}

/**
 * Percentile bootstrap (Efron and Tibshirani, 1993) of the mean of independent values, such as one of each picture. Of one
 * value, or of none, nothing is known: the interval is the value, or `NaN`.
 */
export function meanWithInterval(values: readonly number[], options: BootstrapOptions = {}): Interval {
  return bootstrap(values, meanOf, options);
}

/**
 * The mean difference a - b of values that belong together, such as two methods' of one picture, with its interval: the pairs are
 * resampled, so what makes both high or low together does not count.
 * @throws RangeError where there are not as many of both
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions = {},
): Interval {
  if (a.length !== b.length) throw new RangeError(`Expected ${a.length} pairs, got ${b.length} others.`);
  return meanWithInterval(
    a.map((value, index) => value - (b[index] ?? Number.NaN)),
    options,
  );
}

/** Percentile bootstrap of any figure of independent items; `mean` is the figure of the items themselves. */
export function bootstrap<Item>(
  items: readonly Item[],
  figure: (items: readonly Item[]) => number,
  { resamples = 4000, seed = 0 }: BootstrapOptions = {},
): Interval {
  const random = createRandom(seed, "bootstrap");
  const figures = new Float64Array(resamples);
  const drawn: Item[] = [...items];
  for (let sample = 0; sample < resamples; sample++) {
    for (let at = 0; at < drawn.length; at++) drawn[at] = items[random.integer(items.length)] as Item;
    figures[sample] = figure(drawn);
  }
  figures.sort();
  const at = (share: number) => figures[Math.round(share * (resamples - 1))] ?? Number.NaN;
  return { mean: figure(items), low: at(0.025), high: at(0.975) };
}

/** `NaN` of none. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
