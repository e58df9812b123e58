import type { JobRecord } from "../../src/store/jobs.ts";
import type { EditResult } from "../../src/types.ts";
import { paintResults } from "./painted.ts";

/** A lane whose runs end when the test says so, with the results of `paintResults`. */
export interface LaneInHand {
  /** Ends runs at once, the one under way too. */
  auto: boolean;
  /** Makes the results: `paintResults`, or what a test puts in its place. */
  paint: typeof paintResults;
  readonly running: JobRecord | null;
  /** Ends the run that is under way, or the next one. */
  finish(error?: Error): Promise<void>;
  run(job: JobRecord, context: { readonly signal: AbortSignal }): Promise<EditResult>;
}

/** @param prepare Makes the empty folder that a job's results go to. */
export function createLaneInHand(prepare: (job: JobRecord) => Promise<string>): LaneInHand {
  let release: ((error?: Error) => void) | null = null;
  let auto = false;
  const lane = {
    get auto() {
      return auto;
    },
    set auto(isAuto: boolean) {
      auto = isAuto;
      if (isAuto) release?.();
    },
    paint: paintResults,
    running: null as JobRecord | null,
    async finish(error?: Error) {
      while (!release) await new Promise((resolve) => setTimeout(resolve, 5));
      release(error);
      while (lane.running) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async run(job: JobRecord, { signal }: { signal: AbortSignal }): Promise<EditResult> {
      lane.running = job;
      try {
        const folder = await prepare(job);
        if (!lane.auto) await held(signal);
        return await lane.paint(job.request, folder);
      } finally {
        release = null;
        lane.running = null;
      }
    },
  };

  function held(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      release = (error) => (error ? reject(error) : resolve());
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
  }
  return lane;
}
