import type { Clocks } from "../../clocks.ts";

/** Whether the system's clock was set back. */
export interface SetBacks {
  /** True where it was since the last look. */
  isNew(): boolean;
  /** True where a look within the last minute found that it was. */
  readonly isRecent: boolean;
}

/** Less than this, in milliseconds, is what reading two clocks one after the other may differ by. */
const leastStep = 1000;
const recentMilliseconds = 60_000;

/** Looks at how far the time of day is ahead of the one that never jumps; the first look is now. */
export function createSetBacks({ wall, monotonic }: Clocks): SetBacks {
  let lead = wall() - monotonic();
  let foundAt = Number.NEGATIVE_INFINITY;
  return {
    isNew() {
      const now = monotonic();
      const before = lead;
      lead = wall() - now;
      const isSetBack = lead < before - leastStep;
      if (isSetBack) foundAt = now;
      return isSetBack;
    },
    get isRecent() {
      return monotonic() - foundAt < recentMilliseconds;
    },
  };
}
