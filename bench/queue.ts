import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createScheduler } from "../src/queue/scheduler.ts";
import type { NewJob } from "../src/store/jobs.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import type { Store } from "../src/store/store.ts";
import type { EditResult, EditSettings } from "../src/types.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";

const [laneCount, jobCount, personCount, decisions] = [64, 10_000, 500, 2000];
const packs = ["mini", "sd15-inpaint"];
/** A third of the lanes have one loaded that nobody waits for: all that wait are looked through for it in vain. */
const loadedPacks = [...packs, "sd15-blend"];

/**
 * What scheduling costs with 64 lanes and 10,000 waiting jobs of 500 people: milliseconds of a decision, which is the
 * claim of the next fair job by a lane that is free and what is written down about it before (a result and its delivery) and
 * after (one progress). The queue stays at its length, since each decision is followed by a new job. `passMs` is a job's
 * whole way through the scheduler with lanes that answer at once, `standingsMs` the place and expected start of all.
 */
export async function run({ log }: BenchOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-bench-queue-"));
  const store = await openSqliteStore({ folder });
  try {
    const added = await timed(jobCount, (index) => store.jobs.add(jobOf(index), index));
    const cpu: number[] = [];
    const decided = await measureDecisions(store, cpu);
    const placed = await measureStandings(store);
    const passed = await measurePasses(store);
    const rows: [string, readonly number[]][] = [
      ["add a job", added],
      ["decide", decided],
      ["decide, processor", cpu],
      ["standings of all", placed],
      ["a job's whole way", passed],
    ];
    for (const [name, values] of rows) log(`${name.padEnd(18)} ${spelled(values)}`);
    return {
      ...{ decisionMs: median(decided), decisionP99Ms: percentile(decided, 0.99) },
      ...{ decisionCpuMs: median(cpu), decisionCpuP99Ms: percentile(cpu, 0.99) },
      ...{ lanes: laneCount, jobs: jobCount, people: personCount },
      ...{ addMs: median(added), standingsMs: median(placed), passMs: median(passed) },
    };
  } finally {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

/** Lane after lane ends its job, claims the next and tells of its progress; `now` is the number of jobs so far. */
async function measureDecisions(store: Store, cpu: number[]): Promise<number[]> {
  const running: (string | null)[] = Array.from({ length: laneCount }, () => null);
  let now = jobCount;
  const decide = async (index: number) => {
    const lane = index % laneCount;
    const before = running[lane];
    if (before) {
      await store.jobs.finish(before, { result }, now);
      await store.jobs.markDelivered(before);
    }
    const loadedPack = loadedPacks[lane % loadedPacks.length] ?? null;
    const offer = { lane: `simulated:${lane}`, packs: null, loadedPack, loadingMilliseconds: 2 * jobCount };
    const job = await store.jobs.claim(offer, now);
    if (!job) throw new Error("Expected a job to claim, got none.");
    await store.jobs.recordProgress(job.id, loading);
    running[lane] = job.id;
    return () => store.jobs.add(jobOf(now), now++);
  };
  return await timed(decisions, decide, cpu);
}

async function measureStandings(store: Store): Promise<number[]> {
  await using scheduler = createScheduler({ store, log: () => {}, lanes: lanesThat(() => result) });
  return await timed(20, async () => {
    await scheduler.standings();
  });
}

/** The time from the end of one job to that of the next, whichever lane ends it, of 64 lanes that have nothing to do. */
async function measurePasses(store: Store): Promise<number[]> {
  const times: number[] = [];
  await using scheduler = createScheduler({ store, log: () => {}, lanes: lanesThat(() => result) });
  await new Promise<void>((resolve) => {
    let last = performance.now();
    scheduler.onChange(({ kind }) => {
      if (kind !== "posting") return;
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (times.length === decisions) resolve();
    });
    void scheduler.start();
  });
  return times;
}

function lanesThat(answer: () => EditResult) {
  return Array.from({ length: laneCount }, (_, lane) => ({
    name: `simulated:${lane}`,
    async run() {
      // As an answer from a worker: not in the same turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      return answer();
    },
  }));
}

/**
 * Milliseconds of each call, by the clock of the wall, or with `cpu` of the processor, which a busy machine does not
 * lengthen. What a call gives back is done after the clock was read.
 */
async function timed(
  calls: number,
  call: (index: number) => Promise<unknown | (() => Promise<unknown>)>,
  cpu: number[] = [],
): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < calls; index++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const rest = await call(index);
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
    if (typeof rest === "function") await rest();
  }
  return times;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function spelled(values: readonly number[]): string {
  const [middle, high, most] = [median(values), percentile(values, 0.99), Math.max(...values)];
  return `median ${middle.toFixed(3)} ms, p99 ${high.toFixed(3)} ms, most ${most.toFixed(3)} ms`;
}

/** People are not equally busy: the first of them has many times the jobs of the last. */
function jobOf(index: number): NewJob {
  const user = `user-${Math.floor(personCount * ((index * 0.618_033_988_75) % 1) ** 2)}`;
  const place = { platform: "bench", workspace: "w", channel: "c", thread: null, isDirect: false };
  return {
    id: index.toString(36).padStart(16, "0"),
    owner: { platform: "bench", workspace: "w", user },
    askedIn: place,
    place,
    isPrivate: false,
    locale: "en",
    request: {
      ...{ image: "source.png", prompt: "a big tree with many flowers", source: null, negative: "" },
      ...{ pack: packs[index % 2] ?? "mini", box: null, settings },
    },
    ...{ showsBox: false, lineage: null, area: null, replyTo: null },
  };
}

const settings: EditSettings = {
  ...{ anchors: 8, proposals: 7, seed: 0, steps: null, budget: 14, strength: null, guidance: null },
  ...{ inpainter: null, estimator: "expected", structureNorm: "rms", anchorSpacing: null, rank: "guarded" },
};

const loading = { version: 1, phase: "loading", stepsDone: 1, stepsTotal: 100, secondsLeft: 12 } as const;

/** As large as a real one: 32 paintings, 8 results. */
const result: EditResult = {
  image: { file: "source.png", width: 512, height: 512, sha256: "0".repeat(64) },
  prompt: "a big tree with many flowers",
  source: { text: "tree", from: "found", confidence: 0.9 },
  ...{
    pack: "mini",
    inpainter: "stable-diffusion",
    device: "simulated",
    seed: 0,
    network: null,
    warnings: [],
  },
  settings: { ...settings, negative: "" },
  anchors: Array.from({ length: 8 }, (_, anchor) => ({
    x: anchor * 31,
    y: anchor * 17,
    attention: 0.012_345,
  })),
  proposals: Array.from({ length: 32 }, (_, index) => painted(index % 8)),
  results: Array.from({ length: 8 }, (_, anchor) => ({
    ...painted(anchor),
    ...{
      rank: anchor + 1,
      file: `result-${anchor + 1}.png`,
      overlay: `overlay-${anchor + 1}.png`,
      weak: false,
    },
    scores: { t2i: 0.312_345, i2i: 0.812_345, quality: 1.437_035 },
  })),
  calls: { drafts: 24, full: 8, equivalent: 14 },
  milliseconds: { load: 0, features: 120, learn: 4200, paint: 6100, rank: 80, total: 10_500 },
};

function painted(anchor: number) {
  return {
    anchor,
    box: { left: 16 * anchor, top: 12, width: 128, height: 128 },
    losses: { clip: 0.712_345, structure: 0.112_345, direction: 0.412_345, total: 1.237_035 },
    steps: 20,
  };
}
