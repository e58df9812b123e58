import type { JobTimes } from "../../../store/jobs.ts";
import type { OperatorSeries, SeriesPoint } from "../protocol.ts";

/** Points of a chart, at most. */
const points = 96;
const hour = 3600;

/** Whole minutes that make at most so many steps. */
function stepOf(hours: number): number {
  const sizes = [5 * 60, 15 * 60, 30 * 60, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour];
  return sizes.find((seconds) => (hours * hour) / seconds <= points) ?? 24 * hour;
}

/** When the first step of a chart begins, milliseconds since 1970. */
export function seriesStart(hours: number, now: number): number {
  const step = stepOf(hours) * 1000;
  return Math.floor((now - hours * hour * 1000) / step) * step + step;
}

/** How many jobs were ordered and ended in each step, and how long they waited and ran. */
export function seriesOf(jobs: readonly JobTimes[], hours: number, now: number): OperatorSeries {
  const step = stepOf(hours);
  const start = seriesStart(hours, now);
  const count = Math.floor((now - start) / (step * 1000)) + 1;
  const indexOf = (at: number | null) => (at === null ? -1 : Math.floor((at - start) / (step * 1000)));
  const grouped = Array.from({ length: count }, () => ({
    ...{ ordered: 0, done: 0, failed: 0, cancelled: 0 },
    waits: [] as number[],
    runs: [] as number[],
  }));
  for (const { createdAt, startedAt, finishedAt, outcome } of jobs) {
    const ordered = grouped[indexOf(createdAt)];
    if (ordered) ordered.ordered += 1;
    if (startedAt !== null) grouped[indexOf(startedAt)]?.waits.push((startedAt - createdAt) / 1000);
    const ended = grouped[indexOf(finishedAt)];
    if (!ended || outcome === null || finishedAt === null) continue;
    ended[outcome] += 1;
    if (outcome === "done" && startedAt !== null) ended.runs.push((finishedAt - startedAt) / 1000);
  }
  return {
    step,
    points: grouped.map(
      ({ waits, runs, ...counts }, index): SeriesPoint => ({
        at: start + index * step * 1000,
        ...counts,
        waitMedian: median(waits),
        waitLongest: waits.length > 0 ? Math.max(...waits) : null,
        runMedian: median(runs),
      }),
    ),
  };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
