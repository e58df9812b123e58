import { rm } from "node:fs/promises";
import { systemClocks } from "../../../clocks.ts";
import type { EditResult, Progress } from "../../../types.ts";
import { serveParent } from "../serve-parent.ts";
import type { EditAnswer, EditEvent, EditOrder } from "./protocol.ts";

/** Does one job and reports on it. `longestRunMilliseconds` is the longest run of a network so far. */
export type Perform = (
  order: EditOrder,
  context: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: Progress, longestRunMilliseconds: number) => void;
  },
) => Promise<{ readonly result: EditResult; readonly runMilliseconds: number }>;

/**
 * The child's side of a worker, real or simulated: takes one job at a time, says once a second that it is alive, and
 * measures what the job cost. The folder of a job whose result nobody will take is removed.
 */
export function serveJobs(perform: Perform): void {
  const { monotonic } = systemClocks;
  serveParent<EditOrder, EditEvent, EditAnswer>(
    async (order, { signal, tell }) => {
      const start = monotonic();
      const alive = setInterval(() => tell({ kind: "alive" }), 1000);
      try {
        const { result, runMilliseconds } = await perform(order, {
          signal,
          onProgress: (progress, longestRunMilliseconds) =>
            tell({ kind: "progress", progress, longestRunMilliseconds }),
        });
        const totalMilliseconds = monotonic() - start;
        return {
          result,
          stats: { totalMilliseconds, runMilliseconds, peakRssMegabytes: peakRssMegabytes() },
        };
      } finally {
        clearInterval(alive);
      }
    },
    {
      async onLeave(unfinished) {
        for (const { job } of unfinished)
          await rm(job.folder, { recursive: true, force: true, maxRetries: 3 });
      },
    },
  );
}

/** `maxRSS` is in kilobytes. */
function peakRssMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}
