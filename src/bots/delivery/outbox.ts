import { systemClocks } from "../../clocks.ts";
import { isStorageFailure } from "../../errors.ts";
import { createRetries, type Retries, type RetryPolicy } from "../../retry.ts";
import { passingChatFailures } from "../chat-retry.ts";
import { createBudgets } from "./budgets.ts";
import { type Task, type Urgency, urgencies } from "./task.ts";
import { createTaskQueues } from "./task-queues.ts";

/** Sends what is due, within what each channel and workspace takes. */
export interface Outbox extends AsyncDisposable {
  /** Takes the place of a waiting task of the same key; one that is under way is followed by this one. */
  put(task: Task): void;
  /** Waiting and under way. */
  readonly size: number;
  /** Resolves when nothing is due or under way; what only waits for its interval does not count. */
  settled(): Promise<void>;
}

/** When the outbox tries again, and what it measures time by. */
export interface OutboxOptions {
  /** How long passing failures are tried again, in milliseconds. Default half an hour. */
  readonly retryFor?: number;
  /** Wait after the first passing failure, in milliseconds; doubled each time, up to two minutes. Default 1000. */
  readonly firstRetry?: number;
  /** Monotonic, in milliseconds. Default: the system's. */
  readonly clock?: () => number;
}

/** The tasks of a key: one that waits or runs, and one that follows it. */
interface Entry {
  task: Task;
  state: "delayed" | "queued" | "running";
  /** Came in while it ran. */
  next: Task | null;
  /** Since it failed; `null` where it did not. */
  retries: Retries | null;
  timer: NodeJS.Timeout | null;
}

/** What must be left of a budget before less urgent tasks may use it. */
const reserves: Record<Urgency, number> = { result: 0, progress: 0.2, position: 0.4 };
const longestRetry = 2 * 60_000;
/** Such as a history that may be read once a minute: whoever waits longer each time never gets through it. */
const longAskedPause = 20_000;
/** Between tries while the bot's own disk takes nothing, milliseconds: that goes on until somebody frees space. */
const storagePause = 5000;
/** Keys whose last run is remembered. */
const rememberedRuns = 10_000;

/**
 * One outgoing budget for each workspace and channel. One task at a time in a channel; more urgent ones first; of many
 * states of the same message only the latest is sent.
 */
export function createOutbox({
  retryFor = 30 * 60_000,
  firstRetry = 1000,
  clock = systemClocks.monotonic,
}: OutboxOptions = {}): Outbox {
  const entries = new Map<string, Entry>();
  const lastRuns = new Map<string, number>();
  const retryPolicy: RetryPolicy = {
    isPassing: passingChatFailures.isPassing,
    pauses: { first: firstRetry, longest: longestRetry },
    budget: retryFor,
  };
  const queues = createTaskQueues<Entry>();
  const budgets = createBudgets(clock);
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  const settling: (() => void)[] = [];
  let timer: NodeJS.Timeout | null = null;

  /** 1. A task comes in: it waits for its key's interval, then for its turn. */
  function put(task: Task): void {
    if (closing.signal.aborted) return;
    const before = entries.get(task.key);
    if (before?.state === "running") {
      before.next = task;
      return;
    }
    if (before?.timer) clearTimeout(before.timer);
    if (before?.state === "queued") queues.remove(before);
    const fresh = { state: "queued", next: null, retries: null } as const;
    const entry: Entry = { ...(before ?? fresh), task, timer: null };
    entries.set(task.key, entry);
    enqueue(entry);
  }

  function enqueue(entry: Entry): void {
    const { key, interval } = entry.task;
    const wait = (lastRuns.get(key) ?? Number.NEGATIVE_INFINITY) + interval - clock();
    if (wait > 0) {
      delay(entry, wait);
      return;
    }
    entry.state = "queued";
    queues.add(entry);
    startDue();
  }

  function delay(entry: Entry, milliseconds: number): void {
    entry.state = "delayed";
    entry.timer = setTimeout(() => {
      entry.timer = null;
      enqueue(entry);
    }, milliseconds);
  }

  /** 2. Whatever has its turn and room in its budgets is started; a timer is set for when a budget has room again. */
  function startDue(): void {
    if (closing.signal.aborted) return;
    let soonest = Number.POSITIVE_INFINITY;
    for (const urgency of urgencies) {
      for (const entry of queues.firstOfChannels(urgency)) {
        const { channel, workspace } = entry.task;
        const wait = budgets.waitFor([channel, workspace], reserves[urgency]);
        if (wait > 0) {
          soonest = Math.min(soonest, wait);
          continue;
        }
        budgets.spend([channel, workspace]);
        start(entry);
      }
    }
    if (timer) clearTimeout(timer);
    timer = Number.isFinite(soonest) ? setTimeout(startDue, Math.max(5, soonest)) : null;
    if (isSettled()) for (const resolve of settling.splice(0)) resolve();
  }

  function start(entry: Entry): void {
    queues.occupy(entry);
    const { channel } = entry.task;
    const run = perform(entry).finally(() => {
      running.delete(run);
      queues.free(channel.name);
      startDue();
    });
    running.add(run);
  }

  /** 3. It is run; what may pass is tried again, what will not is given up. */
  async function perform(entry: Entry): Promise<void> {
    const { task } = entry;
    entry.state = "running";
    lastRuns.set(task.key, clock());
    try {
      await task.run(closing.signal);
      finish(entry);
    } catch (error) {
      if (closing.signal.aborted) return finish(entry);
      // No end to these tries, and nobody who stops the bot waits for them: the next start goes on with it.
      if (isStorageFailure(error)) return runAgain(entry, storagePause);
      entry.retries ??= createRetries(retryPolicy, { now: clock });
      const pause = entry.retries.pauseAfter(error);
      if (pause !== null) return runAgain(entry, waitFor(pause, passingChatFailures.askedPause(error)));
      await Promise.resolve(task.giveUp(error)).catch(() => {});
      finish(entry);
    }
  }

  function runAgain(entry: Entry, pause: number): void {
    if (entry.next) entry.task = entry.next;
    entry.next = null;
    delay(entry, pause);
  }

  function finish({ task, next }: Entry): void {
    entries.delete(task.key);
    if (lastRuns.size > rememberedRuns) forgetOldestRuns();
    if (next) put(next);
  }

  function forgetOldestRuns(): void {
    for (const key of [...lastRuns.keys()].slice(0, rememberedRuns / 2)) {
      if (!entries.has(key)) lastRuns.delete(key);
    }
  }

  function isSettled(): boolean {
    return [...entries.values()].every(({ state, retries }) => state === "delayed" && retries === null);
  }

  return {
    put,
    get size() {
      return entries.size;
    },
    settled() {
      return isSettled() ? Promise.resolve() : new Promise((resolve) => settling.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      if (timer) clearTimeout(timer);
      for (const entry of entries.values()) if (entry.timer) clearTimeout(entry.timer);
      await Promise.allSettled(running);
      for (const resolve of settling.splice(0)) resolve();
    },
  };
}

/** The longer one; a long wait that the platform asks for is as long as it says. */
function waitFor(pause: number, asked: number | null): number {
  return asked !== null && asked >= longAskedPause ? asked : Math.max(pause, asked ?? 0);
}
