import { createRedisBackend, Job, Queue, Worker } from "bullmq";
import type { QueueLog } from "../queue-log.ts";
import { type FleetTimings, keyPrefix, queueNameOf } from "./protocol.ts";
import type { RedisLink } from "./redis.ts";

// The one place that knows BullMQ: a queue for each lane, with a bot's end and a host's end.

/** A run as BullMQ has it. */
export interface FoundRun {
  readonly state: "waiting" | "active" | "ended";
  /** Its lane held it and gave no sign of life for too long. */
  readonly isStalled: boolean;
  /** What the host said of it; `undefined` where it did not. */
  readonly answer: unknown;
}

/** A bot's end of a lane's queue. */
export interface LaneQueue extends AsyncDisposable {
  /** Does nothing where the run is there already. */
  add(run: string, message: unknown): Promise<void>;
  find(run: string): Promise<FoundRun | null>;
  /** False where a host holds it. */
  remove(run: string): Promise<boolean>;
}

export interface LaneQueueParts {
  readonly link: RedisLink;
  /** `gpu1/cuda:0` */
  readonly lane: string;
  readonly timings: FleetTimings;
  readonly log: QueueLog;
}

/** What nobody took away in a day goes by itself. */
const lifeSeconds = 24 * 60 * 60;

export function openLaneQueue({ link, lane, timings, log }: LaneQueueParts): LaneQueue {
  const name = queueNameOf(lane);
  const shared = { connection: link.client, prefix: keyPrefix, skipVersionCheck: true };
  const queue = new Queue(name, {
    ...shared,
    skipMetasUpdate: true,
    streams: { events: { maxLen: 1 } },
    defaultJobOptions: {
      attempts: 1,
      removeOnComplete: { age: lifeSeconds },
      removeOnFail: { age: lifeSeconds },
    },
  });
  // It runs nothing: it looks for jobs whose host died, also where no host is left that would.
  const watch = new Worker(
    name,
    null,
    { ...shared, autorun: false, ...stalledOptions(timings) },
    (of, options) => createRedisBackend(of, options, {}),
  );
  const tell = (error: Error) => log("debug", "BullMQ", { lane, error });
  queue.on("error", tell);
  watch.on("error", tell);
  void watch.startStalledCheckTimer().catch(() => {});

  return {
    async add(run, message) {
      await queue.add("edit", message, { jobId: run });
    },
    async find(run) {
      const job = await queue.getJob(run);
      if (!job) return null;
      const { finishedOn, processedOn, stalledCounter } = job;
      if (finishedOn !== undefined)
        return { state: "ended", isStalled: false, answer: job.failedReason ? undefined : job.returnvalue };
      if (stalledCounter === 0)
        return {
          state: processedOn === undefined ? "waiting" : "active",
          isStalled: false,
          answer: undefined,
        };
      const isActive = await job.isActive();
      return { state: isActive ? "active" : "waiting", isStalled: !isActive, answer: undefined };
    },
    async remove(run) {
      return (await queue.remove(run)) > 0;
    },
    async [Symbol.asyncDispose]() {
      // With their connection away they could not end in order.
      await Promise.allSettled([queue.close(), watch.close(true)]);
    },
  };
}

function stalledOptions({ lock, stalledCheck }: FleetTimings) {
  return { lockDuration: lock, stalledInterval: stalledCheck, maxStalledCount: 0 };
}

/** A run that a host holds. */
export interface HeldRun {
  readonly run: string;
  readonly message: unknown;
  /** Somebody held it before, and gave no sign of life. */
  readonly wasStalled: boolean;
  /** Holds it for a while longer. False where somebody else may have it. */
  hold(): Promise<boolean>;
  /** Ends it. False where it is not held any more: nobody believes the answer. */
  answer(answer: unknown): Promise<boolean>;
  /** Ends it without an answer. */
  drop(reason: string): Promise<void>;
}

/** A host's end of a lane's queue. */
export interface LaneFeed extends AsyncDisposable {
  /** The next run, held; `null` where none came for some seconds. */
  next(): Promise<HeldRun | null>;
}

export function openLaneFeed({ link, lane, timings, log }: LaneQueueParts): LaneFeed {
  const worker = new Worker(queueNameOf(lane), null, {
    ...stalledOptions(timings),
    connection: link.client,
    prefix: keyPrefix,
    skipVersionCheck: true,
    autorun: false,
    drainDelay: 2,
  });
  worker.on("error", (error) => log("debug", "BullMQ", { lane, error }));
  void worker.startStalledCheckTimer().catch(() => {});
  let count = 0;

  return {
    async next() {
      const token = `${worker.id}:${count++}`;
      const job: Job | undefined = await worker.getNextJob(token);
      return job ? heldRunOf(job, { worker, token, timings }) : null;
    },
    async [Symbol.asyncDispose]() {
      await worker.close(true);
    },
  };
}

function heldRunOf(
  job: Job,
  { worker, token, timings }: { worker: Worker; token: string; timings: FleetTimings },
): HeldRun {
  const run = job.id ?? "";
  const end = async (ending: Promise<unknown>): Promise<boolean> => {
    try {
      await ending;
      return true;
    } catch (error) {
      if (!isLost(error)) throw error;
      // A command that was sent again after a lost connection finds its own work done.
      const now = await Job.fromId(worker, run);
      return now?.finishedOn !== undefined && !now.failedReason;
    }
  };
  return {
    run,
    message: job.data,
    wasStalled: job.stalledCounter > 0,
    hold: async () => (await job.extendLock(token, timings.lock)) > 0,
    answer: (answer) => end(job.moveToCompleted(answer, token, false)),
    async drop(reason) {
      await end(job.moveToFailed(new Error(reason), token, false));
    },
  };
}

/** BullMQ says so of a job that is gone, or that another holds. */
function isLost(error: unknown): boolean {
  return (
    error instanceof Error && /Missing (lock|key)|lock mismatch|not in the active state/i.test(error.message)
  );
}
