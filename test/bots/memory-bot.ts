import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleBot, type BotParts, type RunningBot } from "../../src/bots/assemble.ts";
import { createJobFiles } from "../../src/bots/intake/job-files.ts";
import { proposeBoxes } from "../../src/pipeline/regions/proposals.ts";
import { createScheduler, type Scheduler } from "../../src/queue/scheduler.ts";
import type { JobRecord, JobState } from "../../src/store/jobs.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { createLaneInHand, type LaneInHand } from "./lane-in-hand.ts";
import { createMemoryChat, type MemoryChat, pictureAt } from "./memory-chat.ts";
import { flatPng } from "./painted.ts";
import { sharedPictureWorker } from "./shared-picture-worker.ts";

/** The bot over a chat in memory, with the real store, scheduler and picture worker, and one lane that a test holds in its hand. */
export interface MemoryBot extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly bot: RunningBot;
  readonly folder: string;
  /** A picture that a member can attach. */
  readonly picture: ReturnType<typeof pictureAt>;
  readonly lane: LaneInHand;
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
  const lane = createLaneInHand(files);
  const scheduler = createScheduler({ store, lanes: [{ name: "test", run: lane.run }], log: () => {} });
  const bot = assembleBot({
    platforms: [chat],
    store,
    scheduler,
    pictureWorker: sharedPictureWorker,
    files,
    pack: "mini",
    dataFolder: folder,
    boxesAround: (spot, picture, sizes) => proposeBoxes([spot], picture, sizes)[0] ?? [],
    admins: [],
    standardLimits: { waiting: 5, perDay: 50 },
    keepDays: 7,
    maxUploadBytes: 25_000_000,
    log: () => {},
    outbox: { firstRetry: 5, retryFor: 2000 },
    ...options,
  });
  await scheduler.start();
  await bot.start(new AbortController().signal);
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
      const count = (...states: JobState[]) => store.jobs.count({ states });
      const isOver = async () => {
        const held = lane.running && !lane.auto ? 1 : 0;
        const isPaused = scheduler.lanes.every((each) => each.isPaused);
        const waits = lane.auto && !isPaused ? await count("waiting") : 0;
        return (await count("running")) === held && waits === 0 && (await count("posting")) === 0;
      };
      for (let quiet = 0; quiet < 3; quiet = (await isOver()) ? quiet + 1 : 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await bot.settled();
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
      await store[Symbol.asyncDispose]();
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
  return memoryBot;
}
