import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClocks } from "../../src/clocks.ts";
import type { FileStore } from "../../src/files/file-store.ts";
import { createFleet } from "../../src/queue/fleet/fleet.ts";
import { openRedis } from "../../src/queue/fleet/redis.ts";
import type { LaneSpec } from "../../src/queue/lane-spec.ts";
import { createScheduler, type Scheduler } from "../../src/queue/scheduler.ts";
import type { NewJob } from "../../src/store/jobs.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";

/** A bot as far as the queue goes: store, scheduler, and lanes of its own or of other hosts. */
export interface BenchBot extends AsyncDisposable {
  /** Resolves once so many lanes are there. */
  lanes(count: number): Promise<void>;
  /** Adds jobs and resolves when all are over. Milliseconds of each from its claim to its end in the store, in the order of their ends. */
  run(jobs: number): Promise<readonly number[]>;
}

export interface BenchBotOptions {
  readonly folder: string;
  readonly sourceBytes: number;
  /** Its own lanes, which take their folders from `prepare`. */
  readonly own?: (prepare: (job: string) => Promise<string>) => readonly LaneSpec[];
  /** `null` without a fleet. */
  readonly fleet: { readonly redis: string; readonly files: FileStore } | null;
}

const log = () => {};

export async function startBot({ folder, sourceBytes, own, fleet }: BenchBotOptions): Promise<BenchBot> {
  await mkdir(folder, { recursive: true });
  const store = await openSqliteStore({ folder });
  const source = join(folder, "source");
  await writeFile(source, new Uint8Array(sourceBytes).fill(3));
  const pictures = {
    source: () => source,
    async prepareRun(job: string) {
      const path = join(folder, "jobs", job, "run");
      await mkdir(path, { recursive: true });
      return path;
    },
    keepRun: (job: string, run: string) => rename(run, join(folder, "jobs", job, "results")),
  };
  const scheduler = createScheduler({ store, lanes: own?.(pictures.prepareRun) ?? [], log });
  const link =
    fleet &&
    openRedis({
      place: { address: fleet.redis, authority: null },
      ...{ name: "bot", clocks: systemClocks, log },
    });
  const joined =
    fleet &&
    link &&
    createFleet({
      ...{ link, files: fleet.files, store, pictures, log, checksSafety: false, clocks: systemClocks },
      packs: [{ name: "mini", version: "1" }],
    });
  await scheduler.start(await joined?.join(scheduler));
  let count = 0;
  return {
    async lanes(wanted) {
      const open = () => scheduler.lanes.filter(({ refusal }) => refusal === null).length;
      while (open() < wanted) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async run(jobs) {
      const ended = endsOf(scheduler, jobs);
      for (let index = 0; index < jobs; index += 1) await store.jobs.add(jobOf(count++), Date.now());
      scheduler.wake();
      return await ended;
    },
    async [Symbol.asyncDispose]() {
      await scheduler[Symbol.asyncDispose]();
      await joined?.[Symbol.asyncDispose]();
      await link?.[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** How long each of the next jobs took. */
function endsOf(scheduler: Scheduler, jobs: number): Promise<readonly number[]> {
  const begun = new Map<string, number>();
  const took: number[] = [];
  return new Promise((resolve) => {
    const stop = scheduler.onChange(({ job, kind }) => {
      if (kind === "running") begun.set(job, performance.now());
      if (kind !== "posting") return;
      took.push(performance.now() - (begun.get(job) ?? Number.NaN));
      if (took.length < jobs) return;
      stop();
      resolve(took);
    });
  });
}

function jobOf(index: number): NewJob {
  const place = { platform: "bench", workspace: "w", channel: "c", thread: null, isDirect: false };
  return {
    id: index.toString(36).padStart(16, "0"),
    owner: { platform: "bench", workspace: "w", user: `user${index % 50}` },
    ...{ askedIn: place, place, isPrivate: false, locale: "en" },
    request: {
      ...{ image: "source", prompt: "a big tree", source: null, negative: "", pack: "mini", box: null },
      settings: {
        ...{ anchors: 8, proposals: 7, seed: 0, steps: null, budget: 14, strength: null, guidance: null },
        ...{
          inpainter: null,
          estimator: "expected",
          structureNorm: "rms",
          anchorSpacing: null,
          rank: "guarded",
        },
      },
    },
    ...{ showsBox: false, lineage: null, area: null, replyTo: null },
  };
}
