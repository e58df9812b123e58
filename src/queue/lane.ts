import PQueue from "p-queue";
import { EditError, throwIfCancelled } from "../errors.ts";

/** The one place of a device: jobs go through it one after another, in the order they came. */
export interface Lane<Job, Result> extends AsyncDisposable {
  readonly device: string;
  /** The job that runs now. */
  readonly running: Job | null;
  /** True when nothing runs and nothing waits: the time to claim the next job. */
  readonly isIdle: boolean;
  /**
   * Runs a job when its turn comes. The promise settles only when `run` has: an aborted job keeps the lane until
   * its device is really free. A job that is aborted before its turn never starts.
   * @throws EditError `cancelled`, and whatever `run` rejects with
   */
  submit(job: Job, signal: AbortSignal): Promise<Result>;
  /** Calls back each time the lane becomes idle; gives the function that stops it. */
  onIdle(listener: () => void): () => void;
  /** Cancels what runs and waits, and resolves once the lane is idle. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LaneOptions<Job, Result> {
  /** For logs and figures. */
  readonly device: string;
  /** Runs one job on the device. Settles only when the device is free again, also when the signal aborts. */
  readonly run: (job: Job, signal: AbortSignal) => Promise<Result>;
}

/**
 * Makes the lane of a device: a p-queue of concurrency 1. It is given neither a timeout nor a signal, because
 * p-queue frees its place on either while the job still holds the device.
 */
export function createLane<Job, Result>({ device, run }: LaneOptions<Job, Result>): Lane<Job, Result> {
  const queue = new PQueue({ concurrency: 1 });
  const closing = new AbortController();
  let running: Job | null = null;

  return {
    device,
    get running() {
      return running;
    },
    get isIdle() {
      return queue.size === 0 && queue.pending === 0;
    },
    submit(job, signal) {
      const either = AbortSignal.any([signal, closing.signal]);
      return queue.add(async () => {
        throwIfCancelled(either);
        running = job;
        try {
          return await run(job, either);
        } finally {
          running = null;
        }
      });
    },
    onIdle(listener) {
      queue.on("idle", listener);
      return () => queue.off("idle", listener);
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new EditError("cancelled", "Expected the lane to stay open, got its end."));
      await queue.onIdle();
    },
  };
}
