import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../src/queue/fleet/protocol.ts";
import { emptyFolder, scene, temporaryFolder } from "../cli/lrbot.ts";
import { type S3Server, startS3rver } from "../files/s3/s3rver.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";
import { startWorker, type WorkerProcess } from "../kill/worker-process.ts";
import { freePort, noRedis } from "../queue/fleet/redis-server.ts";
import { readCompose } from "./compose-file.ts";

vi.setConfig({ testTimeout: 120_000 });

const secrets = {
  FLEET_BOT_PASSWORD: "botsecret",
  FLEET_WORKER_PASSWORD: "workersecret",
  FLEET_S3_SECRET: "x",
};

/** The Redis server of the file, by its own configuration, and what is reached there by a user. */
async function startComposeRedis(folder: string) {
  const port = await freePort();
  const file = join(folder, "redis.conf");
  const place = `port ${port}\nbind 127.0.0.1\ndir ${folder}\n`;
  writeFileSync(file, `${place}${readCompose(secrets).configs.redis?.content ?? ""}`);
  const child = spawn("redis-server", [file], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (piece) => {
    said += piece;
  });
  while (!said.includes("Ready to accept connections")) {
    if (child.exitCode !== null) throw new Error(`Expected Redis to start, got: ${said}`);
    await sleep(20);
  }
  const passwords: Readonly<Record<string, string>> = {
    bot: secrets.FLEET_BOT_PASSWORD,
    worker1: secrets.FLEET_WORKER_PASSWORD,
    worker2: secrets.FLEET_WORKER_PASSWORD,
  };
  const addressOf = (user: string) => `redis://${user}:${passwords[user]}@127.0.0.1:${port}`;
  return {
    port,
    addressOf,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe.skipIf(noRedis !== null)(`the fleet of deploy/compose.yaml${noRedis ? ` (${noRedis})` : ""}`, () => {
  let folder: string;
  let redis: Awaited<ReturnType<typeof startComposeRedis>>;
  let s3: S3Server;
  let crowd: DiscordCrowd;
  const processes: (BotProcess | WorkerProcess)[] = [];
  const clients: Redis[] = [];
  beforeEach(async () => {
    folder = temporaryFolder();
    redis = await startComposeRedis(emptyFolder(folder, "redis"));
    s3 = await startS3rver("pictures");
    crowd = await createDiscordCrowd({ picture: readFileSync(scene) });
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    for (const client of clients.splice(0)) client.disconnect();
    await crowd[Symbol.asyncDispose]();
    await s3[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const environment = () => ({
    LRBOT_FLEET_FILES: "s3://pictures",
    AWS_ENDPOINT_URL_S3: s3.settings.endpoint,
    AWS_ACCESS_KEY_ID: "S3RVER",
    AWS_SECRET_ACCESS_KEY: "S3RVER",
  });
  const as = (user: string) => {
    const client = new Redis(redis.addressOf(user), { maxRetriesPerRequest: 0 });
    clients.push(client);
    return client;
  };

  it("does a member's edits on two workers with the rights that it gives them, and leaves no picture in the bucket", async () => {
    const ports = { worker1: await freePort(), worker2: await freePort() };
    const workers = (["worker1", "worker2"] as const).map((name) =>
      startWorker({
        ...{ folder: emptyFolder(folder, name), name, redis: redis.addressOf(name), files: "s3://pictures" },
        words: ["--health", "--grace", "30"],
        environment: { ...environment(), LRBOT_PORT: String(ports[name]) },
      }),
    );
    processes.push(...workers);
    const bot = startBot({
      folder: emptyFolder(folder, "bot"),
      chat: {
        ...{ ...crowd.chat, ...environment() },
        ...{ LRBOT_FLEET_REDIS: redis.addressOf("bot"), LRBOT_DEVICES: "none" },
      },
    });
    processes.push(bot);
    await Promise.all([bot.ready(), ...workers.map((worker) => worker.ready())]);
    const answerOf = async (page: string) => (await fetch(`http://127.0.0.1:${ports.worker1}${page}`)).status;
    expect(await Promise.all([answerOf("/healthz"), answerOf("/readyz"), answerOf("/metrics")])).toEqual([
      200, 200, 404,
    ]);
    await crowd.until(() => crowd.isHeard);
    const orders = await Promise.all(
      ["a rabbit", "a castle", "a tree", "a boat"].map((prompt) => crowd.order(prompt)),
    );
    await crowd.until(() => orders.every(({ isPromised }) => isPromised));
    await crowd.until(() => crowd.messages().filter(isResult).length === orders.length);
    const done = workers.map(({ log }) => log.match(/"msg":"run ends: result"/g)?.length ?? 0);
    expect(done.reduce((sum, count) => sum + count)).toBe(orders.length);
    expect(await bot.stop()).toMatchObject({ status: 0 });
    for (const worker of workers) {
      expect(await worker.stop()).toMatchObject({ status: 0 });
      expect(worker.log).not.toMatch(/NOPERM|secret|S3RVER/);
    }
    expect(bot.log).not.toMatch(/NOPERM|secret|S3RVER/);
    expect(await s3.keys("pictures")).toEqual([]);
  });

  it("lets no worker see what another is given, nor do more than its work; nobody without a password does anything", async () => {
    const bot = as("bot");
    await bot.set("lrbot:worker2/cpu:1", "another's job");
    await bot.set("elsewhere", "x").then(
      () => expect.fail("the bot wrote elsewhere"),
      (error) => expect(String(error)).toContain("NOPERM"),
    );
    const one = as("worker1");
    const refused = [
      () => one.get("lrbot:worker2/cpu:1"),
      () => one.set(keys.host("worker2"), "I am worker2"),
      () => one.get("elsewhere"),
      () => one.keys("*"),
      () => one.config("GET", "*"),
      () => one.flushall(),
      () => one.acl("LIST"),
      () => one.scan(0),
      () => one.subscribe(keys.toHost("worker2")),
      () => one.subscribe(keys.toBot("another")),
      () => one.psubscribe("*"),
      () => one.eval("return redis.call('GET', 'lrbot:worker2/cpu:1')", 0),
    ];
    for (const attempt of refused)
      await expect(attempt()).rejects.toThrow(/NOPERM|No permissions|can't access at least one of the keys/);
    await one.set("lrbot:worker1/cpu:1", "its own");
    const nobody = new Redis(redis.port, "127.0.0.1", { maxRetriesPerRequest: 0 });
    clients.push(nobody);
    nobody.on("error", () => {});
    await expect(nobody.get("lrbot:hosts")).rejects.toThrow(/NOAUTH/);
  });
});
