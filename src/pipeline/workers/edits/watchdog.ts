import type { Progress } from "../../../types.ts";

/**
 * How long a worker may be silent at the least before it counts as hung, in milliseconds. Five seconds ended edits that worked, on a
 * machine whose processor other programs kept busy.
 */
export const leastSilence = 15_000;

/** How long a worker may take at the least to end a job that is cancelled, in milliseconds: somebody waits for it. */
export const leastCancel = 5000;

/** The bound is this many times the longest run of a network that was measured. */
const silentRuns = 3;

/** A worker whose event loop turns but whose job does not advance gets this many times the bound. */
const stalledBounds = 12;

/**
 * How long a worker may load its pack, and then warm up, without a step forward, in milliseconds: ten minutes. The embedded
 * pack of 31 MB takes 1 to 2 seconds on two busy cores, Stable Diffusion 1.5 some 5 from a fast disk; 14 GB of SDXL at the
 * 30 MB/s of a slow network disk would take eight minutes.
 */
export const standardLoadMilliseconds = 600_000;

/** A clock of one job that decides when its worker counts as hung, or as deaf to a cancel. */
export interface Watchdog {
  /** Any message of the worker. */
  heard(): void;
  /** A step forward of the job, and the longest run of a network that the worker has measured so far. */
  advanced(progress: Progress, longestRunMilliseconds: number): void;
  /** The job was asked to stop. */
  cancelling(): void;
  /** Lets time pass and says what is lost by now. */
  wait(milliseconds: number): Loss | null;
}

/** A worker that makes no progress, hears no cancel, or does not get its pack loaded. */
export type Loss = "hung" | "deaf" | "not-loaded";

export interface WatchdogOptions {
  /** An earlier job of the same worker and pack has painted. */
  readonly warm: boolean;
  readonly longestRunMilliseconds: number;
  /** How long loading and warming up may take from one step forward to the next. */
  readonly loadMilliseconds: number;
  /** How long a job may stand still because it waits for a server. Default 0. */
  readonly serverMilliseconds?: number;
}

/**
 * While the worker loads or warms up, which is until the first painting of this pack has been measured, it may be silent: the
 * time for loading is its only bound. That of the deaf holds from a cancel on, whatever the worker does.
 */
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
      silent += milliseconds;
      stalled += milliseconds;
      if (deaf !== null) deaf += milliseconds;
      if (deaf !== null && deaf > Math.max(leastCancel, silentRuns * longestRun)) return "deaf";
      const bound = Math.max(leastSilence, silentRuns * longestRun);
      const { loadMilliseconds, serverMilliseconds = 0 } = options;
      if (loading || !warm) return stalled > loadMilliseconds + serverMilliseconds ? "not-loaded" : null;
      return silent > bound || stalled > stalledBounds * bound + serverMilliseconds ? "hung" : null;
    },
  };
}
