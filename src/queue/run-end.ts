import { randomUUID } from "node:crypto";
import { EditError, type ErrorCode } from "../errors.ts";
import type { JobFailure, JobStore } from "../store/jobs.ts";

import type { EditResult } from "../types.ts";
import type { JobChange } from "./job-change.ts";

/** What a run rejects with that was ended before anything of its job was done: the job waits again, and nothing is counted. */
export class GivenBack extends Error {
  override readonly name = "GivenBack";
}

/** How a run on a lane ended. */
export type RunEnd =
  | { readonly kind: "result"; readonly result: EditResult }
  | { readonly kind: "failure"; readonly failure: JobFailure; readonly error: unknown }
  /** The worker died or hung, or the run was ended from outside without anybody having cancelled the job. */
  | { readonly kind: "lost"; readonly failure: JobFailure; readonly error: unknown }
  /** The lane's server does not answer: another lane may do the job. */
  | { readonly kind: "unreachable"; readonly failure: JobFailure; readonly error: unknown }
  /** The same, and the job is another lane's to try. */
  | { readonly kind: "passed-on" }
  /** The job was cancelled; the store knows. */
  | { readonly kind: "cancelled" }
  /** What the lane needs for any job is away, such as the file store: the job waits for it, or for another lane. */
  | { readonly kind: "unfit"; readonly failure: JobFailure; readonly error: unknown }
  /** Nothing was done of it; it is any lane's to claim. */
  | { readonly kind: "given-back" }
  /** The whole program is ending. */
  | { readonly kind: "interrupted" };

/** A worker died, or what a run needed was taken away: it is worth another run, but not without end. */
const fromOutside: ReadonlySet<ErrorCode> = new Set([
  "worker-died",
  "worker-hung",
  "cancelled",
  "files-missing",
]);

/** Failures of a lane, not of what it was asked for. */
const ofLane: ReadonlySet<ErrorCode> = new Set([
  "fleet-protocol",
  "files-unreachable",
  "files-refused",
  "files-full",
]);

/** What an error of a run means, by who wanted the run to end. */
export function endOfError(error: unknown, by: { isCancelled: boolean; isClosing: boolean }): RunEnd {
  const code = error instanceof EditError ? error.code : null;
  const isFromOutside = code !== null && fromOutside.has(code);
  if (by.isCancelled) return { kind: "cancelled" };
  if (error instanceof GivenBack) return { kind: "given-back" };
  if (by.isClosing && (isFromOutside || code === null)) return { kind: "interrupted" };
  const failure = failureOf(error);
  if (code === "inpainter-unreachable") return { kind: "unreachable", failure, error };
  if (code !== null && ofLane.has(code)) return { kind: "unfit", failure, error };
  return isFromOutside ? { kind: "lost", failure, error } : { kind: "failure", failure, error };
}

function failureOf(error: unknown): JobFailure {
  const message = error instanceof Error ? error.message : String(error);
  const given = error instanceof EditError ? error.code : "internal";
  // Nobody cancelled the job: its worker was ended, by Ctrl-C for example, which reaches the whole process group.
  const code = given === "cancelled" ? "worker-died" : given;
  const setting = error instanceof EditError ? error.setting : null;
  const reference = code === "internal" ? randomUUID().slice(0, 8) : null;
  return { code, message, reference, ...(setting === null ? {} : { setting }) };
}

/** Brings the end of a run into the store. Gives what that changed; `null` where the job was no longer running. */
export async function storeEnd(
  jobs: JobStore,
  end: RunEnd,
  { job, now }: { readonly job: string; readonly now: number },
): Promise<JobChange["kind"] | null> {
  switch (end.kind) {
    case "cancelled":
      return null;
    case "interrupted":
    case "passed-on":
    case "unfit":
    case "given-back":
      return (await jobs.release(job)) ? "waiting" : null;
    case "result":
      return (await jobs.finish(job, { result: end.result }, now)) ? "posting" : null;
    case "failure":
    case "unreachable":
      return (await jobs.finish(job, { failure: end.failure }, now)) ? "posting" : null;
    case "lost": {
      const became = await jobs.loseWorker(job, end.failure, now);
      if (became === "gone") return null;
      return became === "waiting" ? "waiting" : "posting";
    }
  }
}
