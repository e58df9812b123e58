import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createJobFiles, type JobFiles } from "../../../src/bots/intake/job-files.ts";
import { systemClocks } from "../../../src/clocks.ts";
import { EditError } from "../../../src/errors.ts";
import type { FileStore } from "../../../src/files/file-store.ts";
import { createFolderStore } from "../../../src/files/folder/folder.ts";
import { createFleet, type Fleet } from "../../../src/queue/fleet/fleet.ts";
import { type Host, startHost } from "../../../src/queue/fleet/host.ts";
import type { FleetTimings, PackVersion } from "../../../src/queue/fleet/protocol.ts";
import { openRedis, type RedisLink } from "../../../src/queue/fleet/redis.ts";
import { createScheduler, type Scheduler } from "../../../src/queue/scheduler.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import type { EditResult, Job, Progress } from "../../../src/types.ts";
import { type JobOptions, newJob, result } from "../../store/jobs.ts";
import { type RedisProxy, startProxy } from "./proxy.ts";
import { type RedisServer, type RedisServerOptions, startRedis } from "./redis-server.ts";

/**
 * A fraction of what a fleet has, so that tests need not wait. What is left of a lock when its host
 * dies, two thirds at least, lasts longer than a bot takes to miss the host, twice its life at most.
 */
export const quickTimings: FleetTimings = { lock: 5000, stalledCheck: 400, beat: 100, life: 1500, look: 300 };
const mini: PackVersion = { name: "mini", version: "1" };

/** An edit on a host's device that the test ends. */
export interface HeldEdit {
  readonly host: string;
  readonly job: Job;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** Writes the pictures of a result, of these bytes. */
  finish(bytes?: string): void;
  fail(error: unknown): void;
}

export interface TestHost {
  readonly host: Host;
  /** Its road to Redis. */
  readonly proxy: RedisProxy;
  /** As a kill does: nothing of it is heard any more. */
  lose(): void;
}

export interface TestBot {
  readonly scheduler: Scheduler;
  readonly store: Store;
  readonly fleet: Fleet;
  readonly files: JobFiles;
  readonly proxy: RedisProxy;
  /** All progress that was told, by job. */
  readonly progress: ReadonlyMap<string, readonly Progress[]>;
  readonly log: readonly string[];
  ask(options?: JobOptions): Promise<string>;
  stateOf(job: string): Promise<string | undefined>;
  /** Ends it, and its store with it. */
  close(): Promise<void>;
}

export interface HostOptions {
  readonly devices?: readonly string[];
  readonly packs?: readonly PackVersion[];
  readonly checksSafety?: boolean;
  readonly instance?: string;
  /** What it fails with to put anything into the file store. Default: nothing. */
  readonly refusesToPut?: EditError;
  /** Names of the files that it cannot put then. Default: all. */
  readonly unputFiles?: RegExp;
  /** Of Redis: `user:password`. Default: those who may do everything. */
  readonly credentials?: string;
}

/** Real Redis, real BullMQ, a folder for pictures; bots with real stores and schedulers; hosts whose edits a test ends. */
export interface TestFleet extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly files: FileStore;
  /** All edits so far, in the order in which they began. */
  readonly edits: readonly HeldEdit[];
  edit(index: number): Promise<HeldEdit>;
  startHost(name: string, options?: HostOptions): Promise<TestHost>;
  /** Of a name, which keeps its store when it starts again. */
  startBot(
    name?: string,
    options?: {
      readonly lanes?: number;
      readonly checksSafety?: boolean;
      /** Names of the files that it cannot fetch. Default: none. */
      readonly lostFiles?: RegExp;
    },
  ): Promise<TestBot>;
  /** A connection of the test's own. */
  readonly link: RedisLink;
  /** Names of files that the file store has. */
  stored(): string[];
}

