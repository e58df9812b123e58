import { setTimeout as sleep } from "node:timers/promises";

/** Where the operator reads what happened; no prompt and no secret goes there. */
export type QueueLog = (
  level: "debug" | "info" | "warn" | "error",
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void;

export interface Patience {
  /** Ends the waiting: what fails then is given up. */
  readonly signal: AbortSignal;
  readonly log: QueueLog;
  /** Wait after the first failure; twice as long after each further one, up to half a minute. */
  readonly retryMilliseconds: number;
}

const longestWait = 30_000;

/**
 * Tries until it works: what a job came to must reach the store, be the disk full for an hour.
 * @throws what the last try threw, once the signal has aborted
 */
export async function insist<T>(what: string, attempt: () => Promise<T>, patience: Patience): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      patience.log("error", `${what} failed ${failures} times`, { error });
      if (patience.signal.aborted) throw error;
      await pause(failures, patience);
    }
  }
}

/** Waits after the nth failure in a row, or until the signal aborts. */
export async function pause(failures: number, { signal, retryMilliseconds }: Patience): Promise<void> {
  const wait = Math.min(retryMilliseconds * 2 ** (failures - 1), longestWait);
  await sleep(wait, undefined, { signal }).catch(() => {});
}
