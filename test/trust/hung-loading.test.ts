import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { type FakeChannel, type FakeDiscord, type Member, startFakeDiscord } from "../fakes/discord/index.ts";
import { type BotProcess, startBot } from "../kill/bot-process.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";

// The bot as a process whose worker hangs before it has told anything.

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let discord: FakeDiscord;
let channel: FakeChannel;
let alice: Member;
let bot: BotProcess;

beforeEach(async () => {
  folder = temporaryFolder();
  discord = await startFakeDiscord({ rateLimitScale: 0.02 });
  const guild = discord.guild();
  channel = discord.channel(guild);
  alice = discord.member({ guild, name: "alice" });
});
afterEach(async () => {
  await bot.kill();
  await discord[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const hang = join(import.meta.dirname, "hang-while-loading.mjs");
  const chat = { ...discordEnvironment(discord), NODE_OPTIONS: `--import=${hang}`, ...settings };
  bot = startBot({ folder, chat, lanes: 1 });
  await bot.ready();
  await discord.until(() => discord.gateway.connected > 0 && discord.commands.length > 0);
}

const shown = (text: RegExp) => discord.messagesIn(channel).find(({ content }) => text.test(content));
const shows = (text: RegExp) => discord.until(() => shown(text) !== undefined, { timeout: 60_000 });
const result = (prompt: string) => new RegExp(`${prompt}[\\s\\S]*result 1 of`);

async function order(prompt: string): Promise<void> {
  const image = { name: "photo.png", bytes: await flatPng(120) };
  await alice.slash("edit", { prompt, image }, { channel });
  await shows(new RegExp(prompt));
}

async function orderThatHangs(prompt: string): Promise<void> {
  writeFileSync(join(folder, "hangs"), "");
  await order(prompt);
  await discord.until(() => !existsSync(join(folder, "hangs")), { timeout: 30_000 });
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
    await alice.pressButton(message, { label: "Cancel" });
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
