const laps = ["features", "learn", "paint", "rank"] as const;

/** Splits the time of one edit into its parts. */
export interface Stopwatch {
  /** Ends a part: the time since the last lap, or the start, is its own. */
  lap(part: (typeof laps)[number]): void;
  /** Whole milliseconds of each part and from the start until now. */
  readonly milliseconds: Readonly<Record<(typeof laps)[number] | "total", number>>;
}

export function createStopwatch(): Stopwatch {
  const start = performance.now();
  const spent = { features: 0, learn: 0, paint: 0, rank: 0 };
  let since = start;
  return {
    lap(part) {
      const now = performance.now();
      spent[part] += Math.round(now - since);
      since = now;
    },
    get milliseconds() {
      return { ...spent, total: Math.round(performance.now() - start) };
    },
  };
}
