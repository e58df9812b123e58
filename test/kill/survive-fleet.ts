import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { EditError } from "../../src/errors.ts";
import { createRandom } from "../../src/pipeline/random.ts";
import { deathLimits } from "../../src/store/jobs.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { emptyFolder, everythingIn, temporaryFolder } from "../cli/lrbot.ts";
import { startRedis } from "../queue/fleet/redis-server.ts";
import { type Audit, audit } from "./audit.ts";
import { type BotProcess, startBot } from "./bot-process.ts";
import type { Crowd } from "./crowd.ts";
import { promised, settle, startStream, type Tally, tally } from "./stream.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

export interface FleetSurvivalOptions {
  readonly kills: number;
  /** Orders of all bots together, at least. */
  readonly jobs: number;
  readonly seed: number;
  readonly hosts: number;
  /** Each is a bot's. */
  readonly crowds: readonly Crowd[];
}

export interface FleetSurvival {
  readonly tallies: readonly Tally[];
  readonly audits: readonly Audit[];
  /** How often what was killed. */
  readonly killed: Readonly<Record<"host" | "bot" | "redis", number>>;
  /** What bots and hosts ended with when they were asked to. */
  readonly statuses: readonly (number | null)[];
  /** Files that the file store has in the end. */
  readonly left: readonly string[];
  /** Runs that Redis has in the end. */
  readonly runs: readonly string[];
  readonly deaths: number;
  readonly log: string;
}

/** People of several bots order without pause while hosts, bots and Redis are killed and started again. */
export async function surviveFleet(options: FleetSurvivalOptions): Promise<FleetSurvival> {
  const { kills, jobs, seed, crowds } = options;
  const folder = temporaryFolder();
  mkdirSync(join(folder, "shared"));
  const files = pathToFileURL(join(folder, "shared")).href;
  const random = createRandom(seed, "fleet");
  const redis = await startRedis();
  const fleet = { LRBOT_DEVICES: "none", LRBOT_FLEET_REDIS: redis.address, LRBOT_FLEET_FILES: files };
  const botFolder = (index: number) => join(folder, `bot-${index}`);
  const start = {
    host: (index: number) =>
      startWorker({
        folder: join(folder, `host-${index}`),
        name: `gpu${index}`,
        redis: redis.address,
        files,
        lanes: 2,
      }),
    bot: (index: number) =>
      startBot({
        folder: botFolder(index),
        chat: { ...crowds[index]?.chat, ...fleet, LRBOT_FIRST_RESULT: "0", LRBOT_PREVIEWS: "0" },
      }),
  };
  const hosts: WorkerProcess[] = [];
  for (let index = 0; index < options.hosts; index++) {
    emptyFolder(folder, `host-${index}`);
    hosts.push(start.host(index));
  }
  const bots: BotProcess[] = crowds.map((_, index) => {
    emptyFolder(folder, `bot-${index}`);
    return start.bot(index);
  });
  const streams = crowds.map((crowd, index) =>
    startStream(crowd, { random: createRandom(seed, `orders ${index}`), pace: 250, backlog: 10 }),
  );
  const killed = { host: 0, bot: 0, redis: 0 };

  async function killOne(): Promise<void> {
    const draw = random.integer(10);
    if (draw === 0) {
      killed.redis++;
      return redis.restart({ awayMilliseconds: random.integer(1500) });
    }
    const kind = draw < 6 ? "host" : "bot";
    killed[kind]++;
    const those: (WorkerProcess | BotProcess)[] = kind === "host" ? hosts : bots;
    const index = random.integer(those.length);
    await those[index]?.kill();
    those[index] = start[kind](index);
  }

  /** A job that was interrupted nearly as often as it may be gets its result before the next kill. */
  async function untilNobodyIsWorn(): Promise<void> {
    for (const index of bots.keys()) while (isWorn(botFolder(index))) await sleep(200);
  }

  try {
    await Promise.all([...hosts, ...bots].map((each) => each.ready()));
    const ordered = () => streams.reduce((sum, { orders }) => sum + orders.length, 0);
    for (let kill = 0; kill < kills; kill++) {
      await sleep(500 + random.integer(2500));
      await untilNobodyIsWorn();
      // Evenly over the orders, so that the last kill does not meet an idle fleet.
      while (ordered() < (jobs * kill) / kills) await sleep(50);
      await killOne();
    }
    while (ordered() < jobs) await sleep(50);
    await Promise.all([...hosts, ...bots].map((each) => each.ready()));
    for (const [index, crowd] of crowds.entries()) await promised(crowd, streams[index]?.orders ?? [], 60);
    await Promise.all(streams.map((stream) => stream.stop()));
    for (const [index, crowd] of crowds.entries()) await settle(crowd, streams[index]?.orders ?? [], 180);
    const deaths = crowds.reduce((sum, _, index) => sum + deathsIn(botFolder(index)), 0);
    const ended = await Promise.all(bots.map((bot) => bot.stop()));
    const gone = await Promise.all(hosts.map((host) => host.stop()));
    const runs = await redis.keys();
    return {
      tallies: crowds.map((crowd, index) => tally(crowd, streams[index]?.orders ?? [])),
      audits: await Promise.all(crowds.map((_, index) => audit(botFolder(index)))),
      killed,
      deaths,
      statuses: [...ended, ...gone].map(({ status }) => status),
      // A probe of a process that was killed meanwhile holds nobody's picture.
      left: everythingIn(join(folder, "shared")).filter((path) =>
        /^(jobs\/|partial\/(?!probe-))./.test(path),
      ),
      runs: runs.filter((key) => /:[a-z0-9]+-[a-z0-9]{16}-[a-z0-9]+/.test(key)),
      log: [...ended, ...gone].map(({ stderr }) => stderr.slice(-2000)).join("\n"),
    };
  } finally {
    for (const stream of streams) void stream.stop();
    await Promise.all([...bots, ...hosts].map((each) => each.kill()));
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One more death, or restart, would fail one of its jobs; or it cannot be told, while a bot that was killed mends its store. */
function isWorn(folder: string): boolean {
  try {
    return hasWornJob(folder);
  } catch (error) {
    if (error instanceof EditError && error.code === "store-in-use") return true;
    throw error;
  }
}

function hasWornJob(folder: string): boolean {
  const [row] = query<{ worn: number }>(
    folder,
    `SELECT EXISTS (SELECT 1 FROM jobs WHERE state IN ('waiting', 'running') AND
      (worker_deaths >= ${deathLimits.workerDeaths} OR restarts >= ${deathLimits.restarts - 1})) AS worn`,
  );
  return row?.worn === 1;
}

function deathsIn(folder: string): number {
  return query<{ deaths: number }>(folder, "SELECT sum(worker_deaths) AS deaths FROM jobs")[0]?.deaths ?? 0;
}

function query<Row>(folder: string, sql: string): readonly Row[] {
  const file = join(folder, "data", "store.db");
  if (!existsSync(file)) return [];
  const database = openDatabase(file);
  try {
    const hasJobs = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").first();
    return hasJobs ? database.prepare<Row>(sql).all() : [];
  } finally {
    database.close();
  }
}
