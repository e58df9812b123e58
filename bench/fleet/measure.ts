import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { createFolderStore } from "../../src/files/folder/folder.ts";
import { startRedis } from "../../test/queue/fleet/redis-server.ts";
import { median } from "../median.ts";
import { startBot } from "./bot.ts";
import { localLane, pictureBytes } from "./edit.ts";
import type { HostProcessOptions, HostProcessUsage } from "./host-process.ts";
import { type RedisUsage, usageOf } from "./redis-usage.ts";
import { timedFiles } from "./timed-files.ts";

export const lanesOfHost = 8;

/** What a fleet of a size costs while it has nothing to do, and for each job beside that. Milliseconds of processors. */
export interface FleetCost {
  readonly bots: number;
  readonly hosts: number;
  readonly lanes: number;
  readonly idle: {
    readonly commandsPerSecond: number;
    readonly redisMs: number;
    readonly botMs: number;
    readonly hostsMs: number;
    readonly memoryBytes: number;
    readonly connections: number;
  };
  readonly jobsPerSecond: number;
  readonly job: {
    readonly commands: number;
    readonly redisMs: number;
    readonly botMs: number;
    readonly hostMs: number;
    readonly redisBytes: number;
    /** Puts and gets of the file store, at both ends. */
    readonly transfers: number;
  };
}

/** How much longer a job takes on another host than on a lane of the bot's own, milliseconds. */
export interface Overhead {
  readonly localMs: number;
  readonly remoteMs: number;
  /** Of this, while pictures travelled. */
  readonly transferMs: number;
  readonly besideTransfersMs: number;
}

interface Snapshot {
  readonly at: number;
  readonly redis: RedisUsage;
  readonly botMs: number;
  readonly hosts: HostProcessUsage;
  readonly transfers: number;
}

interface FleetSize {
  /** The first gets the jobs; the others know of the lanes. Default 1. */
  readonly bots?: number;
  readonly hosts: number;
  readonly lanes: number;
  readonly editMilliseconds: number;
}

/** A fleet in processes of its own: Redis, all hosts, and a bot in this one. */
async function startFleet({ bots = 1, ...options }: FleetSize) {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-bench-fleet-"));
  const shared = join(folder, "shared");
  await mkdir(shared);
  const redis = await startRedis();
  const client = new Redis(redis.address);
  const hosts = await startHosts({
    ...{ redis: redis.address, files: shared, folder: join(folder, "hosts") },
    ...options,
  });
  const timed = timedFiles(createFolderStore(shared, shared));
  const bot = await startBot({
    ...{ folder: join(folder, "bot"), sourceBytes: pictureBytes },
    fleet: { redis: redis.address, files: timed.files },
  });
  const others = await Promise.all(
    Array.from({ length: bots - 1 }, (_, index) =>
      startBot({
        ...{ folder: join(folder, `bot${index}`), sourceBytes: pictureBytes },
        fleet: { redis: redis.address, files: timed.files },
      }),
    ),
  );
  for (const each of [bot, ...others]) await each.lanes(options.hosts * options.lanes);
  return {
    bot,
    botTransferMs: timed.busyMilliseconds,
    async snapshot(): Promise<Snapshot> {
      const { user, system } = process.cpuUsage();
      const usage = await askUsage(hosts);
      return {
        at: performance.now(),
        redis: await usageOf(client),
        botMs: (user + system) / 1000,
        hosts: usage,
        transfers: usage.transfers + timed.requests(),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const each of [bot, ...others]) await each[Symbol.asyncDispose]();
      const ended = once(hosts, "exit");
      hosts.kill("SIGKILL");
      await ended;
      client.disconnect();
      await redis[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function startHosts(options: HostProcessOptions): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "host-process.ts"), [JSON.stringify(options)]);
  const [told] = await once(child, "message");
  if (told !== "ready") throw new Error(`Expected the hosts to be ready, got ${told}.`);
  return child;
}

async function askUsage(child: ChildProcess): Promise<HostProcessUsage> {
  const answer = once(child, "message");
  child.send("usage");
  const [usage] = await answer;
  return usage as HostProcessUsage;
}

/** Idle for some seconds, then jobs that take no time on their devices, as fast as they go through. */
export async function measureCost(
  hosts: number,
  { bots = 1, idleSeconds = 5, jobs = 400 } = {},
): Promise<FleetCost> {
  await using fleet = await startFleet({ bots, hosts, lanes: lanesOfHost, editMilliseconds: 0 });
  await fleet.bot.run(hosts * lanesOfHost);
  await sleep(1500);
  const begin = await fleet.snapshot();
  await sleep(idleSeconds * 1000);
  const idle = await fleet.snapshot();
  await fleet.bot.run(jobs);
  const end = await fleet.snapshot();
  const seconds = (idle.at - begin.at) / 1000;
  const busySeconds = (end.at - idle.at) / 1000;
  const perSecond = (value: (at: Snapshot) => number) => (value(idle) - value(begin)) / seconds;
  const perJob = (value: (at: Snapshot) => number) =>
    Math.max(0, value(end) - value(idle) - perSecond(value) * busySeconds) / jobs;
  return {
    ...{ bots, hosts, lanes: hosts * lanesOfHost, jobsPerSecond: jobs / busySeconds },
    idle: {
      commandsPerSecond: perSecond(({ redis }) => redis.commands),
      redisMs: perSecond(({ redis }) => redis.cpuMilliseconds),
      botMs: perSecond(({ botMs }) => botMs),
      hostsMs: perSecond(({ hosts: all }) => all.cpuMilliseconds),
      memoryBytes: idle.redis.memoryBytes,
      connections: idle.redis.connections - 1,
    },
    job: {
      commands: perJob(({ redis }) => redis.commands),
      redisMs: perJob(({ redis }) => redis.cpuMilliseconds),
      botMs: perJob(({ botMs }) => botMs),
      hostMs: perJob(({ hosts: all }) => all.cpuMilliseconds),
      redisBytes: perJob(({ redis }) => redis.networkBytes),
      transfers: (end.transfers - idle.transfers) / jobs,
    },
  };
}

/** Jobs one after another on one lane: of the bot's own process, and of another host's. */
export async function measureOverhead({ jobs = 40, editMilliseconds = 200 } = {}): Promise<Overhead> {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-bench-local-"));
  const local = await startBot({
    ...{ folder: join(folder, "bot"), sourceBytes: pictureBytes, fleet: null },
    own: (prepare) => [localLane("cuda:0", editMilliseconds, prepare)],
  });
  const localMs = median([...(await local.run(jobs))]);
  await local[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  await using fleet = await startFleet({ hosts: 1, lanes: 1, editMilliseconds });
  await fleet.bot.run(3);
  const [before, botBefore] = [await fleet.snapshot(), fleet.botTransferMs()];
  const remoteMs = median([...(await fleet.bot.run(jobs))]);
  const after = await fleet.snapshot();
  const hostMs = after.hosts.transferMilliseconds - before.hosts.transferMilliseconds;
  const transferMs = (hostMs + fleet.botTransferMs() - botBefore) / jobs;
  return { localMs, remoteMs, transferMs, besideTransfersMs: remoteMs - localMs - transferMs };
}
