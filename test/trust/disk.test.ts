import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { runLrbot, temporaryFolder } from "../cli/lrbot.ts";
import type { DrivenInteraction } from "../fakes/discord/index.ts";
import { type BotOptions, type BotProcess, startBot } from "../kill/bot-process.ts";
import { createDiscordGuild, type DiscordGuild } from "./discord-guild.ts";
import { createSmallDisk, whyNoSmallDisk } from "./small-disk.ts";

// A whole bot whose disk takes nothing for a while, or whose data folder is taken away.
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let data: string;
let guild: DiscordGuild;
let picture: Uint8Array;
let bot: BotProcess;
let url: string;

beforeEach(async () => {
  folder = temporaryFolder();
  data = join(folder, "data");
  guild = await createDiscordGuild();
  picture = await flatPng(120);
});
afterEach(async () => {
  await bot.kill();
  await guild[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<BotOptions> = {}): Promise<void> {
  bot = startBot({ folder, chat: guild.chat, ...options });
  url = await bot.ready();
  await guild.until(() => guild.isHeard, "a bot that listens");
}

async function expectHealth(status: number, ...reasons: string[]): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const response = await fetch(`${url}/healthz`);
    const body = await response.json();
    if (response.status === status || performance.now() > deadline) {
      expect(body).toEqual(status === 200 ? { status: "healthy" } : { status: "failing", reasons });
      return;
    }
    await sleep(100);
  }
}

const said = ({ replies }: DrivenInteraction) => replies.map(({ content }) => content).join("\n");
const resultsIn = (messages: readonly string[]) => messages.filter((text) => /result 1 of \d/.test(text));

async function expectTold(prompt: string, words: string): Promise<void> {
  const interaction = await guild.edit(prompt, picture);
  await guild.until(() => said(interaction) !== "", "an answer");
  expect(said(interaction)).toContain(words);
}

/** Orders that many at once, and waits for their results. */
async function expectResults(prompt: string, total: number): Promise<void> {
  await guild.edit(prompt, picture);
  await guild.until(() => resultsIn(guild.messages()).length === total, `${total} results`);
}

async function expectOrderlyEnd(messages: number): Promise<void> {
  const { status } = await bot.stop();
  expect(status).toBe(0);
  expect(guild.messages()).toHaveLength(messages);
  expect(guild.violations).toEqual([]);
}

const trial = temporaryFolder();
const reason = whyNoSmallDisk(trial);
rmSync(trial, { recursive: true });

describe.skipIf(reason !== null)(`a bot on a small disk${reason ? ` (skipped: ${reason})` : ""}`, () => {
  const startOnSmallDisk = async () => {
    const disk = createSmallDisk(data, 64);
    await start({ through: disk.through });
    return disk;
  };

  it("that is full tells members and /healthz so, promises nothing, and works again once there is room", async () => {
    const disk = await startOnSmallDisk();
    await expectResults("a red door", 1);
    disk.fill(bot.pid);
    await expectHealth(503, "the disk is full");
    await expectTold("a green door", "The bot's disk is full.");
    await bot.said('"code":"disk-full"');
    expect(guild.messages()).toHaveLength(1);
    disk.free(bot.pid);
    await expectHealth(200);
    await bot.said("what is promised can be kept again");
    await expectResults("a green door", 2);
    await expectOrderlyEnd(2);
  });

  it("that fills up after it promised tells what came of each job, once, when there is room", async () => {
    const disk = await startOnSmallDisk();
    const prompts = ["one", "two", "three", "four", "five", "six"];
    const orders = await Promise.all(prompts.map((prompt, index) => guild.edit(prompt, picture, index % 3)));
    await guild.until(() => guild.messages().length >= 2, "two messages");
    disk.fill(bot.pid);
    await expectHealth(503, "the disk is full");
    // Long enough for what runs and what is due to fail at least once.
    await bot.said('"code":"disk-full"');
    await sleep(3000);
    disk.free(bot.pid);
    await expectHealth(200);
    const promised = () => orders.filter((order) => said(order).startsWith("On it")).length;
    const isTold = (text: string) => /result 1 of \d|disk is full/.test(text);
    const isRefused = (order: DrivenInteraction) => /disk is full|cannot save/.test(said(order));
    await guild.until(() => orders.every((order) => said(order) !== ""), "an answer to each");
    await guild.until(() => guild.messages().every(isTold), "an end of each");
    expect(promised() + orders.filter(isRefused).length).toBe(prompts.length);
    expect(guild.messages().length).toBeGreaterThanOrEqual(promised());
    for (const prompt of prompts) {
      expect(guild.messages().filter((text) => text.includes(`“${prompt}”`)).length).toBeLessThanOrEqual(1);
    }
    const before = guild.messages().length;
    await expectResults("a green door", resultsIn(guild.messages()).length + 1);
    await expectOrderlyEnd(before + 1);
  });
});

it("a bot whose files may not grow, as with a quota that is used up, says so and works again when they may", async () => {
  await start();
  await expectResults("a red door", 1);
  const limit = (bytes: string) =>
    expect(spawnSync("prlimit", ["--pid", String(bot.pid), `--fsize=${bytes}:`]).status).toBe(0);
  limit("4096");
  await expectHealth(503, "the store takes no writes");
  await expectTold("a green door", "The bot cannot save anything at the moment.");
  await bot.said('"code":"store-unwritable"');
  limit("unlimited");
  await expectHealth(200);
  await expectResults("a green door", 2);
  await expectOrderlyEnd(2);
});

it("a bot in whose place somebody puts another data folder takes nothing more and ends with status 1", async () => {
  await start();
  await expectResults("a red door", 1);
  const other = join(folder, "other");
  renameSync(data, `${data}-old`);
  mkdirSync(other);
  expect(
    (
      await runLrbot(["backup", join(other, "store.db")], {
        folder,
        environment: { LRBOT_DATA: `${data}-old` },
      })
    ).status,
  ).toBe(0);
  renameSync(other, data);
  const interaction = await guild.edit("a green door", picture);
  await guild.until(() => said(interaction) !== "", "an answer");
  expect(said(interaction)).toContain("The bot cannot save anything at the moment.");
  let hasEnded = false;
  void bot.ended.then(() => {
    hasEnded = true;
  });
  // Asked for its health it looks sooner than by itself.
  for (; !hasEnded; await sleep(200)) await fetch(`${url}/healthz`).catch(() => {});
  const { status, stderr } = await bot.ended;
  expect(stderr).toMatch(
    /^error store-replaced: Expected the store that was opened at .*, got another one\./m,
  );
  expect(status).toBe(1);
  expect(readdirSync(data)).toEqual(["store.db"]);
  await start();
  await expectResults("a green door", 2);
  await expectOrderlyEnd(2);
});

it("a bot whose data folder is moved away promises nothing, makes no other one, and goes on when it is back", async () => {
  await start();
  await expectResults("a red door", 1);
  renameSync(data, `${data}-away`);
  await expectHealth(503, "the store takes no writes");
  await expectTold("a green door", "The bot cannot save anything at the moment.");
  expect(existsSync(data)).toBe(false);
  renameSync(`${data}-away`, data);
  await expectHealth(200);
  await expectResults("a green door", 2);
  expect(readdirSync(join(data, "jobs"))).toHaveLength(2);
  await expectOrderlyEnd(2);
});
