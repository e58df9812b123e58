import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatEvent, ChatPlatform } from "../../../src/bots/chat.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { createDiscord } from "../../../src/bots/discord/discord.ts";
import { isOnlyWorkspace } from "../../../src/bots/rights.ts";
import type { DiscordShards } from "../../../src/types.ts";
import {
  buttonsOf,
  type FakeChannel,
  type FakeDiscord,
  type FakeGuild,
  type Member,
  type Options,
  startFakeDiscord,
} from "../../fakes/discord/index.ts";
import { button, key, message, signal } from "./test-guild.ts";

interface Server {
  readonly guild: FakeGuild;
  readonly channel: FakeChannel;
  readonly member: Member;
}

let fake: FakeDiscord;
let platforms: ChatPlatform[] = [];
const start = async (options: Options) => {
  fake = await startFakeDiscord({ rateLimitScale: 0, ...options });
};
beforeEach(() => {
  platforms = [];
});
afterEach(async () => {
  await Promise.all(platforms.map((platform) => platform[Symbol.asyncDispose]()));
  await fake[Symbol.asyncDispose]();
});

/** A server of a shard. */
function serverOf(shard: number, count: number): Server {
  for (;;) {
    fake.clock.advance(1);
    const guild = fake.guild();
    if (Number((BigInt(guild.id) >> 22n) % BigInt(count)) !== shard) {
      fake.world.guilds.delete(guild.id);
      continue;
    }
    const channel = fake.channel(guild);
    return { guild, channel, member: fake.member({ guild, name: `m${guild.id}` }) };
  }
}

/** A process with some shards, and what it hears. */
function begin(shards: DiscordShards) {
  const heard: ChatEvent[] = [];
  const logged: string[] = [];
  const discord = createDiscord({
    ...{ token: fake.token, apiUrl: fake.apiUrl, cdnHosts: [], shards },
    services: {
      isNew: async () => true,
      fetchAttachment: () => Promise.reject(new Error("Expected no attachment, got one.")),
      onAcknowledged: () => {},
      leave: async () => {},
      log: (level, text) => void logged.push(`${level} ${text}`),
    },
    ...{ specs: commands, describe: (text) => text, locales: ["en"] },
  });
  platforms.push(discord);
  const take = async (event: ChatEvent) => {
    heard.push(event);
    if ("respond" in event) await event.respond.acknowledge();
  };
  return {
    ...{ discord, heard, logged },
    start: () => discord.start(take, { signal, onRefused: () => {} }),
    mentions: () => heard.flatMap((event) => (event.kind === "mention" ? [event.text] : [])),
  };
}

const range = (first: number, last: number, count: number) => ({ first, last, count });

