import { assembleBot, type BotParts, type RunningBot } from "../bots/assemble.ts";
import type { AdapterServices, ChatPlatform } from "../bots/chat.ts";
import { createJobFiles, type JobFiles } from "../bots/intake/job-files.ts";
import type { WebParts } from "../bots/web/web.ts";
import type { Clocks } from "../clocks.ts";
import type { Config } from "../config.ts";
import { EditError, throwIfCancelled } from "../errors.ts";
import { createMetrics, type LaneState, type Metrics } from "../http/metrics.ts";
import { startHttpServer } from "../http/server.ts";
import type { Log } from "../log.ts";
import { createFetchAttachment } from "../media/fetch-attachment.ts";
import type { Pack } from "../packs/pack.ts";
import { vocabularyOf } from "../packs/vocabulary.ts";
import { proposeBoxes } from "../pipeline/regions/proposals.ts";
import { createPictureWorker } from "../pipeline/workers/pictures/client.ts";
import { openPackProbe, probeSafetyModel, probeSigning } from "../pipeline/workers/probe/client.ts";
import type { Fleet } from "../queue/fleet/fleet.ts";
import type { LaneSpec, LaneStatus } from "../queue/lane-spec.ts";
import { createRetention } from "../queue/retention.ts";
import { createScheduler } from "../queue/scheduler.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import type { Store } from "../store/store.ts";
import type { Disposal } from "./disposal.ts";
import { clearOrphans, closeToOthers } from "./folders.ts";
import { createKnownEvents } from "./known-events.ts";
import { laneSpecsOf } from "./lane-specs.ts";
import type { LanePlan } from "./lanes.ts";
import { observeEnd } from "./observe-end.ts";
import { offerOf } from "./offer.ts";
import { openPainters, type Painters } from "./painters.ts";
import { createStoreWatch } from "./store-watch.ts";
import { upscalingOf } from "./upscaling.ts";

// The bot as a service: all its parts, put together in one file.

/** Of processes that compute, so that the one that answers people gets its turn where processors are short. */
const niceness = 4;

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clocks: Clocks;
  /** Makes the adapters of the platforms whose tokens are set. */
  readonly connect: (services: AdapterServices, page: WebParts) => readonly ChatPlatform[];
  /** Ends the start, and the waiting for platforms that are not connected yet. */
  readonly signal: AbortSignal;
  /**
   * Takes what is opened, also where the start fails. Taking it apart ends runs without cancelling them: they run again at the
   * next start.
   */
  readonly parts: Disposal;
}

export interface Service {
  /** Health and metrics. */
  readonly url: string;
  /** Takes no new work; resolves when what ran is finished and what is due was sent. */
  drain(): Promise<void>;
  /** Ends at once what runs, without cancelling it; resolves when the store has it as waiting again. */
  giveBack(): Promise<void>;
  /** Resolves with the reason once every platform has refused the bot for good, or another store lies in the place of its own. */
  readonly ended: Promise<unknown>;
}

