import type { Store } from "../store/store.ts";
import type { QueueLog } from "./queue-log.ts";

export interface RetentionOptions {
  readonly store: Pick<Store, "jobs" | "prune">;
  /** Removes a job's folder with all pictures; one that is gone already is no error. */
  readonly removeFolder: (job: string) => Promise<void>;
  /** How long pictures stay after their job ended, days. */
  readonly keepDays: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number;
  readonly log: QueueLog;
}

/** Takes away what was kept long enough: at start, and every hour. */
export interface Retention extends AsyncDisposable {
  /** Goes through it once and every hour from then on; resolves after the first time. */
  start(): Promise<void>;
  /** Once, now. Gives how many folders went. Never rejects: what could not be removed is tried again in an hour. */
  sweep(): Promise<number>;
  /** Ends the hourly sweeps, and waits for one under way. */
  [Symbol.asyncDispose](): Promise<void>;
}

const hourMilliseconds = 60 * 60 * 1000;
const dayMilliseconds = 24 * hourMilliseconds;

export function createRetention(options: RetentionOptions): Retention {
  const { store, removeFolder, keepDays, clock = Date.now, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<number> | null = null;
  let isClosed = false;

  async function removeAll(): Promise<number> {
    const now = clock();
    await store.prune(now);
    let removed = 0;
    for (const job of await store.jobs.expirePictures(now - keepDays * dayMilliseconds)) {
      if (isClosed) break;
      try {
        await removeFolder(job);
        await store.jobs.folderRemoved(job);
        removed++;
      } catch (error) {
        log("error", "the folder of a job could not be removed", { job, error });
      }
    }
    if (removed > 0) log("info", `pictures of ${removed} jobs removed`);
    return removed;
  }

  function sweep(): Promise<number> {
    sweeping ??= removeAll()
      .catch((error) => {
        log("error", "old pictures could not be removed", { error });
        return 0;
      })
      .finally(() => {
        sweeping = null;
      });
    return sweeping;
  }

  return {
    async start() {
      await sweep();
      if (isClosed) return;
      timer = setInterval(() => void sweep(), hourMilliseconds);
      timer.unref();
    },
    sweep,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
