import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyFolder, everythingIn, runLrbot, scene, temporaryFolder } from "../cli/lrbot.ts";
import { createFakeHub } from "../fakes/hub/index.ts";
import { addEyes, addTinyDiffusion, tinyManifest } from "../fakes/hub/tiny-pack.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";
import { slowPicture } from "../kill/slow-picture.ts";
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
  const fleet = () => ({
    ...{ LRBOT_FLEET_REDIS: redis.address, LRBOT_FLEET_FILES: shared(), LRBOT_DEVICES: "none" },
  });
  function start(name: string): WorkerProcess {
    const place = { folder: emptyFolder(folder, name), redis: redis.address, files: shared() };
    const worker = startWorker({ ...place, name });
    processes.push(worker);
    return worker;
  }
  async function startAll(environment: Readonly<Record<string, string>> = {}) {
    emptyFolder(folder, "shared");
    const worker = start("gpu1");
    const bot = startBot({
      folder: emptyFolder(folder, "bot"),
      chat: { ...crowd.chat, ...fleet(), ...environment },
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

  const runsOf = ({ log }: WorkerProcess) => log.match(/"msg":"run starts"/g)?.length ?? 0;
  const seesResult = () => crowd.until(() => crowd.messages().some(isResult));

  it("finds its running job again where it is killed in mid-job", async () => {
    const { worker, bot } = await startAll();
    await crowd.order("a rabbit", await slowPicture());
    await worker.said('"msg":"run starts"');
    await bot.kill();
    const again = startBot({ folder: join(folder, "bot"), chat: { ...crowd.chat, ...fleet() } });
    processes.push(again);
    await again.ready();
    await seesResult();
    expect(runsOf(worker)).toBe(1);
    expect(again.log).not.toContain("jobs ran when the program ended");
    expect(crowd.messages()).toHaveLength(1);
    expect(await again.stop()).toMatchObject({ status: 0 });
    expect(everythingIn(join(folder, "shared")).filter((path) => path.includes("-"))).toEqual([]);
  });

  it("has its job done elsewhere where the host is killed in mid-job", async () => {
    const { worker, bot } = await startAll();
    await crowd.order("a rabbit", await slowPicture());
    await worker.said('"msg":"run starts"');
    await worker.kill();
    const other = start("gpu2");
    await other.ready();
    await seesResult();
    expect(runsOf(other)).toBe(1);
    expect(bot.log).toContain("got no sign of life from it");
    // A result that took so long comes as a message of its own, for which the first one makes way.
    await crowd.until(() => crowd.messages().length === 1);
  });

  it("gets its job back at once from a host that is told twice to end, which ends in good order", async () => {
    const { worker } = await startAll();
    await crowd.order("a rabbit", await slowPicture());
    await worker.said('"msg":"run starts"');
    worker.signal("SIGTERM");
    await worker.said("finishing what runs");
    const other = start("gpu2");
    await other.ready();
    worker.signal("SIGTERM");
    expect(await worker.ended).toMatchObject({ status: 0 });
    expect(worker.log).toContain("run ends: given-back");
    await seesResult();
    expect(runsOf(other)).toBe(1);
  });

  it("lets a host finish what runs when it is told to end", async () => {
    const { worker } = await startAll();
    await crowd.order("a rabbit", await slowPicture());
    await worker.said('"msg":"run starts"');
    expect(await worker.stop()).toMatchObject({ status: 0 });
    expect(worker.log).toContain("run ends: result");
    await seesResult();
  });

  describe("the command line", () => {
    const worker = (
      words: readonly string[],
      environment: Readonly<Record<string, string>> = {},
      node: string[] = [],
    ) =>
      runLrbot(["worker", "--name", "gpu1", ...words], {
        ...{ folder, node },
        environment: { LRBOT_DEVICES: "simulated:1", LRBOT_FLEET_REDIS: redis.address, ...environment },
      });
    const lineOf = ({ stderr }: { stderr: string }) =>
      stderr.split("\n").filter((line) => line.startsWith("error "));
    const files = () => ["--files", pathToFileURL(emptyFolder(folder, "shared")).href];

    it.each<[string, number, RegExp, () => ReturnType<typeof worker>]>([
      [
        "without Redis",
        2,
        /error usage: .*LRBOT_FLEET_REDIS/,
        () => worker(files(), { LRBOT_FLEET_REDIS: "" }),
      ],
      ["without a file store", 2, /error usage: .*LRBOT_FLEET_FILES/, () => worker([])],
      [
        "with a folder that is not there",
        1,
        /error files-unreachable: /,
        () => worker(["--files", "file:///nowhere/at/all"]),
      ],
      [
        "with nobody at the address",
        1,
        /error fleet-unreachable: .*Start it/,
        () => worker([...files(), "--redis", "redis://127.0.0.1:1"]),
      ],
      ["without a pack", 3, /error pack-missing: /, () => worker([...files(), "--packs", "nothing"])],
      [
        "with a pack that is not pulled",
        3,
        /error pack-not-pulled: .*packs pull/,
        () => worker([...files(), "--packs", "sd15-inpaint"]),
      ],
      [
        "under a name that is none",
        2,
        /error usage: Expected a host's name/,
        () => worker([...files(), "--name", "GPU 1"]),
      ],
      [
        "with a wrong grace",
        2,
        /error usage: Expected --grace/,
        () => worker([...files(), "--grace", "soon"]),
      ],
      [
        "with a clock that is off",
        1,
        /error fleet-clock: .*ahead.*timedatectl/,
        () => {
          writeFileSync(join(folder, "clock"), "7200");
          return worker(files(), {}, ["--import", join(import.meta.dirname, "../trust/set-clock.mjs")]);
        },
      ],
    ])("ends a worker %s with one line", async (_, status, says, run) => {
      const ended = await run();
      expect({ status: ended.status, lines: lineOf(ended).length }, ended.stderr).toEqual({
        status,
        lines: 1,
      });
      expect(lineOf(ended)[0]).toMatch(says);
    });

    it("fetches a pack that is not here where that is asked for, and offers none that is not", async () => {
      await using hub = await createFakeHub();
      addTinyDiffusion(hub);
      addEyes(hub);
      const home = emptyFolder(folder, "gpu1");
      const pack = join(home, "data", "packs", "tiny");
      mkdirSync(pack, { recursive: true });
      writeFileSync(join(pack, "pack.json"), JSON.stringify(tinyManifest("tiny")));
      writeFileSync(join(pack, "nouns.txt"), "dog\ncat\n");
      emptyFolder(folder, "shared");
      const offering = async (...words: string[]) => {
        const started = startWorker({
          ...{ folder: home, name: "gpu1", redis: redis.address, files: shared() },
          words: ["--packs", "mini,tiny", ...words],
          environment: { HF_ENDPOINT: hub.url },
        });
        processes.push(started);
        await started.ready();
        await started.stop();
        return started.log;
      };
      const without = await offering();
      expect(without).toMatch(/a pack is not offered: .*lrbot packs pull tiny/);
      expect(without).toContain('"packs":["mini 1.2.0"]');
      expect(await offering("--pull", "--accept-licence")).toContain('"packs":["mini 1.2.0","tiny 1.0.0"]');
    });

    it("ends the second worker of a name, and a bot that Redis refuses", async () => {
      const { worker: first } = await startAll();
      await crowd.order("a rabbit", await slowPicture());
      await first.said('"msg":"run starts"');
      // On the same machine, and with the same data folder.
      const second = await worker(["--files", shared()], { LRBOT_DATA: join(folder, "gpu1", "data") });
      expect(second.status).toBe(2);
      expect(lineOf(second)).toEqual([expect.stringContaining("error fleet-name-taken: ")]);
      expect(first.log).not.toContain("fleet-name-taken");
      await seesResult();
      expect(first.log).toContain("run ends: result");
      const address = redis.address.replace("//", "//bot:wr0ng@");
      const refused = await startBot({
        ...{
          folder: emptyFolder(folder, "other"),
          chat: { ...crowd.chat, ...fleet(), LRBOT_FLEET_REDIS: address },
        },
      }).ended;
      expect(refused.status).toBe(2);
      expect(lineOf(refused)).toEqual([expect.stringContaining("error fleet-refused: ")]);
      expect(refused.stderr).not.toContain("wr0ng");
    });
  });
});
