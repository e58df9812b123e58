/** Two clocks, which whoever needs time is given. */
export interface Clocks {
  /** Milliseconds since 1970: for what people read, and for what is kept for days. May jump. */
  readonly wall: () => number;
  /** Milliseconds since some moment: for intervals, bounds and measurements. Never goes back. */
  readonly monotonic: () => number;
}

/** The clocks of the system. */
export const systemClocks: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
