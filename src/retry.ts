import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "./errors.ts";

/** Which failures are worth another try, and when. All times in milliseconds. */
export interface RetryPolicy {
  /** True of a failure that may pass by itself. `failures` counts those in a row, this one included. Default: all may. */
  readonly isPassing?: (error: unknown, failures: number) => boolean;
  /**
   * Pauses between the tries: twice as long after each failure, from `first` up to `longest`, or these and no more. Each is
   * made up to a quarter shorter or longer by chance, so that many that failed together do not come back together.
   */
  readonly pauses: { readonly first: number; readonly longest: number } | readonly number[];
  /** Tries in a row, the first included, at least 1. Default: as many as there are pauses, and one. */
  readonly attempts?: number;
  /** No try begins later than this after the beginning. Default: without end. */
  readonly budget?: number;
  /** The pause that the other side asks for, which takes the place of ours; `null` where it asks for none. */
  readonly askedPause?: (error: unknown) => number | null;
  /** Where the other side asks for a longer pause, it is given up. Default: without end. */
  readonly longestAskedPause?: number;
}

/** What tests put in place of time and chance. */
export interface RetryTiming {
  /** Monotonic. Default: `performance.now`. */
  readonly now?: () => number;
  /** From 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: {@link pauseFor}. */
  readonly pause?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface RetryOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Once the signal is aborted, one more try is made, at once, and what it fails with is thrown. Default: false, then
   * `cancelled` is thrown.
   */
  readonly endsWithTry?: boolean;
  /** Told of each failure, the last one too; `pause` is how long is waited now, `null` where it is given up. */
  readonly onFailure?: (error: unknown, failures: number, pause: number | null) => void;
  readonly timing?: RetryTiming;
}

/**
 * Does it again while it fails in ways that may pass.
 * @param attempt Is told how many milliseconds of the budget are left.
 * @throws What the last try failed with; EditError `cancelled` where the signal was aborted during a pause
 */
export async function retry<T>(
  attempt: (millisecondsLeft: number) => Promise<T>,
  policy: RetryPolicy,
  { signal, endsWithTry = false, onFailure, timing = {} }: RetryOptions = {},
): Promise<T> {
  const { pause: wait = pauseFor } = timing;
  const retries = createRetries(policy, timing);
  for (;;) {
    try {
      return await attempt(retries.millisecondsLeft);
    } catch (error) {
      const isLast = endsWithTry && signal?.aborted === true;
      const pause = isLast ? null : retries.pauseAfter(error);
      onFailure?.(error, retries.failures, pause);
      if (pause === null) throw error;
      await wait(pause, signal);
      if (!endsWithTry) throwIfCancelled(signal);
    }
  }
}

/** Failures in a row of something that is tried again, for whoever waits in a way of their own. */
export interface Retries {
  /** Since the beginning, or since `startAgain`. */
  readonly failures: number;
  readonly millisecondsLeft: number;
  /** Counts a failure. How long to wait before the next try; `null` where it is to be given up. */
  pauseAfter(error: unknown): number | null;
  /** Something was achieved: failures are counted from 0 again. The budget stays as it is. */
  startAgain(): void;
}

/** The budget begins now. */
export function createRetries(policy: RetryPolicy, timing: RetryTiming = {}): Retries {
  const { isPassing = () => true, budget = Number.POSITIVE_INFINITY, askedPause = () => null } = policy;
  const { longestAskedPause = Number.POSITIVE_INFINITY } = policy;
  const { now = () => performance.now(), random = Math.random } = timing;
  const attempts = policy.attempts ?? attemptsFor(policy.pauses);
  const end = now() + budget;
  let failures = 0;
  return {
    get failures() {
      return failures;
    },
    get millisecondsLeft() {
      return end - now();
    },
    pauseAfter(error) {
      failures += 1;
      if (failures >= attempts || !isPassing(error, failures)) return null;
      const asked = askedPause(error);
      if (asked !== null && asked > longestAskedPause) return null;
      const pause = asked ?? pauseAt(policy.pauses, failures) * (0.75 + random() / 2);
      return pause < end - now() ? pause : null;
    },
    startAgain() {
      failures = 0;
    },
  };
}

/** Resolves after a while, or as soon as one of the signals is aborted. */
export async function pauseFor(
  milliseconds: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  const given = signals.filter((one) => one !== undefined);
  const signal = given.length > 1 ? AbortSignal.any(given) : given[0];
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

function attemptsFor(pauses: RetryPolicy["pauses"]): number {
  return "first" in pauses ? Number.POSITIVE_INFINITY : pauses.length + 1;
}

function pauseAt(pauses: RetryPolicy["pauses"], failures: number): number {
  if ("first" in pauses) return Math.min(pauses.longest, pauses.first * 2 ** (failures - 1));
  return pauses[failures - 1] ?? pauses.at(-1) ?? 0;
}
