/** Measured seconds of jobs, by pack and device, kept as moving averages. */
export interface EstimateStore {
  record(key: string, seconds: number): Promise<void>;
  /** `null` until something was measured. */
  get(key: string): Promise<number | null>;
}

/** What was measured of something so far. */
export interface Measured {
  readonly seconds: number;
  readonly measurements: number;
}

/** The least weight of a new measurement: an estimate follows a change within about ten jobs. */
const leastWeight = 0.2;

/** The mean of the first few measurements, then a moving average. */
export function movingAverage(before: Measured | null, seconds: number): Measured {
  if (!before) return { seconds, measurements: 1 };
  const measurements = before.measurements + 1;
  const weight = Math.max(1 / measurements, leastWeight);
  return { seconds: before.seconds + weight * (seconds - before.seconds), measurements };
}
