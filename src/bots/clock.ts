/** Time as the adapters read it, in milliseconds. */
export interface Clock {
  /** Since 1970: when something happened, for people and for what outlives the process. */
  readonly wall: () => number;
  /** Grows evenly whatever the system's time is set to: for intervals. */
  readonly monotonic: () => number;
}

export const systemClock: Clock = { wall: Date.now, monotonic: () => performance.now() };