/**
 * Opens the store, starts lanes and chats, and resolves when a chat is connected; the other chats are waited for in the
 * background.
 * @throws EditError `store-in-use`, `store-unreadable`, `pack-*`, `workflow-invalid`, `inpainter-unknown`, `usage` where all tokens
 *   or a port are refused; `cancelled`
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log, clocks, signal, parts } = options;

  // 1. What the settings name is looked at before anything is opened.
  const painters = await checkSettings(options);
  const { packs, plans } = painters;
  throwIfCancelled(signal);

  // 2. The store, and what computes.
  const store = parts.use(await openSqliteStore({ folder: config.dataFolder }));
  const files = createJobFiles(config.dataFolder, clocks.wall);
  const watch = parts.use(createStoreWatch({ look: () => lookAt(store, files), log, clocks }));
  const processes = { environment: config.workerEnvironment, niceness };
  const laneSpecs = laneSpecsOf(painters, { ...processes, config, files, log, parts });
  const fleet = await openFleet(options, { store, files, packs });
  const scheduler = createScheduler({
    store,
    lanes: laneSpecs,
    log: log.write,
    clock: clocks.wall,
    monotonic: clocks.monotonic,
  });
  const pictureWorker = parts.use(
    createPictureWorker({ ...processes, marks: config.marks, log: (level, text) => log[level](text) }),
  );
  const retention = createRetention({
    store,
    removeFolder: files.remove,
    emptyQuarantine: files.emptyQuarantine,
    ...{ keepDays: config.keepDays, keepTextDays: config.keepTextDays },
    ...{ clock: clocks.wall, monotonic: clocks.monotonic },
    log: log.write,
  });

  // 3. The bot over its chats. Taken apart in the other order: first nothing comes in, then nothing goes out, then nothing runs.
  const leaving = new AbortController();
  const { bot, platforms, metrics } = joinBot(options, {
    leaving: leaving.signal,
    ...{ store, files, scheduler, pictureWorker, plans, laneSpecs, fleet, packs: painters.offered },
    requireStorage: watch.check,
    knownWords: await knownWordsOf(packs),
  });
  for (const part of [scheduler, retention, bot, ...platforms]) parts.use(part);
  // Chats end when all that came in is answered: what a server makes larger does not hold them up.
  parts.use({ [Symbol.dispose]: () => leaving.abort() });

  // 4. Health, which tells of the rest of the start.
  const http = parts.use(
    await startHttpServer({
      ...{ host: config.host, port: config.port, metrics, checkStore: watch.check },
      platforms: () => bot.standings,
      isDraining: () => scheduler.isDraining,
    }),
  );
  log.info("health and metrics are served", { url: http.url });

  // 5. What an earlier process left, then new work.
  await closeToOthers(files, log);
  await clearOrphans(files, store, log);
  throwIfCancelled(signal);
  await scheduler.start(await fleet?.join(scheduler));
  await Promise.all([retention.start(), bot.start(signal)]);
  return {
    url: http.url,
    async drain() {
      await scheduler.drain({ givesBackLoading: true });
      await bot.settled();
    },
    giveBack: () => scheduler[Symbol.asyncDispose](),
    ended: Promise.race([bot.ended, watch.replaced]),
  };
}

/** What paints, and where; a safety model and a server's workflow are looked at too. */
async function checkSettings({ config, log, signal }: ServiceOptions): Promise<Painters> {
  const { safetyModel, marks, workerEnvironment: environment } = config;
  const call = { environment, log: (level: "debug" | "error", text: string) => log[level](text), signal };
  await using probe = openPackProbe(call);
  const painters = await openPainters(config, probe);
  if (safetyModel !== null) await probeSafetyModel(safetyModel, call);
  if (marks.signing !== null) await probeSigning(marks.signing, call);
  return painters;
}

/** English words of all packs' lists. */
async function knownWordsOf(packs: readonly Pack[]): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(packs.map(vocabularyOf));
  return new Set(lists.flatMap((words) => [...words]));
}

/** Lanes of other hosts, where they are configured; tried before the first job. */
async function openFleet(
  { config, log, clocks, signal, parts }: ServiceOptions,
  {
    store,
    files,
    packs,
  }: { readonly store: Store; readonly files: JobFiles; readonly packs: readonly Pack[] },
): Promise<Fleet | null> {
  if (config.fleet.redis === null && config.fleet.files === null) {
    if (config.lanes.length > 0 || config.inpainters.length > 0) return null;
    throw new EditError(
      "usage",
      "Expected LRBOT_FLEET_REDIS where LRBOT_DEVICES is none, got neither a device nor a fleet.",
    );
  }
  // Loaded where there is a fleet alone: the libraries for Redis take a sixth of all that a start takes to read.
  const { openFleetParts } = await import("./fleet-parts.ts");
  const { createFleet } = await import("../queue/fleet/fleet.ts");
  const joined = await openFleetParts({
    ...{ config, name: "lrbot", needsRedis: false, clocks, log, signal, parts },
  });
  return parts.use(
    createFleet({
      ...joined,
      ...{ store, clocks, log: log.write, checksSafety: config.safetyModel !== null },
      packs: packs.map(({ manifest: { name, version } }) => ({ name, version })),
      pictures: { source: files.picture, prepareRun: files.prepareRun, keepRun: files.keepRun },
    }),
  );
}

/** What the bot and its adapters are made of. */
type Made = Pick<
  BotParts,
  "store" | "files" | "scheduler" | "pictureWorker" | "requireStorage" | "knownWords" | "packs"
> & {
  readonly plans: readonly LanePlan[];
  readonly laneSpecs: readonly LaneSpec[];
  readonly fleet: Fleet | null;
  /** Aborted when the bot ends. */
  readonly leaving: AbortSignal;
};

