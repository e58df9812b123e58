import type { Progress } from "../../../types.ts";

/** How long a worker may be silent at the least before it counts as hung, in milliseconds. */
export const leastSilence = 5000;

/** The bound is this many times the longest run of a network that was measured. */
const silentRuns = 3;

/** A worker whose event loop turns but whose job does not advance gets this many times the bound. */
const stalledBounds = 12;

/** A clock of one job that decides when its worker counts as hung, or as deaf to a cancel. */
export interface Watchdog {
  /** Any message of the worker. */
  heard(): void;
  /** A step forward of the job, and the longest run of a network that the worker has measured so far. */
  advanced(progress: Progress, longestRunMilliseconds: number): void;
  /** The job was asked to stop. */
  cancelling(): void;
  /** Lets time pass and says what is lost by now. */
  wait(milliseconds: number): "hung" | "deaf" | null;
}

export interface WatchdogOptions {
  /** An earlier job of the same worker and pack has painted. */
  readonly warm: boolean;
  readonly longestRunMilliseconds: number;
  /** How long a job may stand still because it waits for a server. Default 0. */
  readonly serverMilliseconds?: number;
}

/** No bound holds while the worker loads or warms up, which is until the first painting of this pack has been measured. */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  let warm = options.warm;
  let loading = true;
  let longestRun = options.longestRunMilliseconds;
  let silent = 0;
  let stalled = 0;
  let deaf: number | null = null;
  return {
    heard() {
      silent = 0;
    },
    advanced(progress, longestRunMilliseconds) {
      silent = 0;
      stalled = 0;
      longestRun = Math.max(longestRun, longestRunMilliseconds);
      loading = progress.phase === "loading";
      if (progress.phase === "painting") warm = true;
    },
    cancelling() {
      deaf ??= 0;
    },
    wait(milliseconds) {
      if (loading || !warm) return null;
      silent += milliseconds;
      stalled += milliseconds;
      if (deaf !== null) deaf += milliseconds;
      const bound = Math.max(leastSilence, silentRuns * longestRun);
      if (deaf !== null && deaf > bound) return "deaf";
      const longestStall = stalledBounds * bound + (options.serverMilliseconds ?? 0);
      return silent > bound || stalled > longestStall ? "hung" : null;
    },
  };
}
