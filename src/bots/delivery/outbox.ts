import { ChatError } from "../chat.ts";

/** Results first, then what runs, then positions in the queue. */
export type Urgency = "result" | "progress" | "position";

/** One write to a platform that is due: an edit or a post. It reads the latest state when its turn comes. */
export interface Errand {
  /** Of errands with the same key only the latest is run. */
  readonly key: string;
  readonly channel: Budget;
  readonly workspace: Budget;
  readonly urgency: Urgency;
  /** Milliseconds between two runs of the same key. */
  readonly interval: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Called when it failed for good, or passing failures went on for longer than the outbox waits. */
  readonly giveUp: (error: unknown) => Promise<void> | void;
}

/** What a channel or workspace has room for. Errands with the same name share it. */
export interface Budget {
  readonly name: string;
  readonly writesPerMinute: number;
}

export interface Outbox extends AsyncDisposable {
  /** Takes the place of a waiting errand of the same key; one that is under way is followed by this one. */
  put(errand: Errand): void;
  /** Waiting and under way. */
  readonly size: number;
  /** Resolves when nothing is due or under way; what only waits for its interval does not count. */
  settled(): Promise<void>;
}

export interface OutboxOptions {
  /** How long passing failures are tried again, milliseconds. */
  readonly patience?: number;
  readonly firstRetry?: number;
}

interface Entry {
  errand: Errand;
  state: "delayed" | "queued" | "running";
  /** Came in while it ran. */
  next: Errand | null;
  attempts: number;
  failingSince: number | null;
  timer: NodeJS.Timeout | null;
}

const urgencies: readonly Urgency[] = ["result", "progress", "position"];
/** What must be left of a budget before less urgent errands may use it. */
const reserve: Record<Urgency, number> = { result: 0, progress: 0.2, position: 0.4 };
const longestRetry = 2 * 60_000;

/**
 * One outgoing budget for each workspace and channel. One errand at a time in a channel; more urgent ones first; of many
 * states of the same message only the latest is sent.
 */
