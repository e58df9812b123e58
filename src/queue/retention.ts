import { systemClocks } from "../clocks.ts";
import type { Store } from "../store/store.ts";
import type { QueueLog } from "./queue-log.ts";

export interface RetentionOptions {
  readonly store: Pick<Store, "jobs" | "messages" | "prune" | "workspaces">;
  /** Removes a job's folder with all pictures; one that is gone already is no error. */
  readonly removeFolder: (job: string) => Promise<void>;
  /** Deletes folders that were moved aside before then, milliseconds since 1970. None are by default. */
  readonly emptyQuarantine?: (before: number) => Promise<unknown>;
  /** How long pictures stay after their job ended, days. */
  readonly keepDays: number;
  /** How long jobs stay, with what was typed for them, after they ended, days; never less than their pictures. */
  readonly keepTextDays: number;
  /** Milliseconds since 1970. Default: the system's. */
  readonly clock?: () => number;
  /** Milliseconds that never jump. Default: the system's. */
  readonly monotonic?: () => number;
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
/** What no job belongs to waits so long for somebody who looks for it. */
const quarantineDays = 7;
/** What is kept of a workspace that the bot was removed from stays so long, for the case that it comes back. */
const departureDays = 30;
/** A clock that differs by more from the time that has passed was set, or the machine slept. */
const longestDrift = hourMilliseconds;
/** Nothing is deleted for so long after that: whoever set the clock wrongly has a day to find out. */
const restMilliseconds = dayMilliseconds;

export function createRetention(options: RetentionOptions): Retention {
  const {
    store,
    removeFolder,
    emptyQuarantine,
    keepDays,
    keepTextDays,
    clock = systemClocks.wall,
    log,
  } = options;
  const { monotonic = systemClocks.monotonic } = options;
  let lastLook = { wall: clock(), passed: monotonic() };
  let restUntil = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<number> | null = null;
  let isClosed = false;

  /** True where the clock can be believed; a jump is said, and nothing is deleted for a day. */
  function isClockSteady(): boolean {
    const look = { wall: clock(), passed: monotonic() };
    const drift = look.wall - lastLook.wall - (look.passed - lastLook.passed);
    lastLook = look;
    if (Math.abs(drift) > longestDrift) {
      restUntil = look.passed + restMilliseconds;
      log("warn", "the clock jumped: nothing is deleted for a day", {
        seconds: Math.round(drift / 1000),
        now: new Date(look.wall).toISOString(),
      });
    }
    return look.passed >= restUntil;
  }

  /** What has been kept long enough. */
  async function expire(now: number): Promise<readonly string[]> {
    await store.prune(now);
    await emptyQuarantine?.(now - quarantineDays * dayMilliseconds);
    for (const { platform, workspace } of await store.workspaces.expire(
      now - departureDays * dayMilliseconds,
    ))
      log("info", "what was kept of a workspace that the bot was removed from is deleted", {
        platform,
        workspace,
      });
    const textsBefore = now - Math.max(keepTextDays, keepDays) * dayMilliseconds;
    await store.messages.expire(textsBefore);
    const texts = await store.jobs.expireTexts(textsBefore);
    if (texts > 0) log("info", `${texts} old jobs removed`);
    return store.jobs.expirePictures(now - keepDays * dayMilliseconds);
  }

  async function removeAll(): Promise<number> {
    // What members had removed goes whatever the clock says.
    const jobs = isClockSteady() ? await expire(clock()) : await store.jobs.expirePictures(0);
    let removed = 0;
    for (const job of jobs) {
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
