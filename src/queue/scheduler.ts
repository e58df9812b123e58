import { systemClocks } from "../clocks.ts";
import type { JobRecord } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";
import type { Progress } from "../types.ts";
import { expectedStarts } from "./estimates.ts";
import { fairOrder } from "./fair-order.ts";
import type { JobChange } from "./job-change.ts";
import { createLaneLoop, type LaneLoop } from "./lane-loop.ts";
import type { LaneSpec, LaneStatus } from "./lane-spec.ts";
import { createMeasurements } from "./measurements.ts";
import { createPauses } from "./pauses.ts";
import type { QueueLog } from "./queue-log.ts";

/** Where a waiting job stands. `position` 1 is next. `seconds` until it is expected to start; `null` while unknown. */
export interface Standing {
  readonly position: number;
  readonly seconds: number | null;
}

/** Hands waiting jobs to free lanes, and keeps the store true about them. */
export interface Scheduler extends AsyncDisposable {
  /**
   * Recovers what a crash left, then claims. Once; lanes claim nothing before. A job of `goesOn` is running still, on the lane
   * of that name, which is there: that lane takes it up.
   */
  start(goesOn?: ReadonlyMap<string, string>): Promise<void>;
  /** A lane more, from now on. */
  addLane(spec: LaneSpec): void;
  /** A lane less; what runs there is aborted, and waits again. */
  removeLane(name: string): Promise<void>;
  /** A job was added or may be claimed now: free lanes look again. */
  wake(): void;
  /**
   * Cancelled for its person at once; its lane is busy until its worker answers. False where it is over. A job that the
   * store has as cancelled already (by `forget`) is taken off its lane too. `by` is the id of who did it.
   */
  cancel(job: string, by?: string): Promise<boolean>;
  /**
   * One lane, all of a host by its name, or all with `null`; a running job finishes, one whose lane still loads waits again
   * where `givesBackLoading` is true. Kept in the store. False where no lane has the name.
   */
  pause(lane: string | null, options?: { readonly givesBackLoading?: boolean }): Promise<boolean>;
  resume(lane: string | null): Promise<boolean>;
  /**
   * Claims nothing more; resolves when nothing runs. Where `givesBackLoading` is true, a job whose lane still loads waits
   * again: nothing of it is lost, and loading may take long.
   */
  drain(options?: { readonly givesBackLoading?: boolean }): Promise<void>;
  readonly isDraining: boolean;
  readonly lanes: readonly LaneStatus[];
  /** It could not be read which lanes are paused, so that all are, until one is paused or resumed anew. */
  readonly arePausesUnreadable: boolean;
  /** Of all waiting jobs, in their fair order, which is the map's. */
  standings(): Promise<ReadonlyMap<string, Standing>>;
  /** Calls back after each change that lanes, `cancel` and `start` made; gives the function that stops it. */
  onChange(listener: (change: JobChange) => void): () => void;
  /** Calls back with each thing that a worker tells of its job, as it comes; gives the function that stops it. */
  onProgress(listener: (job: string, progress: Progress) => void): () => void;
  /** Stops claiming and cancels nothing in the store: what runs is aborted and runs again at the next start. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SchedulerOptions {
  /** Jobs, how long they take, and which lanes are paused. */
  readonly store: Pick<Store, "jobs" | "estimates" | "settings">;
  /** Those that are there from the start: one for each device, with names of their own. */
  readonly lanes: readonly LaneSpec[];
  /** Milliseconds since 1970. Default: the system's. */
  readonly clock?: () => number;
  /** Milliseconds that never jump. Default: the system's. */
  readonly monotonic?: () => number;
  readonly log: QueueLog;
  /** Least time between two writes of a job's progress. Default 1000. */
  readonly progressMilliseconds?: number;
  /** Wait after the store failed once; doubled each time, up to half a minute. Default 250. */
  readonly retryMilliseconds?: number;
  /** How long a lane whose server did not answer leaves jobs to the others. Default 30,000. */
  readonly restMilliseconds?: number;
}

