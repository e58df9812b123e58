import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyFolder, everythingIn, scene, temporaryFolder } from "../cli/lrbot.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";
import { startWorker, type WorkerProcess } from "../kill/worker-process.ts";
import { noRedis, type RedisServer, startRedis } from "../queue/fleet/redis-server.ts";

vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(noRedis !== null)(`a bot with lanes on another host${noRedis ? ` (${noRedis})` : ""}`, () => {
  let folder: string;
  let crowd: DiscordCrowd;
  let redis: RedisServer;
  const processes: (BotProcess | WorkerProcess)[] = [];
  beforeEach(async () => {
    folder = temporaryFolder();
    crowd = await createDiscordCrowd({ picture: readFileSync(scene) });
    redis = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    await redis[Symbol.asyncDispose]();
    await crowd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const shared = () => pathToFileURL(join(folder, "shared")).href;
  async function startAll(environment: Readonly<Record<string, string>> = {}) {
    emptyFolder(folder, "shared");
    const worker = startWorker({
      ...{ folder: emptyFolder(folder, "gpu1"), name: "gpu1", redis: redis.address, files: shared() },
    });
    processes.push(worker);
    const fleet = { LRBOT_FLEET_REDIS: redis.address, LRBOT_FLEET_FILES: shared(), LRBOT_DEVICES: "none" };
    const bot = startBot({
      folder: emptyFolder(folder, "bot"),
      chat: { ...crowd.chat, ...fleet, ...environment },
    });
    processes.push(bot);
    await Promise.all([worker.ready(), bot.ready()]);
    await crowd.until(() => crowd.isHeard);
    return { worker, bot };
  }

  it("has its jobs done there, and nothing is left in Redis' or the file store's hands", async () => {
    const { worker, bot } = await startAll();
    const orders = [await crowd.order("a rabbit"), await crowd.order("a castle")];
    await crowd.until(() => orders.every(({ isPromised }) => isPromised));
    await crowd.until(() => crowd.messages().filter(isResult).length === 2);
    expect(worker.log.match(/"msg":"run ends: result"/g)).toHaveLength(2);
    expect(await bot.stop()).toMatchObject({ status: 0 });
    expect(await worker.stop()).toMatchObject({ status: 0 });
    expect(everythingIn(join(folder, "shared")).filter((path) => path.includes("-"))).toEqual([]);
    expect(everythingIn(join(folder, "gpu1", "data", "fleet", "gpu1"))).toEqual([]);
  });
});
