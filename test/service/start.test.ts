import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newJobId } from "../../src/bots/intake/job-files.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { flatPng } from "../bots/painted.ts";
import { runHere } from "../cli/in-process.ts";
import { everythingIn, runLrbot, temporaryFolder } from "../cli/lrbot.ts";
import { type BotProcess, nothingLeftIn, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createDiscordCrowd, type DiscordCrowd } from "../kill/discord-crowd.ts";
import { createSlackCrowd } from "../kill/slack-crowd.ts";
import { slowPicture } from "../kill/slow-picture.ts";

// Each starts the bot once or twice.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let crowd: DiscordCrowd;
const bots: BotProcess[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  crowd = await createDiscordCrowd({ picture: await flatPng(120) });
});
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.kill()));
  await crowd[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function started(): Promise<BotProcess> {
  const bot = startBot({ folder, chat: crowd.chat });
  bots.push(bot);
  await bot.ready();
  await crowd.until(() => crowd.isHeard);
  return bot;
}

/** A job that is painted until it is told to go on, by what this gives. */
async function orderLongJob(bot: BotProcess): Promise<() => void> {
  const order = await crowd.order("picture 0001", await slowPicture(1));
  await crowd.until(() => everythingIn(folder).some((file) => /\/overlay-\d\.png$/.test(file)));
  const goOn = bot.holdLanes();
  await crowd.until(() => order.isPromised);
  return goOn;
}

const jobs = async () => {
  const store = await openSqliteStore({ folder: join(folder, "data") });
  const all = await store.jobs.list({});
  await store[Symbol.asyncDispose]();
  return all.map(({ state, restarts }) => ({ state, restarts }));
};

describe("lrbot start", () => {
  it("leaves folders of jobs alone where its store was just made, and moves what no job has aside after that", async () => {
    const id = newJobId();
    const put = (...path: string[]) => {
      mkdirSync(join(folder, "data", "jobs", ...path), { recursive: true });
      writeFileSync(join(folder, "data", "jobs", ...path, "source"), "a picture");
    };
    put(id);
    put("holiday");
    const first = await started();
    const names = (name: string) => readdirSync(join(folder, "data", name)).sort();
    expect(names("jobs")).toEqual([id, "holiday"].sort());
    await first.kill();
    await started();
    expect(names("jobs")).toEqual(["holiday"]);
    expect(names("quarantine")).toEqual([expect.stringMatching(new RegExp(`^\\d+-${id}$`))]);
  });

  it("offers no method that its pack cannot serve, in status 2", async () => {
    const environment = { ...crowd.chat, LRBOT_PORT: "0", LRBOT_METHODS: "regions,instruct-pix2pix" };
    const { status, stderr } = await runHere(["start"], { folder, environment });
    expect(stderr).toMatch(
      /error method-unknown: Expected regions or .* of pack mini, got instruct-pix2pix, which needs/,
    );
    expect(status).toBe(2);
  });

  it("without a token says where to get one and what needs none, in status 2", async () => {
    const { status, stdout, stderr } = await runHere(["start"], { folder });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    for (const name of ["DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "npm run demo"])
      expect(stderr).toContain(name);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      "error usage: Expected a token in .env or the environment, or LRBOT_WEB=on, got neither.",
    );
  });

  it.each([
    ["of another bot", "MTAwMDAwMDAwMDAwMDAwMDAw.other.token-of-another-bot"],
    ["that is none", "not a token\n"],
  ])("with a Discord token %s says so in one line, in status 2", async (_, token) => {
    const environment = { ...crowd.chat, DISCORD_TOKEN: token, LRBOT_PORT: "0" };
    const { status, stdout, stderr } = await runLrbot(["start"], { folder, environment });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(complaints(stderr)).toEqual([
      expect.stringMatching(/^error usage: Expected DISCORD_TOKEN to be .*, got one that Discord refuses\./),
    ]);
    expect(stderr).not.toContain(token.trim());
  });

  it.each(["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])("with a wrong %s says so in one line", async (name) => {
    await using slack = await createSlackCrowd({ picture: new Uint8Array() });
    const wrong = name === "SLACK_BOT_TOKEN" ? "xoxb-1-2-wrong" : "xapp-1-A1-2-wrong";
    const environment = { ...slack.chat, [name]: wrong, LRBOT_PORT: "0" };
    const { status, stderr } = await runLrbot(["start"], { folder, environment });
    expect(complaints(stderr)).toEqual([expect.stringMatching(new RegExp(`^error usage: Expected ${name}`))]);
    expect(status).toBe(2);
    expect(stderr).not.toContain(wrong);
  });

  it("on a store that another process has says which one that is, in status 1", async () => {
    const first = await started();
    const environment = { ...crowd.chat, LRBOT_PORT: "0" };
    const { status, stderr } = await runLrbot(["start"], { folder, environment });
    expect(complaints(stderr)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error store-in-use: Expected .* to be free, got it held by process ${first.pid}, started`,
        ),
      ),
    ]);
    expect(status).toBe(1);
  });
});

it("a token that is taken back while a result is due ends the bot, and loses nothing", async () => {
  const bot = startBot({ folder, chat: crowd.chat });
  bots.push(bot);
  const health = await bot.ready();
  await crowd.until(() => crowd.isHeard);
  const goOn = await orderLongJob(bot);
  const taken = crowd.trouble.takeTokenBack();
  goOn();
  while (!/^lrbot_jobs_running 0$/m.test(await (await fetch(`${health}/metrics`)).text())) await pause(50);
  const before = taken.refusals;
  await crowd.until(() => taken.refusals > before);
  taken.close();
  expect(await bot.ended).toMatchObject({ status: 2 });
  expect(await jobs()).toEqual([{ state: "posting", restarts: 0 }]);
  taken.giveBack();
  await started();
  await crowd.until(() => crowd.messages().some(isResult));
});

describe("SIGTERM", () => {
  it("lets the job that runs finish and its result be posted, in status 0", async () => {
    const bot = await started();
    const goOn = await orderLongJob(bot);
    const stopped = bot.stop();
    await bot.said("finishing what runs");
    goOn();
    const { status } = await stopped;
    expect(status).toBe(0);
    expect(crowd.messages().filter(isResult)).toHaveLength(1);
    expect(await jobs()).toEqual([{ state: "done", restarts: 0 }]);
  });

  it("a second time ends at once what runs, which runs again at the next start", async () => {
    const bot = await started();
    await orderLongJob(bot);
    void bot.stop();
    await bot.said("finishing what runs");
    const since = performance.now();
    const { status } = await bot.stop();
    expect({ status, isSoon: performance.now() - since < 30_000 }).toEqual({ status: 0, isSoon: true });
    await nothingLeftIn(folder);
    expect(crowd.messages().filter(isResult)).toHaveLength(0);
    expect(await jobs()).toEqual([{ state: "waiting", restarts: 0 }]);
    await started();
    await crowd.until(() => crowd.messages().some(isResult));
  });

  it("a second time gives back what runs while a chat holds up the end", async () => {
    const bot = await started();
    await orderLongJob(bot);
    const hanging = crowd.trouble.hangAcknowledgements();
    crowd.order("picture 0002").catch(() => {});
    await crowd.until(() => hanging.hits > 0);
    void bot.stop();
    await bot.said("finishing what runs");
    expect(await bot.stop()).toMatchObject({ status: 0 });
    expect(await jobs()).toEqual([{ state: "waiting", restarts: 0 }]);
  });

  it("a second time ends at once what cannot be posted", async () => {
    const bot = await started();
    crowd.trouble.refusePosts();
    void crowd.order("picture 0001");
    await crowd.until(() => crowd.refusals > 0);
    void bot.stop();
    await bot.said("finishing what runs");
    const since = performance.now();
    const { status } = await bot.stop();
    expect({ status, isSoon: performance.now() - since < 30_000 }).toEqual({ status: 0, isSoon: true });
  });
});

/** Lines of standard error that are no log. */
function complaints(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("{"));
}
