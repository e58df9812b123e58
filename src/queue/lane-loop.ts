import { createRetries, pauseFor, type RetryPolicy, retry } from "../retry.ts";
import type { JobRecord, JobStore } from "../store/jobs.ts";
import type { EditResult, Progress } from "../types.ts";
import type { JobChange } from "./job-change.ts";
import { createLane } from "./lane.ts";
import { createLaneRun, type LaneRun } from "./lane-run.ts";
import type { LaneSpec, LaneStatus } from "./lane-spec.ts";
import { kindOf, type Measurements } from "./measurements.ts";
import type { QueueLog } from "./queue-log.ts";
import { type RunEnd, storeEnd } from "./run-end.ts";

/** One lane at work: claims the next fair job whenever it is free, runs it, and writes down what came of it. */
export interface LaneLoop extends AsyncDisposable {
  readonly name: string;
  /** Packs that it can run; `null` for every one. */
  readonly packs: readonly string[] | null;
  readonly status: Omit<LaneStatus, "isPaused">;
  /** Its server did not answer a while ago: it leaves jobs to other lanes. */
  readonly isResting: boolean;
  /** There may be something to claim. */
  wake(): void;
  /** Goes on with a job that runs in the store, and here from before this program began. Once, before the first `wake`. */
  resume(job: JobRecord): void;
  /** A job was cancelled in the store: ends it where this lane runs it, or is about to. */
  abort(job: string): void;
  /** Ends a job of which nothing is done but loading, and any that is being claimed while none may be: they wait again. */
  giveBackLoading(): void;
  /**
   * Gives back a job that stands behind another bot's on this lane, where it is of one of these packs, and leaves jobs to other
   * lanes for a moment. False where it has none.
   */
  giveBackQueued(packs: readonly string[] | null): boolean;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Aborts what runs, waits for the device, and gives the job back. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LaneLoopParts {
  readonly spec: LaneSpec;
  readonly jobs: JobStore;
  readonly measurements: Measurements;
  readonly mayClaim: () => boolean;
  /** This lane is free and found nothing to claim: another one may give back what it has not begun. */
  readonly askOthers: () => void;
  /** Milliseconds since 1970: when something was. */
  readonly clock: () => number;
  /** Milliseconds that never jump: how long something takes. */
  readonly monotonic: () => number;
  readonly log: QueueLog;
  readonly emit: (change: JobChange) => void;
  /** Each thing that a worker tells of its job, as it comes. */
  readonly tell: (job: string, progress: Progress) => void;
  readonly progressMilliseconds: number;
  /** Pause after the first failure of the store; twice as long after each further one, up to half a minute. */
  readonly retryMilliseconds: number;
  /** How long it leaves jobs to other lanes once its server did not answer. */
  readonly restMilliseconds: number;
  /** This lane's server did not answer: notes that; true where another lane is left for the job. */
  readonly mayPassOn: (job: JobRecord, from: string) => boolean;
  /** Other lanes may find something to claim. */
  readonly wakeAll: () => void;
}

/** After many failures of the store in a row, milliseconds. */
const longestPause = 30_000;
/** In which another lane claims what this one gave back, milliseconds. */
const yieldMilliseconds = 1000;

export function createLaneLoop(parts: LaneLoopParts): LaneLoop {
  const { spec, jobs, measurements, mayClaim, clock, monotonic, log, emit } = parts;
  const closing = new AbortController();
  const retryPolicy: RetryPolicy = { pauses: { first: parts.retryMilliseconds, longest: longestPause } };
  let running: LaneRun | null = null;
  let loadedPack: string | null = null;
  /** Cancelled between its claim and its start. */
  let cancelledEarly = new Set<string>();
  let loop = Promise.resolve();
  let isWorking = false;
  let givesBackLoading = false;
  let looksAgain = false;
  let rest: NodeJS.Timeout | null = null;
  let resumed: JobRecord | null = null;

  const lane = createLane<{ job: JobRecord; onProgress: (progress: Progress) => void }, EditResult>({
    device: spec.name,
    run: ({ job, onProgress }, signal) => spec.run(job, { signal, onProgress }),
  });

  async function work(): Promise<void> {
    const retries = createRetries(retryPolicy);
    do {
      looksAgain = false;
      while ((resumed || (rest === null && mayClaim())) && !closing.signal.aborted) {
        try {
          const job = resumed ?? (await claim());
          resumed = null;
          retries.startAgain();
          if (!job) {
            parts.askOthers();
            break;
          }
          await runJob(job);
        } catch (error) {
          const pause = retries.pauseAfter(error) ?? longestPause;
          const { failures } = retries;
          log("error", "a lane could not go on, and tries again", { lane: spec.name, failures, error });
          await pauseFor(pause, closing.signal);
        }
      }
    } while (looksAgain && !closing.signal.aborted);
    // In the same turn as the look at `looksAgain`, or a call of `wake` in between would be lost.
    isWorking = false;
  }

  async function claim(): Promise<JobRecord | null> {
    cancelledEarly = new Set();
    const loadingMilliseconds = loadedPack === null ? 0 : await measurements.loadingMilliseconds(spec.name);
    const offer = { lane: spec.name, packs: spec.packs ?? null, loadedPack, loadingMilliseconds };
    return await jobs.claim(offer, clock());
  }

  async function runJob(job: JobRecord): Promise<void> {
    await measurements.know([kindOf(job)], [spec.name]).catch(() => {});
    const run = createLaneRun({
      ...{ job, jobs, clock, monotonic, log, emit, closing: closing.signal },
      tell: (progress) => parts.tell(job.id, progress),
      edit: (onProgress, signal) => lane.submit({ job, onProgress }, signal),
      expectedSeconds: measurements.secondsOf(kindOf(job), spec.name),
      progressMilliseconds: parts.progressMilliseconds,
      onLoaded: () => {
        loadedPack = job.request.pack;
      },
    });
    running = run;
    if (cancelledEarly.has(job.id)) run.cancel();
    if (givesBackLoading && !mayClaim()) run.giveBack();
    log("info", "job starts", { job: job.id, lane: spec.name });
    emit({ job: job.id, kind: "running" });
    try {
      const hadLoaded = loadedPack;
      const came = await run.end();
      const isPassedOn = came.kind === "unreachable" && parts.mayPassOn(job, spec.name);
      const end: RunEnd = isPassedOn ? { kind: "passed-on" } : came;
      if (isPassedOn) {
        // Before the store is written: a lane that fails meanwhile must not count on this one.
        takeRest(parts.restMilliseconds);
        log("warn", `job is passed on: ${came.failure.message}`, { job: job.id, lane: spec.name });
      }
      if (end.kind === "unfit") {
        takeRest(parts.restMilliseconds);
        log("warn", `job waits again: ${end.failure.message}`, { job: job.id, lane: spec.name });
      }
      if (end.kind === "lost") loadedPack = null;
      logEnd(log, end, { job: job.id, lane: spec.name });
      const store = () => storeEnd(jobs, end, { job: job.id, now: clock() });
      // What a job came to must reach the store, be the disk full for an hour.
      const change = await retry(store, retryPolicy, {
        signal: closing.signal,
        endsWithTry: true,
        onFailure: (error, failures) =>
          log("error", `writing a job's end failed ${failures} times`, { error }),
      });
      await spec.settled?.();
      if (change) emit({ job: job.id, kind: change });
      if (["passed-on", "unfit", "given-back", "interrupted"].includes(end.kind)) parts.wakeAll();
      if (end.kind !== "result") return;
      loadedPack = job.request.pack;
      await measurements.record(job, spec.name, end.result, hadLoaded !== loadedPack);
    } finally {
      running = null;
    }
  }

  /** Jobs wait for other lanes meanwhile, and for this one again after that. */
  function takeRest(milliseconds: number): void {
    if (rest) clearTimeout(rest);
    rest = setTimeout(() => {
      rest = null;
      wake();
    }, milliseconds);
    rest.unref();
  }

  function wake(): void {
    looksAgain = true;
    if (isWorking) return;
    isWorking = true;
    loop = work();
  }

  return {
    name: spec.name,
    get status() {
      const refusal = spec.refusal?.() ?? null;
      return { name: spec.name, refusal, loadedPack, running: running?.status ?? null };
    },
    get packs() {
      return spec.packs ?? null;
    },
    get isResting() {
      return rest !== null;
    },
    wake,
    resume(job) {
      resumed = job;
    },
    abort(job) {
      if (running?.job.id === job) running.cancel();
      else cancelledEarly.add(job);
    },
    giveBackLoading() {
      givesBackLoading = true;
      if (running?.isLoading) running.giveBack();
    },
    giveBackQueued(packs) {
      if (!running || !spec.isQueued?.() || packs?.includes(running.job.request.pack) === false) return false;
      takeRest(yieldMilliseconds);
      running.giveBack();
      return true;
    },
    async idle() {
      while (isWorking) await loop;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      if (rest) clearTimeout(rest);
      await lane[Symbol.asyncDispose]();
      await loop;
    },
  };
}

function logEnd(log: QueueLog, end: RunEnd, about: { readonly job: string; readonly lane: string }): void {
  if (end.kind === "failure" || end.kind === "lost" || end.kind === "unreachable") {
    const { code, message, reference } = end.failure;
    const isUnforeseen = code === "internal" || end.kind === "lost";
    log(isUnforeseen ? "error" : "info", `job fails: ${message}`, {
      ...about,
      code,
      reference,
      error: end.error,
    });
  } else log("info", `job ends: ${end.kind}`, about);
}
