import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { createDiscordGuild, type DiscordGuild } from "./discord-guild.ts";

// The bot as a process whose worker hangs before it has told anything.

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let guild: DiscordGuild;
let bot: BotProcess;

beforeEach(async () => {
  folder = temporaryFolder();
  guild = await createDiscordGuild();
});
afterEach(async () => {
  await bot.kill();
  await guild[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const hang = join(import.meta.dirname, "hang-while-loading.mjs");
  const chat = { ...guild.chat, NODE_OPTIONS: `--import=${hang}`, ...settings };
  bot = startBot({ folder, chat });
  await bot.ready();
  await guild.until(() => guild.isHeard);
}

const shown = (text: RegExp) =>
  guild.fake.messagesIn(guild.channel).find(({ content }) => text.test(content));
const shows = (text: RegExp) => guild.until(() => shown(text) !== undefined, String(text));
const result = (prompt: string) => new RegExp(`${prompt}[\\s\\S]*result 1 of`);

async function order(prompt: string): Promise<void> {
  await guild.edit(prompt, await flatPng(120));
  await shows(new RegExp(prompt));
}

async function orderThatHangs(prompt: string): Promise<void> {
  writeFileSync(join(folder, "hangs"), "");
  await order(prompt);
  await guild.until(() => !existsSync(join(folder, "hangs")), "a worker that hangs");
}

describe("a worker that hangs while it loads", () => {
  it("is ended when loading should be over, and its job is tried again", async () => {
    await start({ LRBOT_LOAD_TIMEOUT: "10" });
    await orderThatHangs("a castle");
    await shows(result("a castle"));
    await bot.said("LRBOT_LOAD_TIMEOUT says how long it may take");
  });

  it("gives its lane to the next job soon after its own is cancelled", async () => {
    await start();
    await orderThatHangs("a castle");
    await order("a rabbit");
    const message = shown(/a castle/);
    if (!message) throw new Error("Expected the job's message, got none.");
    await guild.ann.pressButton(message, { label: "Cancel" });
    await shows(/a castle[\s\S]*Cancelled/);
    await shows(result("a rabbit"));
  });

  it("holds up no stop: its job waits, and runs at the next start", async () => {
    await start();
    await orderThatHangs("a castle");
    expect(await bot.stop()).toMatchObject({ status: 0 });
    expect(shown(result("a castle"))).toBeUndefined();
    await start();
    await shows(result("a castle"));
  });
});