/** Disposing of it leaves the store open. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const {
    store,
    log,
    clock = systemClocks.wall,
    progressMilliseconds = 1000,
    retryMilliseconds = 250,
  } = options;
  const { restMilliseconds = 30_000, monotonic = systemClocks.monotonic } = options;
  const measurements = createMeasurements(store.estimates);
  const listeners = new Set<(change: JobChange) => void>();
  const progressListeners = new Set<(job: string, progress: Progress) => void>();
  /** Lanes whose servers did not answer, by job that is not over. */
  const passedOn = new Map<string, Set<string>>();
  const loops = new Map<string, LaneLoop>();
  const pauses = createPauses(store.settings, () => [...loops.keys()], log);
  let isStarted = false;
  let isDraining = false;

  const emit = (change: JobChange) => {
    if (change.kind === "posting") passedOn.delete(change.job);
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log("error", "a listener to the queue failed", { job: change.job, error });
      }
    }
  };
  const tell = (job: string, progress: Progress) => {
    for (const listener of progressListeners) {
      try {
        listener(job, progress);
      } catch (error) {
        log("error", "a listener to progress failed", { job, error });
      }
    }
  };
  /**
   * A lane is left for a job where its server did not fail it or another a moment ago, and where it is not paused. While
   * the program ends too: the job then waits for the next start, as others do.
   */
  const mayPassOn = ({ id, request }: JobRecord, from: string): boolean => {
    const tried = passedOn.get(id) ?? new Set();
    passedOn.set(id, tried.add(from));
    return [...loops.values()].some(({ name, packs, isResting, status }) => {
      const canRun = packs?.includes(request.pack) ?? true;
      return canRun && !tried.has(name) && !isResting && !pauses.has(name) && status.refusal === null;
    });
  };
  const addLane = (spec: LaneSpec) => {
    pauses.meet(spec.name);
    const loop = createLaneLoop({
      ...{ spec, jobs: store.jobs, measurements, clock, log, emit, progressMilliseconds, retryMilliseconds },
      ...{ monotonic, restMilliseconds, mayPassOn, wakeAll: () => wake() },
      tell,
      mayClaim: () => isStarted && !isDraining && !pauses.has(spec.name) && !spec.refusal?.(),
      askOthers: () => void [...loops.values()].some((other) => other.giveBackQueued(spec.packs ?? null)),
    });
    loops.set(spec.name, loop);
    loop.wake();
  };
  const wake = () => {
    for (const loop of loops.values()) loop.wake();
  };
  for (const spec of options.lanes) addLane(spec);

  async function setPaused(lane: string | null, isPaused: boolean): Promise<boolean> {
    const isSet = await pauses.set(lane, isPaused);
    if (isSet) wake();
    return isSet;
  }

  return {
    async start(goesOn = new Map()) {
      const { waitingAgain, failed } = await store.jobs.recover(clock(), [...goesOn.keys()]);
      for (const [id, lane] of goesOn) {
        const job = await store.jobs.find(id);
        if (job?.state === "running") loops.get(lane)?.resume(job);
      }
      for (const job of waitingAgain) emit({ job, kind: "waiting" });
      for (const job of failed) emit({ job, kind: "posting" });
      if (waitingAgain.length + failed.length > 0) {
        log("warn", "jobs ran when the program ended", { waitingAgain, failed });
      }
      await pauses.load();
      isStarted = true;
      wake();
    },
    wake,
    addLane,
    async removeLane(name) {
      const loop = loops.get(name);
      loops.delete(name);
      await loop?.[Symbol.asyncDispose]();
    },
    async cancel(job, by) {
      const isCancelled = await store.jobs.cancel(job, clock(), by);
      passedOn.delete(job);
      for (const loop of loops.values()) loop.abort(job);
      if (isCancelled) emit({ job, kind: "posting" });
      return isCancelled;
    },
    async pause(lane, { givesBackLoading = false } = {}) {
      const isSet = await setPaused(lane, true);
      if (givesBackLoading)
        for (const loop of loops.values()) if (pauses.has(loop.name)) loop.giveBackLoading();
      return isSet;
    },
    resume: (lane) => setPaused(lane, false),
    async drain({ givesBackLoading = false } = {}) {
      isDraining = true;
      if (givesBackLoading) for (const loop of loops.values()) loop.giveBackLoading();
      await Promise.all([...loops.values()].map((loop) => loop.idle()));
    },
    get isDraining() {
      return isDraining;
    },
    get arePausesUnreadable() {
      return pauses.areUnreadable;
    },
    get lanes() {
      return [...loops.values()].map(({ name, status }) => ({ ...status, isPaused: pauses.has(name) }));
    },
    async standings() {
      const { jobs, turns } = await store.jobs.waiting();
      const lanes = [...loops.values()]
        .map(({ status }) => status)
        .filter(({ name, refusal }) => refusal === null && !pauses.has(name));
      await measurements.know(
        jobs,
        lanes.map(({ name }) => name),
      );
      const forecasts = lanes.map(({ name, running }) => ({
        name,
        secondsLeft: running ? running.secondsLeft : 0,
      }));
      const order = fairOrder(jobs, turns);
      const starts = expectedStarts(order, forecasts, measurements.secondsOf);
      return new Map(
        order.map(({ id }, index) => [id, { position: index + 1, seconds: starts[index] ?? null }]),
      );
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onProgress(listener) {
      progressListeners.add(listener);
      return () => progressListeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      isDraining = true;
      await Promise.all([...loops.values()].map((loop) => loop[Symbol.asyncDispose]()));
    },
  };
}
