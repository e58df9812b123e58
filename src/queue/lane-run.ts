import type { JobRecord, JobStore } from "../store/jobs.ts";
import type { EditResult, Progress } from "../types.ts";
import type { JobChange } from "./job-change.ts";
import type { LaneStatus } from "./lane-spec.ts";
import { createProgressWriter } from "./progress-writer.ts";
import type { QueueLog } from "./queue-log.ts";
import { endOfError, type RunEnd } from "./run-end.ts";

/** One job on a lane, from its claim to how it ends. */
export interface LaneRun {
  readonly job: JobRecord;
  readonly status: NonNullable<LaneStatus["running"]>;
  /** Nothing of it is done yet. */
  readonly isLoading: boolean;
  /** For its person: the store knows. */
  cancel(): void;
  /** It waits again. */
  giveBack(): void;
  /** Runs it. Once; never rejects. */
  end(): Promise<RunEnd>;
}

/** What a run is given by its lane. */
export interface LaneRunParts {
  readonly job: JobRecord;
  readonly jobs: Pick<JobStore, "recordProgress">;
  /** Edits, on the lane's device. */
  readonly edit: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<EditResult>;
  /** What such a job took before; `null` where that is unknown. */
  readonly expectedSeconds: number | null;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** Least time between two writes of its progress. */
  readonly progressMilliseconds: number;
  /** The whole program ends. */
  readonly closing: AbortSignal;
  /** The pack is loaded from here on. */
  readonly onLoaded: () => void;
  readonly emit: (change: JobChange) => void;
  /** Each thing that its worker tells, as it comes. */
  readonly tell: (progress: Progress) => void;
  readonly log: QueueLog;
}

export function createLaneRun(parts: LaneRunParts): LaneRun {
  const { job, jobs, expectedSeconds, clock, monotonic, closing, log, emit } = parts;
  const cancelling = new AbortController();
  const givingBack = new AbortController();
  const begunAt = monotonic();
  let latest: { readonly progress: Progress; readonly at: number } | null = null;

  async function storeProgress(progress: Progress): Promise<void> {
    try {
      await jobs.recordProgress(job.id, progress);
      emit({ job: job.id, kind: "progress" });
    } catch (error) {
      log("warn", "a job's progress was not stored", { job: job.id, error });
    }
  }

  /** As its worker says, or as such jobs took before. */
  function secondsLeft(): number | null {
    const now = monotonic();
    const told = latest?.progress.secondsLeft ?? null;
    if (latest && told !== null) return Math.max(0, told - (now - latest.at) / 1000);
    return expectedSeconds === null ? null : Math.max(0, expectedSeconds - (now - begunAt) / 1000);
  }

  return {
    job,
    get status() {
      return { job: job.id, startedAt: job.startedAt ?? clock(), secondsLeft: secondsLeft() };
    },
    get isLoading() {
      return (latest?.progress.phase ?? "loading") === "loading";
    },
    cancel: () => cancelling.abort(),
    giveBack: () => givingBack.abort(),
    async end() {
      const writer = createProgressWriter(storeProgress, {
        milliseconds: parts.progressMilliseconds,
        monotonic,
      });
      const onProgress = (progress: Progress) => {
        latest = { progress, at: monotonic() };
        if (progress.phase !== "loading") parts.onLoaded();
        if (cancelling.signal.aborted) return;
        writer.note(progress);
        parts.tell(progress);
      };
      try {
        const either = AbortSignal.any([cancelling.signal, givingBack.signal]);
        return { kind: "result", result: await parts.edit(onProgress, either) };
      } catch (error) {
        return endOfError(error, {
          isCancelled: cancelling.signal.aborted,
          isClosing: closing.aborted || givingBack.signal.aborted,
        });
      } finally {
        await writer.close();
      }
    },
  };
}
