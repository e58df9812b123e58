import type { Scheduler } from "../../queue/scheduler.ts";
import type { Removed } from "../../store/jobs.ts";
import type { LeavingMessage } from "../../store/removals.ts";
import type { Store } from "../../store/store.ts";
import { type AdapterLog, ChatError, type ChatPlatform } from "../chat.ts";
import type { JobFiles } from "../intake/job-files.ts";
import type { Delivery } from "./delivery.ts";

export interface RemovalParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Pick<Store, "jobs" | "removals">;
  readonly scheduler: Pick<Scheduler, "cancel">;
  readonly delivery: Pick<Delivery, "queueChanged">;
  readonly files: Pick<JobFiles, "remove">;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: AdapterLog;
  readonly signal: AbortSignal;
}

/** What of a removal is not gone yet; it is tried again until it is. */
export interface Remaining {
  readonly messages: number;
  /** Jobs whose pictures still lie on the disk. */
  readonly folders: number;
}

/**
 * Takes away what the store has removed already: messages in chats and folders of pictures. What fails stays noted in the store:
 * messages are tried again from a minute later on, less and less often, for a month; folders with every sweep of the retention.
 */
export interface Removal extends Disposable {
  /** What a removal left, at once; ends runs of jobs that are gone. Never rejects where only the taking away fails. */
  takeAway(removed: Removed): Promise<Remaining>;
  /** Tries what is due, or all that is left, for example after a start; how many messages went. Never rejects. */
  sweep(what?: "due" | "all"): Promise<number>;
  /** From now on each minute. */
  follow(): void;
}

const minute = 60_000;
const longestPause = 6 * 60 * minute;
/** Where the bot was put out of a channel nobody lets it take away its messages there. */
const triedFor = 30 * 24 * 60 * minute;
const callMilliseconds = 20_000;
/** What is not gone by then is told as still being removed. */
const answerMilliseconds = 45_000;
const atOnce = 4;

export function createRemoval(parts: RemovalParts): Removal {
  const { platforms, store, scheduler, delivery, files, clock, log, signal } = parts;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<number> | null = null;

  /** True once it is gone. */
  async function takeMessage(leaving: LeavingMessage, until: AbortSignal): Promise<boolean> {
    const { key, tries, since } = leaving;
    try {
      await removeFrom(platforms.get(leaving.platform), leaving, { now: clock(), signal: until });
      await store.removals.messageRemoved(key);
      return true;
    } catch (error) {
      const isOver = clock() - since > triedFor;
      log(isOver ? "warn" : "info", "a message could not be removed", {
        job: leaving.job,
        tries,
        isOver,
        error,
      });
      const next = clock() + Math.min(minute * 2 ** Math.min(tries, 20), longestPause);
      await (isOver ? store.removals.messageRemoved(key) : store.removals.messageStays(key, next));
      return false;
    }
  }

  /** How many are gone. */
  async function takeMessages(all: readonly LeavingMessage[], until: AbortSignal): Promise<number> {
    const left = [...all];
    let count = 0;
    const takeOn = async () => {
      for (let next = left.shift(); next && !until.aborted; next = left.shift())
        if (await takeMessage(next, until)) count += 1;
    };
    await Promise.all(Array.from({ length: atOnce }, takeOn));
    return count;
  }

  /** How many are still there. */
  async function takeFolders({ jobs, copies, stopped }: Removed): Promise<number> {
    let count = 0;
    for (const id of [...jobs, ...copies]) {
      try {
        await files.remove(id);
        // A lane may be writing into it for a moment: the next sweep looks again.
        if (!stopped.includes(id)) await store.jobs.folderRemoved(id);
      } catch (error) {
        count += 1;
        log("warn", "the folder of a job could not be removed", { job: id, error });
      }
    }
    return count;
  }

  async function sweepOnce(what: "due" | "all"): Promise<number> {
    try {
      const dueBefore = what === "all" ? Number.MAX_SAFE_INTEGER : clock();
      return await takeMessages(await store.removals.messages(dueBefore), signal);
    } catch (error) {
      log("error", "messages of removed jobs could not be removed", { error });
      return 0;
    }
  }

  function sweep(what: "due" | "all" = "due"): Promise<number> {
    sweeping ??= sweepOnce(what).finally(() => {
      sweeping = null;
    });
    return sweeping;
  }

  return {
    async takeAway(removed) {
      const { jobs, copies, stopped } = removed;
      // The store has them no more; this ends what lanes are at.
      for (const id of stopped) await scheduler.cancel(id);
      delivery.queueChanged();
      const messages = await store.removals.messages(clock(), [...jobs, ...copies]);
      const until = AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]);
      const gone = await takeMessages(messages, until);
      return { messages: messages.length - gone, folders: await takeFolders(removed) };
    },
    sweep,
    follow() {
      timer = setInterval(() => void sweep(), minute);
      timer.unref();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

/**
 * One that is gone already is no error.
 * @throws ChatError every failure of a platform; `unavailable` where a post that nobody saw arrive is looked for the first time
 */
async function removeFrom(
  platform: ChatPlatform | undefined,
  { key, message, place, begunAt, tries, platform: name }: LeavingMessage,
  { now, signal: until }: { readonly now: number; readonly signal: AbortSignal },
): Promise<void> {
  if (!platform) throw new RangeError(`Expected platform ${name} to run, got none.`);
  const signal = AbortSignal.any([until, AbortSignal.timeout(callMilliseconds)]);
  // The clock may have been set back since.
  const since = Math.min(begunAt, now) - minute;
  const found = message ?? (place && (await platform.findPosted(place, key, { since, signal })));
  if (found) return platform.remove(found, { signal });
  if (place && tries === 0)
    throw new ChatError("unavailable", "Expected a post, got one that may still come.");
}
