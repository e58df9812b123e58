import type { EstimateStore } from "../store/estimates.ts";
import { type JobRecord, type WaitingJob, type Work, workOf } from "../store/jobs.ts";
import type { EditResult } from "../types.ts";

/** How long jobs take, as far as this machine has measured it. */
export interface Measurements {
  /** Reads what is known of these kinds of work on a lane, so that `secondsOf` can answer. */
  know(jobs: readonly Kind[], lanes: readonly string[]): Promise<void>;
  /** Expected seconds of a job on a lane, or on any where that lane had none yet, without loading. `null` until one was measured. */
  secondsOf(job: Kind, lane: string): number | null;
  /** How long the lane takes to load a pack; 0 until it was measured. */
  loadingMilliseconds(lane: string): Promise<number>;
  record(job: JobRecord, lane: string, result: EditResult, hasLoaded: boolean): Promise<void>;
}

/** What decides how long a job takes. */
export type Kind = Pick<WaitingJob, "pack" | "work">;

export function kindOf(job: JobRecord): Kind {
  return { pack: job.request.pack, work: workOf(job) };
}

export function createMeasurements(store: EstimateStore): Measurements {
  const known = new Map<string, number | null>();
  const read = async (key: string) => {
    const seconds = known.get(key);
    if (seconds !== undefined) return seconds;
    const stored = await store.get(key);
    known.set(key, stored);
    return stored;
  };
  const write = async (key: string, seconds: number) => {
    await store.record(key, seconds);
    known.set(key, await store.get(key));
  };
  return {
    async know(jobs, lanes) {
      const kinds = new Map(jobs.map(({ pack, work }) => [`${work} ${pack}`, { pack, work }]));
      for (const { pack, work } of kinds.values()) {
        for (const lane of [anyLane, ...lanes]) await read(keyOf(pack, work, lane));
      }
    },
    secondsOf: ({ pack, work }, lane) =>
      known.get(keyOf(pack, work, lane)) ?? known.get(keyOf(pack, work, anyLane)) ?? null,
    loadingMilliseconds: async (lane) => 1000 * ((await read(`load ${lane}`)) ?? 0),
    async record(job, lane, { milliseconds: { total, load } }, hasLoaded) {
      const { pack, work } = kindOf(job);
      for (const where of [anyLane, lane]) await write(keyOf(pack, work, where), (total - load) / 1000);
      if (hasLoaded) await write(`load ${lane}`, load / 1000);
    },
  };
}

const anyLane = "*";

function keyOf(pack: string, work: Work, lane: string): string {
  return `${work} ${pack} ${lane}`;
}
