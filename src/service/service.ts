import { assembleBot, type RunningBot } from "../bots/assemble.ts";
import type { AdapterServices, ChatPlatform } from "../bots/chat.ts";
import { createJobFiles, type JobFiles } from "../bots/intake/job-files.ts";
import type { Config } from "../config.ts";
import { throwIfCancelled } from "../errors.ts";
import { createMetrics, type Metrics } from "../http/metrics.ts";
import { startHttpServer } from "../http/server.ts";
import type { Log } from "../log.ts";
import { createFetchAttachment } from "../media/fetch-attachment.ts";
import { openPack } from "../packs/open.ts";
import { remoteKindOf } from "../pipeline/inpainters/remote/kinds.ts";
import { proposeBoxes } from "../pipeline/regions/proposals.ts";
import { createWorkerClient } from "../pipeline/workers/edits/client.ts";
import { createPictureWorker } from "../pipeline/workers/pictures/client.ts";
import { probeSafetyModel } from "../pipeline/workers/probe/client.ts";
import type { LaneSpec } from "../queue/lane-spec.ts";
import { createRetention } from "../queue/retention.ts";
import { createScheduler } from "../queue/scheduler.ts";
import type { JobRecord } from "../store/jobs.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import type { Store } from "../store/store.ts";
import type { Disposal } from "./disposal.ts";
import { lanePlansOf } from "./lanes.ts";

// The bot as a service: all its parts, put together and taken apart in one file.

/** Of processes that compute, so that the one that answers people gets its turn where processors are short. */
const niceness = 4;

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
  /** Makes the adapters of the platforms whose tokens are set. */
  readonly connect: (services: AdapterServices) => readonly ChatPlatform[];
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
  /** Resolves with the reason once every platform has refused the bot for good. */
  readonly ended: Promise<unknown>;
}

/**
 * Opens the store, starts lanes and chats, and resolves when a chat is connected; the other chats are waited for in the
 * background.
 * @throws EditError `store-in-use`, `store-unreadable`, `pack-*`, `workflow-invalid`, `inpainter-unknown`, `usage` where all tokens
 *   or a port are refused; `cancelled`
 */
