import { createRandom } from "../src/pipeline/random.ts";

/** A mean over pictures and the interval in which the means of 95 % of resampled sets of pictures lie. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 4000;

/** Percentile bootstrap (Efron) of the mean. The same values give the same interval. */
export function meanWithInterval(values: readonly number[]): Interval {
  const random = createRandom(0, "bootstrap");
  const means = Array.from({ length: resamples }, () =>
    meanOf(values.map(() => values[random.integer(values.length)] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * (resamples - 1))] ?? Number.NaN;
  return { mean: meanOf(values), low: at(0.025), high: at(0.975) };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