export function createOutbox({ patience = 30 * 60_000, firstRetry = 1000 }: OutboxOptions = {}): Outbox {
  const entries = new Map<string, Entry>();
  const lastRun = new Map<string, number>();
  const channels = new Map<string, { busy: boolean; queues: Record<Urgency, Set<Entry>> }>();
  const buckets = createBuckets();
  const closing = new AbortController();
  const waiters: (() => void)[] = [];
  let wake: NodeJS.Timeout | null = null;

  function enqueue(entry: Entry): void {
    const since = Date.now() - (lastRun.get(entry.errand.key) ?? 0);
    const wait = entry.errand.interval - since;
    if (wait > 0) {
      delay(entry, wait);
      return;
    }
    entry.state = "queued";
    channelOf(entry.errand).queues[entry.errand.urgency].add(entry);
    pump();
  }

  function delay(entry: Entry, milliseconds: number): void {
    entry.state = "delayed";
    entry.timer = setTimeout(() => {
      entry.timer = null;
      enqueue(entry);
    }, milliseconds);
  }

  function channelOf({ channel }: Errand) {
    const found = channels.get(channel.name) ?? {
      busy: false,
      queues: { result: new Set<Entry>(), progress: new Set<Entry>(), position: new Set<Entry>() },
    };
    channels.set(channel.name, found);
    return found;
  }

  /** Starts whatever may go now; sleeps until a budget has room again. */
  function pump(): void {
    if (closing.signal.aborted) return;
    let soonest = Number.POSITIVE_INFINITY;
    for (const urgency of urgencies) {
      for (const [name, channel] of channels) {
        if (channel.busy) continue;
        const [entry] = channel.queues[urgency];
        if (!entry) continue;
        const wait = buckets.waitFor([entry.errand.channel, entry.errand.workspace], reserve[urgency]);
        if (wait > 0) {
          soonest = Math.min(soonest, wait);
          continue;
        }
        channel.queues[urgency].delete(entry);
        buckets.take([entry.errand.channel, entry.errand.workspace]);
        channel.busy = true;
        void perform(entry).finally(() => {
          channel.busy = false;
          if (urgencies.every((each) => channel.queues[each].size === 0)) channels.delete(name);
          pump();
        });
      }
    }
    if (wake) clearTimeout(wake);
    wake = Number.isFinite(soonest) ? setTimeout(pump, Math.max(5, soonest)) : null;
    if (isSettled()) for (const tell of waiters.splice(0)) tell();
  }

  async function perform(entry: Entry): Promise<void> {
    const { errand } = entry;
    entry.state = "running";
    lastRun.set(errand.key, Date.now());
    try {
      await errand.run(closing.signal);
      finish(entry);
    } catch (error) {
      if (closing.signal.aborted) return finish(entry);
      entry.failingSince ??= Date.now();
      const isPassing = error instanceof ChatError && error.isPassing;
      if (isPassing && Date.now() - entry.failingSince < patience) return retry(entry, error);
      await Promise.resolve(errand.giveUp(error)).catch(() => {});
      finish(entry);
    }
  }

  function retry(entry: Entry, error: ChatError): void {
    entry.attempts += 1;
    if (entry.next) entry.errand = entry.next;
    entry.next = null;
    const backoff =
      Math.min(longestRetry, firstRetry * 2 ** (entry.attempts - 1)) * (0.75 + Math.random() / 2);
    delay(entry, Math.max(backoff, (error.retryAfterSeconds ?? 0) * 1000));
  }

  function finish(entry: Entry): void {
    const { next } = entry;
    entries.delete(entry.errand.key);
    if (lastRun.size > 10_000) forgetOldest();
    if (next && !closing.signal.aborted) put(next);
  }

  function forgetOldest(): void {
    for (const key of [...lastRun.keys()].slice(0, 5000)) if (!entries.has(key)) lastRun.delete(key);
  }

  function put(errand: Errand): void {
    if (closing.signal.aborted) return;
    const before = entries.get(errand.key);
    if (before?.state === "running") {
      before.next = errand;
      return;
    }
    if (before?.timer) clearTimeout(before.timer);
    if (before?.state === "queued") channelOf(before.errand).queues[before.errand.urgency].delete(before);
    const entry: Entry = before ?? {
      errand,
      state: "queued",
      next: null,
      attempts: 0,
      failingSince: null,
      timer: null,
    };
    entry.errand = errand;
    entry.timer = null;
    entries.set(errand.key, entry);
    enqueue(entry);
  }

  function isSettled(): boolean {
    return [...entries.values()].every(({ state, attempts }) => state === "delayed" && attempts === 0);
  }

  return {
    put,
    get size() {
      return entries.size;
    },
    settled() {
      return isSettled() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      if (wake) clearTimeout(wake);
      for (const entry of entries.values()) if (entry.timer) clearTimeout(entry.timer);
      const running = () => [...entries.values()].some(({ state }) => state === "running");
      while (running()) await new Promise((resolve) => setTimeout(resolve, 10));
      for (const tell of waiters.splice(0)) tell();
    },
  };
}

/** Token buckets by name, each as large as ten seconds of its rate, at least 5 writes. */
function createBuckets() {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const sizeOf = ({ writesPerMinute }: Budget) => Math.max(5, writesPerMinute / 6);
  const fill = (budget: Budget) => {
    const now = Date.now();
    const bucket = buckets.get(budget.name) ?? { tokens: sizeOf(budget), at: now };
    bucket.tokens = Math.min(
      sizeOf(budget),
      bucket.tokens + ((now - bucket.at) * budget.writesPerMinute) / 60_000,
    );
    bucket.at = now;
    buckets.set(budget.name, bucket);
    return bucket;
  };
  return {
    /** Milliseconds until each has a write left above its reserve; 0 where it has now. */
    waitFor(budgets: readonly Budget[], reserved: number): number {
      return Math.max(
        ...budgets.map((budget) => {
          const lacking = 1 + reserved * (sizeOf(budget) - 1) - fill(budget).tokens;
          return Math.max(0, (lacking * 60_000) / budget.writesPerMinute);
        }),
      );
    },
    take(budgets: readonly Budget[]): void {
      for (const budget of budgets) fill(budget).tokens -= 1;
    },
  };
}
