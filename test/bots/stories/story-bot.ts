import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import sharp from "sharp";
import { expect } from "vitest";
import { assembleBot, type BotParts } from "../../../src/bots/assemble.ts";
import type { AdapterServices } from "../../../src/bots/chat.ts";
import { createJobFiles } from "../../../src/bots/intake/job-files.ts";
import { createFetchAttachment } from "../../../src/media/fetch-attachment.ts";
import { proposeBoxes } from "../../../src/pipeline/regions/proposals.ts";
import { createScheduler, type Scheduler } from "../../../src/queue/scheduler.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { createLaneInHand, type LaneInHand } from "../lane-in-hand.ts";
import { sharedPictureWorker } from "../shared-picture-worker.ts";
import { offer, offeredPacks, type World } from "./world.ts";

/** The bot over one platform's real client, with the real store, scheduler, picture worker and fetching; painting is in hand. */
export interface StoryBot extends AsyncDisposable {
  /** Where sets for studies lie. */
  readonly studySets: string;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly lane: LaneInHand;
  readonly acknowledgements: readonly number[];
  /** Everything that was logged as an error. */
  readonly complaints: readonly string[];
  /** Where the picture of a job lies, as it was sent. */
  sourceOf(job: string): string;
  /** Lets milliseconds pass for the bot at once. */
  letPass(milliseconds: number): void;
  /** Everything that is due was sent. */
  settled(): Promise<void>;
  /** Ends this bot as a crash would and starts another on the same store. */
  restart(): Promise<void>;
}

/** Ends both: nothing that the platform forbids was sent, and nothing was logged as an error. */
export async function endStory(world: World, bot: StoryBot): Promise<void> {
  const { violations } = world;
  const { complaints } = bot;
  await bot[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
  expect(complaints).toEqual([]);
}

export async function startStoryBot(
  world: Pick<World, "connect">,
  options: Pick<BotParts, "outsideLimits"> = {},
): Promise<StoryBot> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-story-"));
  const files = createJobFiles(folder);
  const lane = createLaneInHand(files);
  const acknowledgements: number[] = [];
  const complaints: string[] = [];

  let passed = 0;

  async function begin() {
    const store = await openSqliteStore({ folder });
    const services: AdapterServices = {
      isNew: (id) => store.events.isNew(id, Date.now()),
      fetchAttachment: createFetchAttachment({ allowLoopback: true }),
      onAcknowledged: (milliseconds) => void acknowledgements.push(milliseconds),
      leave: (left) => store.removals.leave(left, Date.now()),
      log(level, text, details) {
        if (level === "error") complaints.push(`${text} ${inspect(details)}`);
      },
    };
    const scheduler = createScheduler({ store, lanes: [{ name: "test", run: lane.run }], log: () => {} });
    const platform = world.connect(services, {
      ...{ store, scheduler, files, folder, pictureWorker: sharedPictureWorker },
      ...{ admins: [], standardLimits: { waiting: 5, perDay: 50 }, keepDays: 7, maxUploadBytes: 25_000_000 },
      operator: {
        ...{ lanes: () => ({}), platforms: () => ({}), unsent: () => 0, health: async () => [] },
        process: () => ({ memoryBytes: 0, uptimeSeconds: 0 }),
      },
    });
    const bot = assembleBot({
      platforms: [platform],
      store,
      scheduler,
      pictureWorker: sharedPictureWorker,
      files,
      pack: "mini",
      offer,
      packs: offeredPacks,
      dataFolder: folder,
      studySets: join(folder, "sets"),
      knownWords: new Set(["tree", "car", "big", "red", "gift"]),
      checksSafety: true,
      async upscale(file, out) {
        const large = sharp(await readFile(file))
          .resize({ width: 256 })
          .png();
        await writeFile(out, await large.toBuffer());
      },
      boxesAround: (spot, picture, sizes) => proposeBoxes([spot], picture, sizes)[0] ?? [],
      admins: [],
      clock: () => Date.now() + passed,
      monotonicClock: () => performance.now() + passed,
      standardLimits: { waiting: 5, perDay: 50 },
      keepDays: 7,
      maxUploadBytes: 25_000_000,
      ...options,
      log: services.log,
      outbox: { firstRetry: 20, retryFor: 10_000 },
    });
    await scheduler.start();
    await bot.start(new AbortController().signal);
    return {
      store,
      scheduler,
      bot,
      async end() {
        await platform[Symbol.asyncDispose]();
        await bot[Symbol.asyncDispose]();
        await scheduler[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  }

  let running = await begin();
  return {
    studySets: join(folder, "sets"),
    get store() {
      return running.store;
    },
    get scheduler() {
      return running.scheduler;
    },
    lane,
    acknowledgements,
    complaints,
    sourceOf: (job) => files.picture(job),
    letPass(milliseconds) {
      passed += milliseconds;
    },
    settled: () => running.bot.settled(),
    async restart() {
      await running.end();
      running = await begin();
    },
    async [Symbol.asyncDispose]() {
      await running.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
