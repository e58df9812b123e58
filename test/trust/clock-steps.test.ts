import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { everythingIn, temporaryFolder } from "../cli/lrbot.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { isResult } from "../kill/crowd.ts";
import { createSlackCrowd } from "../kill/slack-crowd.ts";
import { slowPicture } from "../kill/slow-picture.ts";
import { createDiscordGuild, type DiscordGuild } from "./discord-guild.ts";

// The bot as a process whose time of day is set while it works.

vi.setConfig({ testTimeout: 240_000 });

const hour = 3600;
const day = 24 * hour;

let folder: string;
let guild: DiscordGuild;
let bot: BotProcess;

beforeEach(async () => {
  folder = temporaryFolder();
  guild = await createDiscordGuild();
  setClock(0);
});
afterEach(async () => {
  await bot.kill();
  await guild[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** At once: a file that is half written would be another time. */
function setClock(seconds: number): void {
  writeFileSync(join(folder, "clock.new"), String(seconds));
  renameSync(join(folder, "clock.new"), join(folder, "clock"));
}

async function start(chat: Readonly<Record<string, string>>): Promise<void> {
  const clock = `--import=${join(import.meta.dirname, "set-clock.mjs")}`;
  bot = startBot({ folder, chat: { ...chat, NODE_OPTIONS: clock } });
  await bot.ready();
}

async function startOnDiscord(): Promise<void> {
  await start(guild.chat);
  await guild.until(() => guild.isHeard);
}

function isPainting(): boolean {
  try {
    return everythingIn(folder).some((file) => /\/overlay-\d\.png$/.test(file));
  } catch {
    // A folder was moved while it was read.
    return false;
  }
}

const shows = (text: string | RegExp) =>
  guild.until(() => guild.messages().some((content) => content.match(text)), String(text));
const showsResult = (prompt: string) => shows(new RegExp(`${prompt}[\\s\\S]*result 1 of`));

describe("a clock that is set while the bot works", () => {
  it.each([
    ["back an hour", -hour],
    ["ahead a day", day],
  ])("%s silences nothing: neither the job that runs nor those that come after it", async (_, seconds) => {
    await startOnDiscord();
    await guild.edit("a castle", await slowPicture());
    await guild.until(isPainting, "a result on the disk");
    setClock(seconds);
    await showsResult("a castle");
    // More requests than discord.js lets through in what it takes for one second.
    const small = await flatPng(120);
    const prompts = ["one", "two", "three", "four", "five"].map((count) => `picture ${count}`);
    for (const prompt of prompts) {
      void guild.edit(prompt, small);
      await shows(prompt);
    }
    for (const prompt of prompts) await showsResult(prompt);
    expect(guild.fake.requests.length).toBeGreaterThan(60);
    setClock(0);
    await guild.edit("picture six", small);
    await showsResult("picture six");
  });
});

describe("a clock that is set while the bot is dead", () => {
  it.each([
    ["back an hour", -hour],
    ["ahead a day", day],
  ])("%s doubles no message that is still on its way", async (_, seconds) => {
    await using slack = await createSlackCrowd({ picture: await flatPng(120) });
    await start(slack.chat);
    while (!slack.isHeard) await sleep(20);
    const struck = slack.trouble.late({ what: "post" }, 6000);
    void slack.order("a castle");
    await struck;
    const arrives = sleep(7000);
    await bot.kill();
    setClock(seconds);
    await start(slack.chat);
    while (!slack.messages().some(isResult)) await sleep(20);
    await arrives;
    expect(slack.messages()).toHaveLength(1);
  });
});