export async function createTestFleet(options: RedisServerOptions = {}): Promise<TestFleet> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-fleet-"));
  const shared = join(folder, "shared");
  mkdirSync(shared);
  const files = createFolderStore(shared, pathToFileURL(shared).href);
  const redis = await startRedis(options);
  const edits: HeldEdit[] = [];
  const parts: (() => Promise<unknown>)[] = [];
  const clocks = systemClocks;
  const linkTo = (port: number, log: (text: string) => void = () => {}, credentials = "") => {
    const place = {
      address: `redis://${credentials && `${credentials}@`}127.0.0.1:${port}`,
      authority: null,
    };
    return openRedis({ place, name: "test", clocks, log: (_, text) => log(text) });
  };
  const link = linkTo(redis.port);

  const hold = (host: string) => (job: Job, _: PackVersion, context: EditContext) =>
    new Promise<EditResult>((resolve, reject) => {
      const abort = () => reject(new EditError("cancelled", "Expected to finish, got a cancel."));
      context.signal.addEventListener("abort", abort);
      edits.push({
        ...{ host, job, signal: context.signal, progress: context.onProgress, fail: reject },
        finish(bytes = "painted") {
          for (const name of ["result-1.png", "overlay-1.png"]) writeFileSync(join(job.folder, name), bytes);
          resolve(result());
        },
      });
      if (context.signal.aborted) abort();
    });

  return {
    redis,
    files,
    edits,
    link,
    async edit(index) {
      while (!edits[index]) await new Promise((resolve) => setTimeout(resolve, 5));
      return edits[index];
    },
    stored: () =>
      readdirSync(shared, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    async startHost(name, { devices = ["cpu"], packs = [mini], checksSafety = false, ...given } = {}) {
      const { instance, credentials, refusesToPut, unputFiles = /./ } = given;
      const proxy = await startProxy(redis.port);
      const own = linkTo(proxy.port, () => {}, credentials);
      const place = join(folder, `host-${name}-${parts.length}`);
      mkdirSync(place);
      const host = await startHost({
        ...{ name, instance: instance ?? `${name}-${parts.length}`, version: "0.0.0", link: own },
        ...{ checksSafety, folder: place, log: () => {}, timings: quickTimings },
        files: {
          ...files,
          put: async (run, name, file, options) => {
            if (refusesToPut && unputFiles.test(name)) throw refusesToPut;
            await files.put(run, name, file, options);
          },
        },
        devices: devices.map((device) => ({ device, packs, edit: hold(name), memoryBytes: () => 1e6 })),
      }).catch(async (error) => {
        await own[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
        throw error;
      });
      parts.push(async () => {
        await Promise.race([
          host[Symbol.asyncDispose](),
          new Promise((resolve) => setTimeout(resolve, 1000)),
        ]);
        await own[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      });
      return { host, proxy, lose: () => proxy.cut() };
    },
    async startBot(name = "bot", { lanes = 0, checksSafety = false, lostFiles = /^$/ } = {}) {
      const data = join(folder, name);
      mkdirSync(join(data, "jobs"), { recursive: true });
      const store = await openSqliteStore({ folder: data });
      const jobFiles = createJobFiles(data);
      const proxy = await startProxy(redis.port);
      const log: string[] = [];
      const own = linkTo(proxy.port, (text) => log.push(text));
      const write = (level: string, text: string, details: object = {}) =>
        void log.push(`${level} ${text} ${JSON.stringify(details)}`);
      const scheduler = createScheduler({
        ...{ store, log: write, progressMilliseconds: 0, retryMilliseconds: 10 },
        lanes: Array.from({ length: lanes }, (_, index) => ({
          name: `cpu:${index}`,
          async run(job, context) {
            const path = await jobFiles.prepareRun(job.id);
            const held = { id: job.id, request: job.request, folder: path };
            const done = await hold("here")(held, mini, context);
            await jobFiles.keepRun(job.id, path);
            return done;
          },
        })),
      });
      const fleet = createFleet({
        files: {
          ...files,
          async get(run, name, file, options) {
            if (lostFiles.test(name))
              throw new EditError("files-unreachable", `Expected ${name}, got nothing.`);
            await files.get(run, name, file, options);
          },
        },
        ...{ link: own, store, pictures: jobFilesOf(jobFiles), packs: [mini], checksSafety, clocks },
        ...{ log: write, timings: quickTimings },
      });
      const progress = new Map<string, Progress[]>();
      scheduler.onProgress((job, told) => progress.set(job, [...(progress.get(job) ?? []), told]));
      await scheduler.start(await fleet.join(scheduler));
      let isClosed = false;
      const close = async () => {
        if (isClosed) return;
        isClosed = true;
        await scheduler[Symbol.asyncDispose]();
        await fleet[Symbol.asyncDispose]();
        await own[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      };
      parts.push(close);
      return {
        ...{ scheduler, store, fleet, files: jobFiles, proxy, progress, log, close },
        async ask(job = {}) {
          const record = newJob(job);
          mkdirSync(jobFiles.folder(record.id));
          writeFileSync(jobFiles.picture(record.id), `picture of ${record.id}`);
          await store.jobs.add(record, Date.now());
          scheduler.wake();
          return record.id;
        },
        stateOf: async (job) => (await store.jobs.find(job))?.state,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const end of parts.splice(0).reverse()) await end();
      await link[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface EditContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

function jobFilesOf(files: JobFiles) {
  return { source: files.picture, prepareRun: files.prepareRun, keepRun: files.keepRun };
}
