import { EditError } from "../../src/errors.ts";
import type { LaneSpec } from "../../src/queue/lane-spec.ts";
import type { JobRecord } from "../../src/store/jobs.ts";
import type { EditResult, Progress } from "../../src/types.ts";
import { result } from "../store/jobs.ts";

/** A run that the test ends. */
export interface HeldRun {
  readonly job: JobRecord;
  readonly lane: string;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  finish(result?: EditResult): void;
  fail(error: unknown): void;
}

/** Lanes that hold their runs until the test ends them, and tell which there are. */
export interface HeldLanes {
  readonly specs: readonly LaneSpec[];
  /** All runs so far, in the order in which they started. */
  readonly runs: readonly HeldRun[];
  /** The nth run, as soon as it has started. */
  run(index: number): Promise<HeldRun>;
}

export interface HeldLanesOptions {
  readonly packs?: readonly string[];
  /** What a run does when its job is aborted. Default: it rejects, as a worker that answers does. */
  readonly onAbort?: "reject" | "ignore";
}

export function createHeldLanes(
  names: readonly string[],
  { packs, onAbort = "reject" }: HeldLanesOptions = {},
): HeldLanes {
  const runs: HeldRun[] = [];
  const hold = (lane: string): LaneSpec["run"] => {
    return (job, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(new EditError("cancelled", "Expected to finish, got a cancel."));
        if (onAbort === "reject") signal.addEventListener("abort", abort);
        runs.push({
          ...{ job, lane, signal, progress: onProgress, fail: reject },
          finish: (end = result({ pack: job.request.pack })) => resolve(end),
        });
        if (signal.aborted && onAbort === "reject") abort();
      });
  };
  return {
    specs: names.map((name) => ({ name, run: hold(name), ...(packs ? { packs } : {}) })),
    runs,
    async run(index) {
      for (;;) {
        const run = runs[index];
        if (run) return run;
        await turn();
      }
    },
  };
}

/** Everything that is due now happens. */
export async function turn(): Promise<void> {
  for (let times = 0; times < 5; times++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until something holds; no longer than the test's own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
