import type { EditResult, Progress } from "../types.ts";
import type { JobRecord } from "./job-store.ts";

// Types first; see docs/architecture.md.

/** What a lane needs to be run: its device and the function that runs one job there. */
export interface LaneSpec {
  /** Its device: `cpu`, `cuda:0`, `simulated:3`. */
  readonly name: string;
  /**
   * Runs one job. Settles only when the device is free again, also when the signal aborts.
   * @throws EditError every code of the pipeline; `worker-died` and `worker-hung` make the job wait again
   */
  readonly run: (
    job: JobRecord,
    context: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ) => Promise<EditResult>;
}

export interface LaneStatus {
  readonly name: string;
  readonly isPaused: boolean;
  readonly loadedPack: string | null;
  readonly running: {
    readonly job: string;
    readonly startedAt: number;
    readonly secondsLeft: number | null;
  } | null;
}

/** Where a waiting job stands. `position` 1 is next. `seconds` until it is expected to start; `null` while unknown. */
export interface Standing {
  readonly position: number;
  readonly seconds: number | null;
}

/** What happened to a job: the store has it already. */
export interface JobChange {
  readonly job: string;
  readonly kind: "waiting" | "running" | "progress" | "posting";
}

/** Hands waiting jobs to free lanes, and keeps the store true about them. */
export interface Scheduler extends AsyncDisposable {
  /** Recovers what a crash left, then claims. */
  start(): Promise<void>;
  /** A job was added or may be claimed now: free lanes look again. */
  wake(): void;
  /** Cancelled for its person at once; its lane is busy until its worker answers. False where it is over. */
  cancel(job: string): Promise<boolean>;
  /** One lane, or all with `null`; a running job finishes. Kept in the store. False where no lane has the name. */
  pause(lane: string | null): Promise<boolean>;
  resume(lane: string | null): Promise<boolean>;
  /** Claims nothing more; resolves when nothing runs. */
  drain(): Promise<void>;
  readonly isDraining: boolean;
  readonly lanes: readonly LaneStatus[];
  /** Of all waiting jobs, in their fair order. */
  standings(): Promise<ReadonlyMap<string, Standing>>;
  /** Calls back after each change; gives the function that stops it. */
  onChange(listener: (change: JobChange) => void): () => void;
  /** Stops claiming and cancels nothing in the store: what runs is aborted and runs again at the next start. */
  [Symbol.asyncDispose](): Promise<void>;
}
