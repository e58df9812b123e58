import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { startFakeDiscord } from "../fakes/discord/index.ts";
import { startFakeSlack } from "../fakes/slack/index.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";
import { everythingIn, startLrbot, temporaryFolder } from "./lrbot.ts";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

it("no token gets into the log, the data folder or a message, whatever goes wrong", async () => {
  await using discord = await startFakeDiscord({ rateLimitScale: 0.02 });
  await using slack = await startFakeSlack();
  const canaries = [discord.token, slack.botToken, slack.appToken, "canary-signing-secret"];
  const picture = await flatPng(120);
  const guild = discord.guild();
  const channel = discord.channel(guild);
  const alice = discord.member({ guild, name: "alice" });
  const square = slack.channel({ name: "square", withBot: true });
  const bob = slack.member({ name: "bob" });
  const bot = startLrbot(["start"], {
    folder,
    environment: {
      ...discordEnvironment(discord),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_SIGNING_SECRET: "canary-signing-secret",
      SLACK_API_URL: slack.apiUrl,
      SLACK_FILE_HOSTS: new URL(slack.origin).host,
      LRBOT_ALLOW_LOOPBACK: "1",
      LRBOT_DEVICES: "simulated:1",
      LRBOT_LOG: "debug",
      LRBOT_PORT: "0",
    },
  });
  onTestFinished(async () => {
    bot.kill("SIGKILL");
    await bot.ended;
  });
  await bot.said('"msg":"ready"');
  await discord.until(() => discord.commands.length > 0);

  // What goes wrong: posts that fail, a message that a platform refuses, a file behind a sign-in page, cut connections.
  discord.inject({ method: "POST", path: /^\/channels\/\d+\/messages$/, status: 500, times: 2 });
  discord.inject({ method: "PATCH", path: /^\/channels\/\d+\/messages\/\d+$/, drop: "before" });
  await alice.slash("edit", { prompt: "a castle", image: { name: "a.png", bytes: picture } }, { channel });
  await alice.slash(
    "edit",
    { prompt: "no picture", image: { name: "a.png", bytes: Buffer.from("text") } },
    { channel },
  );
  slack.inject({ method: "chat.postMessage", status: 503, times: 1 });
  slack.injectDownload({ html: true });
  for (const prompt of ["behind a sign-in", "a tree"]) {
    const asked = await bob.slash("/edit", "", { channel: square });
    const files = [slack.upload({ by: bob, name: "a.png", bytes: picture })];
    await bob.submitView(await asked.view(), { values: { prompt }, files });
  }
  slack.sockets.dropAll();
  discord.gateway.dropSockets();
  await discord.until(() => discord.messagesIn(channel).some(({ attachments }) => attachments.length > 0), {
    timeout: 40_000,
  });
  await slack.until(() => slack.messages.some((message) => slack.pictures(message).length > 0), {
    timeout: 40_000,
  });
  bot.kill("SIGTERM");
  const { stderr, stdout } = await bot.ended;

  const files = everythingIn(folder).filter((path) => statSync(join(folder, path)).isFile());
  expect(files.map((path) => path.split("/").at(-1))).toContain("store.db");
  for (const canary of canaries) {
    expect(stderr.includes(canary) || stdout.includes(canary), "in the log").toBe(false);
    const holding = files.filter((path) => readFileSync(join(folder, path)).includes(canary));
    expect(holding, "in the data folder").toEqual([]);
    const said = JSON.stringify([
      slack.messages,
      discord.messagesIn(channel).map(({ revisions }) => revisions),
    ]);
    expect(said.includes(canary), "in a message").toBe(false);
  }
  // Slack's token is sent to Slack alone, and Discord's files are fetched without one.
  expect(slack.downloads.every(({ token }) => token === null || token === slack.botToken)).toBe(true);
  expect(slack.downloads.length).toBeGreaterThan(1);
});
