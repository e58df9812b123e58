import { rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { type FakeDiscord, startFakeDiscord } from "../fakes/discord/index.ts";
import { type FakeSlack, startFakeSlack } from "../fakes/slack/index.ts";
import { type BotProcess, nothingLeftIn, startBot } from "../kill/bot-process.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";
import { slackEnvironment } from "../kill/slack-crowd.ts";

// Chats that cannot be reached, that refuse and that never answer. Each test starts the bot once.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let discord: FakeDiscord;
let slack: FakeSlack;
let bot: BotProcess | null;

beforeEach(async () => {
  folder = temporaryFolder();
  [discord, slack] = await Promise.all([startFakeDiscord(), startFakeSlack()]);
  bot = null;
});
afterEach(async () => {
  await bot?.kill();
  await Promise.all([discord[Symbol.asyncDispose](), slack[Symbol.asyncDispose]()]);
  rmSync(folder, { recursive: true });
});

const both = () => ({ ...discordEnvironment(discord), ...slackEnvironment(slack) });
const until = (look: () => boolean | Promise<boolean>) => discord.until(look, { timeout: 60_000 });
const wrongDiscord = { DISCORD_TOKEN: "MTAwMDAwMDAwMDAwMDAwMDAw.other.token-of-another-bot" };
const wrongSlack = { SLACK_BOT_TOKEN: "xoxb-1-2-wrong" };

function start(chat: Readonly<Record<string, string>>): BotProcess {
  bot = startBot({ folder, chat });
  return bot;
}

/** What it says of its chats: status, and the JSON. */
async function readiness(health: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${health}/readyz`);
  return { status: response.status, body: await response.json() };
}

/** From now on, until it is called, the chat's first request at a start fails. */
function takeDown(name: string): () => void {
  const times = Number.POSITIVE_INFINITY;
  if (name === "discord") return discord.inject({ path: /^\/gateway\/bot$/, status: 503, times }).remove;
  let isDown = true;
  slack.inject({ method: "auth.test", status: 503, times, when: () => isDown });
  return () => {
    isDown = false;
  };
}

/** Lines of standard error that are no log. */
function complaints(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
}

describe("a chat that cannot be reached at start", () => {
  it.each([
    ["discord", "slack"],
    ["slack", "discord"],
  ])("%s is waited for while %s serves", async (name, other) => {
    const bringBack = takeDown(name);
    const health = await start(both()).ready();
    expect(await readiness(health)).toEqual({
      status: 503,
      body: { status: "not ready", connected: [other], reasons: [`${name} is not connected`] },
    });
    bringBack();
    await until(async () => (await readiness(health)).status === 200);
    expect(await bot?.stop()).toMatchObject({ status: 0 });
  });

  it("is waited for where it is the only one", async () => {
    const bringBack = takeDown("discord");
    const running = start(discordEnvironment(discord));
    await running.said("discord could not be reached");
    bringBack();
    await running.ready();
    expect(discord.gateway.connected).toBe(1);
  });
});

describe("a chat that refuses the bot at start", () => {
  it.each([
    ["discord", "slack", wrongDiscord, "DISCORD_TOKEN"],
    ["slack", "discord", wrongSlack, "SLACK_BOT_TOKEN"],
  ])("%s is told of, and %s serves", async (name, other, wrong, variable) => {
    const running = start({ ...both(), ...wrong });
    const health = await running.ready();
    await running.said(`${name} refused the bot for good`);
    expect(await readiness(health)).toEqual({
      status: 503,
      body: {
        status: "not ready",
        connected: [other],
        reasons: [expect.stringMatching(`^${name} refused the bot for good: Expected ${variable} to be .+`)],
      },
    });
    expect(await running.stop()).toMatchObject({ status: 0 });
  });

  it("ends the process where the other one refuses it too", async () => {
    const { status, stderr } = await start({ ...both(), ...wrongDiscord, ...wrongSlack }).ended;
    expect(status).toBe(2);
    expect(complaints(stderr)).toEqual([
      expect.stringMatching(/^error usage: Expected (DISCORD|SLACK_BOT)_TOKEN/),
    ]);
    expect(stderr.match(/refused the bot for good/g)).toHaveLength(1);
    await nothingLeftIn(folder);
  });
});

describe("a chat that closes the connection for good while the bot runs", () => {
  it.each([
    [4004, "Expected DISCORD_TOKEN to be .*Copy it anew"],
    [4011, "got close code 4011 \\(ShardingRequired\\)\\. Start lrbot again"],
    [4014, "Expected Discord to grant the intents .*see whether the application was restricted"],
  ])(
    "with code %i ends the process where it is the only one, in status 2 and one line",
    async (code, line) => {
      const running = start(discordEnvironment(discord));
      await running.ready();
      discord.gateway.closeSockets(code);
      const { status, stderr } = await running.ended;
      expect(complaints(stderr)).toEqual([expect.stringMatching(`^error usage: .*${line}`)]);
      expect(status).toBe(2);
      await nothingLeftIn(folder);
    },
  );

  it("is told of where another one serves", async () => {
    const running = start(both());
    const health = await running.ready();
    await until(async () => (await readiness(health)).status === 200);
    discord.gateway.closeSockets(4014);
    await running.said("discord refused the bot for good");
    expect(await readiness(health)).toMatchObject({
      status: 503,
      body: {
        connected: ["slack"],
        reasons: [expect.stringContaining("discord refused the bot for good: ")],
      },
    });
    expect(await running.stop()).toMatchObject({ status: 0 });
  });
});

describe("a bot token that Slack takes back while the connection stands", () => {
  const takeBack = () => {
    slack.inject({ method: "*", error: "token_revoked", times: Number.POSITIVE_INFINITY });
    slack.member().slash("/edit", "a tree", { channel: slack.channel() });
  };

  it("ends the process where it is the only chat, in status 2 and one line", async () => {
    const { SLACK_APP_TOKEN: _, ...overHttp } = slackEnvironment(slack);
    const running = start({ ...overHttp, SLACK_SIGNING_SECRET: slack.signingSecret, SLACK_PORT: "0" });
    await running.ready();
    const port = /"port":(\d+),"path":"\/slack\/events"/.exec(running.log)?.[1];
    slack.http.url = `http://127.0.0.1:${port}/slack/events`;
    takeBack();
    const { status, stderr } = await running.ended;
    expect(complaints(stderr)).toEqual([expect.stringMatching(/^error usage: Expected SLACK_BOT_TOKEN/)]);
    expect(status).toBe(2);
    await nothingLeftIn(folder);
  });

  it("is told of where another one serves", async () => {
    const running = start(both());
    const health = await running.ready();
    await until(async () => (await readiness(health)).status === 200);
    takeBack();
    await running.said("slack refused the bot for good");
    await until(() => slack.sockets.connectionCount === 0);
    expect(await readiness(health)).toEqual({
      status: 503,
      body: {
        status: "not ready",
        connected: ["discord"],
        reasons: [
          expect.stringMatching(/^slack refused the bot for good: Expected SLACK_BOT_TOKEN to be .+/),
        ],
      },
    });
    expect(await running.stop()).toMatchObject({ status: 0 });
  });
});

describe("SIGTERM while a chat accepts the connection and never answers", () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  beforeEach(async () => {
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => silent.close(resolve));
  });
  const address = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}/api/`;

  it.each([
    ["Discord's REST interface", () => ({ ...discordEnvironment(discord), DISCORD_API_URL: address() })],
    ["Slack's Web API", () => ({ ...slackEnvironment(slack), SLACK_API_URL: address() })],
    [
      "Discord's gateway",
      () => {
        discord.settings.tells = () => null;
        return discordEnvironment(discord);
      },
    ],
  ])("ends the start: %s", async (_, chat) => {
    const running = start(chat());
    await until(() => sockets.size > 0 || discord.gateway.identified > 0);
    expect(await running.stop()).toMatchObject({ status: 0, stdout: "" });
    expect(complaints((await running.ended).stderr)).toEqual([]);
    await nothingLeftIn(folder);
    // The store was let go of.
    await (await openSqliteStore({ folder: join(folder, "data") }))[Symbol.asyncDispose]();
  });
});