export async function startService({
  config,
  log,
  connect,
  signal,
  parts,
}: ServiceOptions): Promise<Service> {
  const pack = await openPack(config.pack, { roots: config.packRoots });
  const { safetyModel } = config;
  const environment = config.workerEnvironment;
  if (safetyModel !== null)
    await probeSafetyModel(safetyModel, { environment, log: (level, text) => log[level](text), signal });
  const plans = lanePlansOf(config, pack.manifest);
  for (const { server } of plans) if (server) await remoteKindOf(server).localCheck?.check(server);
  throwIfCancelled(signal);
  const store = parts.use(await openSqliteStore({ folder: config.dataFolder }));
  const files = createJobFiles(config.dataFolder);

  const lanes = plans.map(({ name, device, server }): LaneSpec => {
    const worker = parts.use(
      createWorkerClient({
        device,
        safetyModel,
        server,
        environment,
        niceness,
        loadMilliseconds: config.loadTimeoutSeconds * 1000,
        log: (level, text) => log[level](text, { device: name }),
      }),
    );
    return {
      name,
      async run(job, { signal, onProgress }) {
        const request = { ...job.request, image: files.picture(job.id) };
        const folder = await files.prepareRun(job.id);
        const { result } = await worker.run({ id: job.id, request, folder }, pack, { signal, onProgress });
        await files.keepRun(job.id, folder);
        return result;
      },
    };
  });
  const scheduler = createScheduler({ store, lanes, log: log.write });
  const pictureWorker = parts.use(
    createPictureWorker({ environment, niceness, log: (level, text) => log[level](text) }),
  );
  const retention = createRetention({
    store,
    removeFolder: files.remove,
    emptyQuarantine: files.emptyQuarantine,
    keepDays: config.keepDays,
    log: log.write,
  });

  const metrics = parts.use(
    createMetrics({
      waiting: () => store.jobs.count({ states: ["waiting"] }),
      running: () => store.jobs.count({ states: ["running"] }),
      outbox: () => bot.unsent,
      connected: () => connectedOf(bot.standings),
    }),
  );
  const platforms = connect({
    isNew: (id) => store.events.isNew(id, Date.now()),
    fetchAttachment: createFetchAttachment({ allowLoopback: config.allowLoopback }),
    onAcknowledged: metrics.observeAcknowledgement,
    log: log.write,
  });
  const bot = assembleBot({
    platforms,
    store,
    scheduler,
    pictureWorker,
    files,
    pack: config.pack,
    checksSafety: safetyModel !== null,
    boxesAround: (spot, picture, sizes) => proposeBoxes([spot], picture, sizes)[0] ?? [],
    admins: config.admins,
    standardLimits: config.limits,
    keepDays: config.keepDays,
    maxUploadBytes: config.maxUploadBytes,
    log: log.write,
    onOver: (job) => observe(job, metrics),
  });
  // Taken apart in the other order: first nothing comes in, then nothing goes out, then nothing runs.
  parts.use(scheduler);
  parts.use(retention);
  parts.use(bot);
  for (const platform of platforms) parts.use(platform);

  const http = parts.use(
    await startHttpServer({
      host: config.host,
      port: config.port,
      metrics,
      checkStore: async () => void (await store.jobs.count({ states: ["waiting"], limit: 1 })),
      platforms: () => bot.standings,
      isDraining: () => scheduler.isDraining,
    }),
  );
  log.info("health and metrics are served", { url: http.url });
  await closeToOthers(files, log);
  await clearOrphans(files, store, log);
  throwIfCancelled(signal);
  await scheduler.start();
  await Promise.all([retention.start(), bot.start(signal)]);
  return {
    url: http.url,
    async drain() {
      await scheduler.drain({ givesBackLoading: true });
      await bot.settled();
    },
    ended: bot.ended,
  };
}

function connectedOf(standings: RunningBot["standings"]): Record<string, boolean> {
  return Object.fromEntries(Object.entries(standings).map(([name, { isConnected }]) => [name, isConnected]));
}

/** What an older version left open; files of another user's cannot be changed, and keep nobody from starting. */
async function closeToOthers(files: JobFiles, log: Log): Promise<void> {
  try {
    const count = await files.closeToOthers();
    if (count > 0) log.info("closed folders of pictures that others could read", { count });
  } catch (error) {
    log.warn("folders of pictures may be open to other users of this machine", { error });
  }
}

/** Pictures of which no job came: the process ended while they were fetched, or the store is an older copy. */
async function clearOrphans(files: JobFiles, store: Store, log: Log): Promise<void> {
  const unfinished = await files.removeUnfinished();
  if (unfinished > 0) log.info("removed pictures that were being fetched when the bot ended", { unfinished });
  // Of a store that was just made nothing can be told: every folder may belong to the one that is missing.
  if (store.isNew) return;
  const count = await files.quarantineOrphans(async (id) => (await store.jobs.find(id)) !== null);
  if (count > 0) log.warn("moved folders that no job belongs to into quarantine/", { count });
}

function observe(job: JobRecord, metrics: Metrics): void {
  const { state, startedAt, finishedAt, createdAt, failure, result } = job;
  if (state === "done" || state === "failed" || state === "cancelled" || state === "undeliverable") {
    metrics.countOutcome(state);
  }
  if (failure) metrics.countFailure(failure.code);
  if (startedAt) metrics.observePhase("waiting", (startedAt - createdAt) / 1000);
  for (const [phase, milliseconds] of Object.entries(result?.milliseconds ?? {})) {
    if (phase !== "total") metrics.observePhase(phase, milliseconds / 1000);
  }
  if (finishedAt) metrics.observePhase("posting", (Date.now() - finishedAt) / 1000);
}
