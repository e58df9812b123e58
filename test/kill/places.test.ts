import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { everythingIn, gone, processesIn, temporaryFolder } from "../cli/lrbot.ts";
import { audit } from "./audit.ts";
import { type BotProcess, startBot } from "./bot-process.ts";
import { type Crowd, isResult, type Order } from "./crowd.ts";
import { createDiscordCrowd } from "./discord-crowd.ts";
import { createSlackCrowd } from "./slack-crowd.ts";
import { slowPicture } from "./slow-picture.ts";

// A case starts the bot once or twice, and the first of all cases once more.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const crowds = { Discord: createDiscordCrowd, Slack: createSlackCrowd };

describe.each(Object.entries(crowds))("a bot on %s that is killed", (_, createCrowd) => {
  let crowd: Crowd;
  let folder: string;
  let bot: BotProcess;
  /** What people see by now, and are to see. */
  let expected = { results: 0, messages: 0 };
  let isWell = false;
  const start = () => startBot({ folder, chat: crowd.chat });

  // The bot that has told everything in one case is the one that is killed in the next; after a case that fails a new one is.
  beforeEach(async () => {
    if (!isWell) {
      await clear();
      crowd = await createCrowd({ picture: await flatPng(120) });
      folder = temporaryFolder();
      expected = { results: 0, messages: 0 };
      bot = start();
      await bot.ready();
    }
    while (!crowd.isHeard) await sleep(20);
    isWell = false;
  });
  afterAll(clear);

  async function clear(): Promise<void> {
    if (!bot) return;
    await bot.kill();
    await crowd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }

  /** Kills it when the trouble has struck, starts it again, and waits until all is told. */
  async function killAt(place: Promise<void>, afterMilliseconds = 0): Promise<void> {
    await place;
    await sleep(afterMilliseconds);
    await bot.kill();
    bot = start();
    await bot.ready();
  }

  /** One more than before, in as many more messages. */
  async function expectOneResult(messages = 1): Promise<void> {
    expected = { results: expected.results + 1, messages: expected.messages + messages };
    const results = () => crowd.messages().filter(isResult);
    const deadline = performance.now() + 40_000;
    while (results().length < expected.results && performance.now() < deadline) await sleep(50);
    // Whatever would come twice has its chance.
    await sleep(1500);
    const told = crowd.messages().map(({ text }) => text);
    expect(told, bot.log.slice(-3000)).toHaveLength(expected.messages);
    expect(results()).toHaveLength(expected.results);
    expect(results().every(({ pictures }) => pictures === 1)).toBe(true);
    expect(crowd.violations).toEqual([]);
    isWell = true;
  }

  const order = (): Promise<Order> => crowd.order("picture 0001");

  it("after a job's message was posted and before it heard so posts it no second time", async () => {
    const struck = crowd.trouble.late({ what: "post" }, 300);
    void order();
    await killAt(struck, 100);
    await expectOneResult();
  });

  it("after a job's message was posted and its answer got lost posts it no second time", async () => {
    const struck = crowd.trouble.unanswered({ what: "post" });
    void order();
    await killAt(struck);
    await expectOneResult();
  });

  it("as its post got lost, and again as the next one was on its way, posts it once", async () => {
    const lost = crowd.trouble.lost({ what: "post" });
    void order();
    const posts = await lost;
    await bot.kill();
    posts.end();
    const late = crowd.trouble.late({ what: "post" }, 6000);
    bot = start();
    await killAt(late, 100);
    // What was on its way has arrived by then, whatever was posted meanwhile.
    await sleep(6000);
    await expectOneResult();
  });

  it("with a result to tell, while its message is being posted, posts it once", async () => {
    const struck = crowd.trouble.late({ what: "post" }, 4000);
    void order();
    await killAt(struck, 2500);
    await expectOneResult();
  });

  it("while its edit to the result is on the way edits it again", async () => {
    const struck = crowd.trouble.late({ what: "edit" }, 300);
    void order();
    await killAt(struck);
    await expectOneResult();
  });

  it("after its edit to the result took effect edits it again", async () => {
    const struck = crowd.trouble.unanswered({ what: "edit" });
    void order();
    await killAt(struck);
    await expectOneResult();
  });

  it("after its message was posted, and that can be changed no more, posts the result once", async () => {
    crowd.trouble.noEdits();
    const struck = crowd.trouble.late({ what: "post" }, 300);
    void order();
    await killAt(struck, 100);
    await expectOneResult(2);
  });

  it("while a result that can be no edit is being posted posts it once", async () => {
    crowd.trouble.noEdits();
    const struck = crowd.trouble.late({ what: "post", nth: 2 }, 300);
    void order();
    await killAt(struck, 100);
    await expectOneResult(2);
  });

  it("at all of these has each job done and nothing else, once it is stopped", async () => {
    const { status } = await bot.stop();
    expect(status).toBe(0);
    const { jobs, integrity, strays } = await audit(folder);
    expect({ states: jobs.map(({ state }) => state), integrity, strays }).toEqual({
      states: Array.from({ length: expected.results }, () => "done"),
      integrity: "ok",
      strays: [],
    });
    expect(jobs.length).toBeGreaterThan(0);
  });
});

describe("the worker of a bot that was killed", () => {
  it("finds out late, and leaves what the next one painted alone", async () => {
    await using crowd = await createDiscordCrowd({ picture: await slowPicture(1) });
    const folder = temporaryFolder();
    const first = startBot({ folder, chat: crowd.chat });
    const bots = [first];
    let workers: readonly number[] = [];
    try {
      await crowd.until(() => crowd.isHeard);
      void crowd.order("picture 0001");
      await crowd.until(() => everythingIn(folder).some((file) => /\/overlay-\d\.png$/.test(file)));
      workers = processesIn(folder)
        .map(Number)
        .filter((pid) => pid !== first.pid);
      for (const pid of workers) process.kill(pid, "SIGSTOP");
      process.kill(first.pid, "SIGKILL");

      const second = startBot({ folder, chat: crowd.chat });
      bots.push(second);
      await crowd.until(() => crowd.messages().some(isResult));
      for (const pid of workers) process.kill(pid, "SIGCONT");
      await Promise.all(workers.map(gone));
      await second.stop();
      const results = everythingIn(folder).filter((file) => /\/results\/result-\d\.png$/.test(file));
      expect(results).toHaveLength(8);
      expect((await audit(folder)).strays).toEqual([]);
    } finally {
      // A process that stands still ends at nothing but this.
      for (const pid of workers.filter(isThere)) process.kill(pid, "SIGCONT");
      await Promise.all(bots.map((bot) => bot.kill()));
      rmSync(folder, { recursive: true });
    }
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
