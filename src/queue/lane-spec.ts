import type { JobRecord } from "../store/jobs.ts";
import type { EditResult, Progress } from "../types.ts";

/**
 * Why a lane takes no job just now: it is `away`; it speaks another `version` of the protocol; it lacks the `pack`, or the
 * `safety` model that the bot's jobs need; it ends when what runs there is done.
 */
export const laneRefusals = ["away", "version", "pack", "safety", "draining"] as const;
export type LaneRefusal = (typeof laneRefusals)[number];

/** What a lane needs to be run: its device and the function that runs one job there. */
export interface LaneSpec {
  /** Its device: `cpu`, `cuda:0`, `simulated:3`; on another host that host's name before it, `gpu1/cuda:0`. */
  readonly name: string;
  /** Packs that it can run; every one where this is missing or `null`. */
  readonly packs?: readonly string[] | null;
  /**
   * Runs one job. Settles only when the device is free again, also when the signal aborts.
   * @throws EditError every code of the pipeline; `worker-died` and `worker-hung` make the job wait again,
   *   `inpainter-unreachable` does while another lane could run it
   * @throws GivenBack where nothing of the job was done
   */
  readonly run: (
    job: JobRecord,
    context: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ) => Promise<EditResult>;
  /** Resident memory of its process, bytes; `null` where none runs or that is not known. */
  readonly memoryBytes?: () => number | null;
  /** `null` while it takes jobs. Default: always. */
  readonly refusal?: () => LaneRefusal | null;
  /** The job that it was given stands behind another bot's there, and is not begun. Default: never. */
  readonly isQueued?: () => boolean;
  /** The store has how the last run ended: what is left of it elsewhere can go. Never rejects. */
  readonly settled?: () => Promise<void>;
}

export interface LaneStatus {
  readonly name: string;
  readonly isPaused: boolean;
  readonly refusal: LaneRefusal | null;
  readonly loadedPack: string | null;
  readonly running: {
    readonly job: string;
    /** Milliseconds since 1970. */
    readonly startedAt: number;
    readonly secondsLeft: number | null;
  } | null;
}
