import type { Metrics } from "../http/metrics.ts";
import type { JobRecord } from "../store/jobs.ts";

/** Brings a job that is over into the metrics. `now` is in milliseconds since 1970, as the job's own times are. */
export function observeEnd(job: JobRecord, metrics: Metrics, now: number): void {
  const { state, startedAt, finishedAt, createdAt, failure, result } = job;
  if (state === "done" || state === "failed" || state === "cancelled" || state === "undeliverable") {
    metrics.countOutcome(state);
  }
  if (failure) metrics.countFailure(failure.code);
  if (startedAt) metrics.observePhase("waiting", (startedAt - createdAt) / 1000);
  for (const [phase, milliseconds] of Object.entries(result?.milliseconds ?? {})) {
    if (phase !== "total") metrics.observePhase(phase, milliseconds / 1000);
  }
  if (finishedAt) metrics.observePhase("posting", (now - finishedAt) / 1000);
}
