import { setTimeout as sleep } from "node:timers/promises";
import { EditError } from "../../errors.ts";
import type { FileStore } from "../../files/file-store.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { EditRequest } from "../../types.ts";
import type { LaneRefusal, LaneSpec } from "../lane-spec.ts";
import type { QueueLog } from "../queue-log.ts";
import { openLaneQueue } from "./lane-queue.ts";
import { type FleetTimings, keys, type PackVersion, protocolVersion, type ToBot } from "./protocol.ts";
import type { RedisLink } from "./redis.ts";
import { type LaneView, type RemoteRun, watchRemoteRun } from "./remote-run.ts";
import type { RunBook } from "./run-book.ts";

export interface RemoteLaneParts {
  readonly host: string;
  /** `gpu1/cuda:0` */
  readonly name: string;
  readonly link: RedisLink;
  readonly files: FileStore;
  readonly book: RunBook;
  /** Of this bot's jobs; the first in place of one that is not offered any more. */
  readonly packs: readonly PackVersion[];
  /** Those that the lane has, none while nothing is heard of its host. */
  readonly packsThere: () => readonly PackVersion[];
  /** A job's picture, and an empty folder for a run of it that becomes its results. */
  readonly pictures: RunPictures;
  readonly view: () => LaneView;
  readonly refusal: () => LaneRefusal | null;
  readonly memoryBytes: () => number | null;
  readonly timings: FleetTimings;
  readonly log: QueueLog;
}

/** Where the pictures of jobs lie on the bot's machine. */
export interface RunPictures {
  source(job: string): string;
  prepareRun(job: string): Promise<string>;
  keepRun(job: string, folder: string): Promise<void>;
}

/** A lane of another host, as the bot's scheduler sees it. */
export interface RemoteLane extends AsyncDisposable {
  readonly spec: LaneSpec;
  /** A run is there, or something is left of one. */
  readonly isBusy: boolean;
  /** The next run of this job is one that is there since before this program began. */
  takeUp(job: string, run: string): void;
  /** Takes away what is left of a run that nobody wants; tries until it has. */
  forget(run: string): Promise<void>;
  hear(message: ToBot): void;
  /** Its host changed. */
  look(): void;
}

/** How long the end of a bot waits for what is left of runs to go. */
const endMilliseconds = 2000;

export function openRemoteLane(parts: RemoteLaneParts): RemoteLane {
  const { host, name, link, files, book, pictures, view, timings, log } = parts;
  const queue = openLaneQueue({ link, lane: name, timings, log });
  const there = new Map<string, string>();
  let current: RemoteRun | null = null;
  const leaving = new Map<string, Promise<void>>();
  const closing = new AbortController();

  const cancelAtHost = async (run: string) => {
    await link.client.sadd(keys.cancelled(host), run);
    await link.client.pexpire(keys.cancelled(host), 24 * 60 * 60 * 1000);
    await link.client.publish(keys.toHost(host), JSON.stringify({ cancel: run }));
  };

  const run: LaneSpec["run"] = async (job, { signal, onProgress }) => {
    const folder = await pictures.prepareRun(job.id);
    const known = there.get(job.id);
    there.delete(job.id);
    const own = known ?? (await book.begin(job.id, name));
    const pack = packOf(job, parts.packs);
    current = watchRemoteRun({
      message: {
        ...{ protocol: protocolVersion, bot: book.bot, run: own, pack },
        request: sentRequest(job),
      },
      ...{ source: pictures.source(job.id), folder, queue, files, signal, onProgress, log },
      lane: view,
      cancelAtHost: () => cancelAtHost(own),
      lookMilliseconds: timings.look,
    });
    const result = await current.result;
    await pictures.keepRun(job.id, folder);
    return result;
  };

  /** The host may be at it still: it is told to stop, and what it put goes when it has. */
  async function remove(run: string): Promise<void> {
    while (!(await queue.remove(run))) {
      await cancelAtHost(run);
      await pause(timings.beat, closing.signal);
      if (closing.signal.aborted) return;
    }
    await files.remove(run);
    await link.client.srem(keys.cancelled(host), run);
  }

  function forget(run: string): Promise<void> {
    const left = leave(run);
    leaving.set(run, left);
    return left;
  }

  async function leave(run: string): Promise<void> {
    try {
      await remove(run);
      if (!closing.signal.aborted) await book.close(run);
    } catch (error) {
      log("warn", "what is left of a run on another host could not be removed; the next start tries again", {
        ...{ run, error },
      });
    } finally {
      leaving.delete(run);
    }
  }

  return {
    spec: {
      name,
      get packs() {
        return parts.packsThere().map(({ name: pack }) => pack);
      },
      run,
      refusal: parts.refusal,
      memoryBytes: parts.memoryBytes,
      isQueued: () => {
        const { run: other } = view();
        return current !== null && !current.hasBegun && other !== null && other !== current.run;
      },
      async settled() {
        const ended = current?.run;
        current = null;
        // Without waiting: the next job has no use for it.
        if (ended !== undefined) void forget(ended);
      },
    },
    get isBusy() {
      return current !== null || leaving.size > 0 || there.size > 0;
    },
    takeUp: (job, run) => void there.set(job, run),
    forget,
    hear(message) {
      if (current?.run === message.run) current.hear(message);
    },
    look: () => current?.look(),
    async [Symbol.asyncDispose]() {
      // What is left of the last runs goes, where that does not take long: the next start would see to it.
      await Promise.race([Promise.all(leaving.values()), pause(endMilliseconds, closing.signal)]);
      closing.abort();
      await queue[Symbol.asyncDispose]();
    },
  };
}

/**
 * The bot's own, whether or not the host is heard of at the moment: one that has it no more says so by itself.
 * @throws EditError `pack-missing` of a bot that offers none
 */
function packOf({ request }: JobRecord, packs: readonly PackVersion[]): PackVersion {
  const pack = packs.find(({ name }) => name === request.pack) ?? packs[0];
  if (pack) return pack;
  throw new EditError("pack-missing", `Expected pack ${request.pack} among those of this bot, got none.`);
}

/** Nothing of who asked, nor where; settings that an old request lacks as a worker would read them. */
function sentRequest({ request }: JobRecord): Omit<EditRequest, "image"> {
  const { image: _, settings, ...rest } = request;
  return {
    ...rest,
    settings: { ...settings, mask: settings.mask ?? "box", anchorsFrom: settings.anchorsFrom ?? "attention" },
  };
}

/** Ends early, without an error, where the signal is aborted. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
}