/** Bot, adapters and metrics, which tell each other; the metrics are put into the parts. */
function joinBot(
  options: ServiceOptions,
  { plans, laneSpecs, fleet, leaving, ...made }: Made,
): { readonly bot: RunningBot; readonly platforms: readonly ChatPlatform[]; readonly metrics: Metrics } {
  const { config, log, clocks, connect, parts } = options;
  const { store } = made;
  const metrics = parts.use(
    createMetrics({
      waiting: () => store.jobs.count({ states: ["waiting"] }),
      running: () => store.jobs.count({ states: ["running"] }),
      outbox: () => bot.unsent,
      lanes: () => laneStatesOf(made.scheduler.lanes),
      connected: () => connectedOf(bot.standings),
    }),
  );
  const services: AdapterServices = {
    isNew: createKnownEvents(store.events, clocks),
    fetchAttachment: createFetchAttachment({ allowLoopback: config.allowLoopback }),
    onAcknowledged: metrics.observeAcknowledgement,
    leave: (left) => store.removals.leave(left, clocks.wall()),
    log: log.write,
  };
  const platforms = connect(services, {
    ...{ store, scheduler: made.scheduler, files: made.files, pictureWorker: made.pictureWorker },
    ...{ folder: config.dataFolder, maxUploadBytes: config.maxUploadBytes, keepDays: config.keepDays },
    ...{ standardLimits: config.limits, admins: config.admins },
    operator: {
      lanes: () => ({ ...lanesOf(plans, laneSpecs), ...Object.fromEntries(fleet?.lanes ?? []) }),
      platforms: () => bot.standings,
      unsent: () => bot.unsent,
      health: () => healthOf(options),
      process: () => ({ memoryBytes: process.memoryUsage.rss(), uptimeSeconds: process.uptime() }),
    },
  });
  const bot = assembleBot({
    ...made,
    platforms,
    pack: config.pack,
    dataFolder: config.dataFolder,
    studySets: config.studySets,
    checksSafety: config.safetyModel !== null,
    boxesAround: (spot, picture, sizes) => proposeBoxes([spot], picture, sizes)[0] ?? [],
    admins: config.admins,
    standardLimits: config.limits,
    outsideLimits: config.discord.userInstalls,
    keepDays: config.keepDays,
    offer: offerOf(config),
    upscale: upscalingOf(config, leaving),
    showsFirst: config.showsFirst,
    showsPreviews: config.showsPreviews,
    saysAi: config.saysAi,
    watermarkKey: config.watermarkKey,
    refusesUndressing: config.refusesUndressing,
    maxUploadBytes: config.maxUploadBytes,
    clock: clocks.wall,
    monotonicClock: clocks.monotonic,
    log: log.write,
    onOver: (job) => observeEnd(job, metrics, clocks.wall()),
  });
  return { bot, platforms, metrics };
}

/** What a lane runs on, and what its process takes. */
function lanesOf(
  plans: readonly LanePlan[],
  specs: readonly LaneSpec[],
): ReturnType<WebParts["operator"]["lanes"]> {
  return Object.fromEntries(
    plans.map(({ name, device }, index) => [
      name,
      { device, memoryBytes: specs[index]?.memoryBytes?.() ?? null },
    ]),
  );
}

/** As `lrbot doctor` finds it, in processes of its own; the start's signal ends it. */
async function healthOf({ config, log, signal }: ServiceOptions): ReturnType<WebParts["operator"]["health"]> {
  const { workerEnvironment: environment } = config;
  const { allFindings } = await import("../cli/doctor/findings.ts");
  return allFindings(config, { environment, signal, log: (level, text) => log[level](text) });
}

/** Whether one more job could be kept, with its pictures. */
async function lookAt(store: Store, files: JobFiles): Promise<void> {
  await store.probe();
  await files.requireRoom();
}

function laneStatesOf(lanes: readonly LaneStatus[]): Record<string, LaneState> {
  return Object.fromEntries(
    lanes.map(({ name, running, isPaused, refusal }) => [
      name,
      running ? "running" : refusal !== null ? "refusing" : isPaused ? "paused" : "free",
    ]),
  );
}

function connectedOf(standings: RunningBot["standings"]): Record<string, boolean> {
  return Object.fromEntries(Object.entries(standings).map(([name, { isConnected }]) => [name, isConnected]));
}
