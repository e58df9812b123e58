import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleBot, type BotParts, type RunningBot } from "../../src/bots/assemble.ts";
import { createJobFiles } from "../../src/bots/job-files.ts";
import { createDarkroom } from "../../src/pipeline/darkroom-client.ts";
import { proposeBoxes } from "../../src/pipeline/regions/proposals.ts";
import type { JobRecord, Store } from "../../src/queue/job-store.ts";
import { createScheduler, type Scheduler } from "../../src/queue/scheduler.ts";
import { openSqliteStore } from "../../src/queue/sqlite/store.ts";
import type { EditResult } from "../../src/types.ts";
import { createMemoryChat, type MemoryChat, pictureAt } from "./memory-chat.ts";
import { flatPng, paintResults } from "./painted.ts";

/** The bot over a chat in memory, with the real store, scheduler and darkroom, and one lane that a test holds in its hand. */
export interface MemoryBot extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly bot: RunningBot;
  readonly folder: string;
  /** A picture that a member can attach. */
  readonly picture: ReturnType<typeof pictureAt>;
  /** Runs end when the test says so; `auto` ends them at once. */
  readonly lane: { auto: boolean; finish(error?: Error): Promise<void>; readonly running: JobRecord | null };
  /** Everything that is due is sent. */
  settle(): Promise<void>;
  /** `/edit` by Alice, through to its result. */
  edit(prompt?: string): Promise<JobRecord>;
  job(): Promise<JobRecord>;
}

export async function startMemoryBot(
  options: Partial<BotParts> & { chat?: MemoryChat; folder?: string } = {},
): Promise<MemoryBot> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "lrbot-bot-"));
  const chat = options.chat ?? createMemoryChat();
  const store = await openSqliteStore({ folder });
  const files = createJobFiles(folder);
  const lane = createLaneInHand((job) => files.prepareResults(job.id));
  const scheduler = createScheduler({ store, lanes: [{ name: "test", run: lane.run }], log: () => {} });
  const darkroom = createDarkroom({ environment: {}, log: () => {} });
  const bot = assembleBot({
    platforms: [chat],
    store,
    scheduler,
    darkroom,
    files,
    pack: "mini",
    boxesAround: (spot, picture, sizes) => proposeBoxes([spot], picture, sizes)[0] ?? [],
    admins: [],
    standardLimits: { waiting: 5, perDay: 50 },
    keepDays: 7,
    maxUploadBytes: 25_000_000,
    log: () => {},
    outbox: { firstRetry: 5, patience: 2000 },
    ...options,
  });
  await scheduler.start();
  await bot.start();
  const source = join(folder, "photo.png");
  writeFileSync(source, await flatPng(120));

  const memoryBot: MemoryBot = {
    chat,
    store,
    scheduler,
    bot,
    folder,
    picture: pictureAt(source),
    lane,
    async settle() {
      for (let quiet = 0; quiet < 3; quiet++) {
        await bot.settled();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async edit(prompt = "a big tree") {
      lane.auto = true;
      await chat.send({ kind: "command", name: "edit", options: { prompt }, pictures: [memoryBot.picture] });
      for (;;) {
        await memoryBot.settle();
        const job = await memoryBot.job();
        if (["done", "failed", "undeliverable"].includes(job.state)) return job;
      }
    },
    async job() {
      const [job] = await store.jobs.list({ limit: 1 });
      if (!job) throw new Error("no job was stored");
      return job;
    },
    async [Symbol.asyncDispose]() {
      await bot[Symbol.asyncDispose]();
      await scheduler[Symbol.asyncDispose]();
      await darkroom[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
  return memoryBot;
}

function createLaneInHand(prepare: (job: JobRecord) => Promise<string>) {
  let release: ((error?: Error) => void) | null = null;
  const lane = {
    auto: false,
    running: null as JobRecord | null,
    async finish(error?: Error) {
      while (!release) await new Promise((resolve) => setTimeout(resolve, 5));
      release(error);
      release = null;
    },
    async run(job: JobRecord, { signal }: { signal: AbortSignal }): Promise<EditResult> {
      lane.running = job;
      const folder = await prepare(job);
      const error = lane.auto
        ? undefined
        : await new Promise<Error | undefined>((resolve) => {
            release = resolve;
            signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
          });
      release = null;
      lane.running = null;
      if (error) throw error;
      return paintResults(job.request, folder);
    },
  };
  return lane;
}