describe("shards of a Discord bot", () => {
  it("as many as Discord says, which hear of all servers and of direct conversations", async () => {
    await start({ shards: 3, maxConcurrency: 16 });
    const servers = [0, 1, 2].map((shard) => serverOf(shard, 3));
    const bot = begin("auto");
    await bot.start();
    expect(fake.gateway.shards.toSorted()).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    expect(bot.discord.workspaces?.toSorted()).toEqual(servers.map(({ guild }) => guild.id).toSorted());
    for (const [shard, { member, channel }] of servers.entries())
      member.say(channel, `to ${shard}`, { mentionsBot: true });
    await fake.until(() => bot.mentions().length === 3);
    expect(bot.mentions().toSorted()).toEqual(["to 0", "to 1", "to 2"]);
  });

  it("shared by two processes: each identifies as its own, hears of its own servers, and knows no others", async () => {
    await start({ shards: 4, maxConcurrency: 16 });
    const servers = [0, 1, 2, 3].map((shard) => serverOf(shard, 4));
    const first = begin(range(0, 1, 4));
    const second = begin(range(2, 3, 4));
    await Promise.all([first.start(), second.start()]);
    expect(fake.gateway.shards.toSorted()).toEqual([0, 1, 2, 3].map((shard) => [shard, 4]));
    const ids = servers.map(({ guild }) => guild.id);
    expect(first.discord.workspaces?.toSorted()).toEqual(ids.slice(0, 2).toSorted());
    expect(second.discord.workspaces?.toSorted()).toEqual(ids.slice(2).toSorted());
    for (const [shard, { member, channel }] of servers.entries())
      member.say(channel, `to ${shard}`, { mentionsBot: true });
    await fake.until(() => first.mentions().length + second.mentions().length === 4);
    expect(first.mentions().toSorted()).toEqual(["to 0", "to 1"]);
    expect(second.mentions().toSorted()).toEqual(["to 2", "to 3"]);
  });

  it("register the commands once, by the process of the first; the others know that they are registered", async () => {
    await start({ shards: 2, maxConcurrency: 16 });
    const server = serverOf(1, 2);
    const second = begin(range(1, 1, 2));
    await second.start();
    const puts = () =>
      fake.requests.filter(({ method, path }) => method === "PUT" && path.includes("/commands"));
    const looks = () =>
      fake.requests.filter(({ method, path }) => method === "GET" && path.includes("/commands"));
    await fake.until(() => looks().length > 0);
    expect(puts()).toHaveLength(0);
    const first = begin(range(0, 0, 2));
    await first.start();
    await fake.until(() => puts().length === 1);
    const before = looks().length;
    await fake.until(() => looks().length > before, { timeout: 10_000 });
    expect(puts()).toHaveLength(1);
    expect(second.logged.filter((line) => line.startsWith("warn"))).toEqual([]);
    expect(server.guild.id).toBe(second.discord.workspaces?.[0]);
  }, 30_000);

  it("identify one after another where Discord wants it so, also those of two processes", {
    timeout: 60_000,
  }, async () => {
    await start({ shards: 3, maxConcurrency: 1, identifyWindow: 4_900 });
    const first = begin(range(0, 1, 3));
    await first.start();
    expect(fake.gateway.early).toBe(0);
    expect(fake.gateway.shards).toEqual([
      [0, 3],
      [1, 3],
    ]);
    // It knows nothing of the other process: it is told that it came too early, and tries again.
    const second = begin(range(2, 2, 3));
    await second.start();
    expect(fake.gateway.early).toBeGreaterThan(0);
    expect(fake.gateway.shards.at(-1)).toEqual([2, 3]);
    expect(second.discord.isConnected).toBe(true);
  });

  it("come back one by one where the connection breaks, with what was said meanwhile", async () => {
    await start({ shards: 2, maxConcurrency: 16 });
    const servers = [0, 1].map((shard) => serverOf(shard, 2));
    const bot = begin(range(0, 1, 2));
    await bot.start();
    fake.gateway.isUnreachable = true;
    fake.gateway.dropSockets();
    await fake.until(() => !bot.discord.isConnected);
    for (const { member, channel } of servers) member.say(channel, "still there?", { mentionsBot: true });
    // What it serves is known from before.
    expect(bot.discord.workspaces).toHaveLength(2);
    fake.gateway.isUnreachable = false;
    await fake.until(() => bot.mentions().length === 2);
    await fake.until(() => bot.discord.isConnected);
  });

  it("make nobody an operator because one server alone is served: others may be", async () => {
    await start({ shards: 2, maxConcurrency: 16 });
    const { guild } = serverOf(1, 2);
    const bot = begin(range(1, 1, 2));
    await bot.start();
    const place = { platform: "discord", workspace: guild.id };
    expect(bot.discord.workspaces).toEqual([guild.id]);
    expect(isOnlyWorkspace(place, [bot.discord])).toBe(false);
    expect(isOnlyWorkspace(place, [{ ...bot.discord, workspaces: [guild.id], isPart: false }])).toBe(true);
  });

  it("other than the first put no buttons into direct conversations, of which the first alone is told", async () => {
    await start({ shards: 2, maxConcurrency: 16 });
    const { member } = serverOf(1, 2);
    const first = begin(range(0, 0, 2));
    const second = begin(range(1, 1, 2));
    await Promise.all([first.start(), second.start()]);
    const content = message(["your picture"], { buttons: [[button("a.show.1")]] });
    const shown = async ({ discord }: typeof first, name: string) => {
      const direct = await discord.directPlace(member.id, { signal });
      const posted = await discord.post(direct, content, { signal, key: name });
      await discord.react(posted, ["1️⃣"], { signal });
      const found = fake.world.messages.get(posted.message);
      if (!found) throw new Error("Expected the message to be there, got none.");
      return found;
    };
    const here = await shown(first, key);
    const there = await shown(second, key.replace("a", "b"));
    expect(buttonsOf(here)).toHaveLength(1);
    expect(buttonsOf(there)).toHaveLength(0);
    expect(there.content).toBe("your picture");
  });

  it.each([
    [range(0, 0, 1), "raise the number behind the slash in DISCORD_SHARDS"],
    ["auto" as const, "it asks Discord for the number of shards at each start"],
  ])("too few of them: %j is told what to do", async (shards, step) => {
    await start({ shards: 2, requiresShards: true, maxConcurrency: 16 });
    // Discord changed its mind between the two.
    if (shards === "auto")
      fake.settings.answers = (body, path) =>
        path === "/gateway/bot" ? { ...(body as object), shards: 1 } : body;
    await expect(begin(shards).start()).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(step),
    });
  });
});
