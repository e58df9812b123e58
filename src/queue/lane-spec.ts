import type { JobRecord } from "../store/jobs.ts";
import type { EditResult, Progress } from "../types.ts";

/** What a lane needs to be run: its device and the function that runs one job there. */
export interface LaneSpec {
  /** Its device: `cpu`, `cuda:0`, `simulated:3`. */
  readonly name: string;
  /** Packs that it can run; every one where this is missing or `null`. */
  readonly packs?: readonly string[] | null;
  /**
   * Runs one job. Settles only when the device is free again, also when the signal aborts.
   * @throws EditError every code of the pipeline; `worker-died` and `worker-hung` make the job wait again,
   *   `inpainter-unreachable` does while another lane could run it
   */
  readonly run: (
    job: JobRecord,
    context: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ) => Promise<EditResult>;
  /** Resident memory of its process, bytes; `null` where none runs or that is not known. */
  readonly memoryBytes?: () => number | null;
}

export interface LaneStatus {
  readonly name: string;
  readonly isPaused: boolean;
  readonly loadedPack: string | null;
  readonly running: {
    readonly job: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
    readonly secondsLeft: number | null;
  } | null;
}
