import { describe, expect, it } from "vitest";
import type { ChatEvent, Place } from "../../../src/bots/chat.ts";
import { key, message, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();

describe("abilities", () => {
  it("says what is missing, as it changes", async () => {
    const { fake, channel, place, discord } = setup();
    const missing = async (where = place) => (await discord.abilitiesIn(where, { signal })).missing;
    expect(await missing()).toEqual([]);
    fake.setPermissions(channel, "bot", { deny: ["SendMessages", "AttachFiles", "AddReactions"] });
    await fake.until(async () => (await missing()).length === 3);
    expect(await missing()).toEqual(["post", "attach", "react"]);
    const thread = fake.thread(channel);
    expect(await missing({ ...place, channel: thread.id })).toEqual(["attach", "react"]);
    fake.setPermissions(channel, "bot", { deny: ["ViewChannel", "SendMessagesInThreads"] });
    await fake.until(async () => (await missing()).includes("view"));
    expect(await missing({ ...place, channel: thread.id })).toContain("post");
  });

  it("asks for channels that it was not told of", async () => {
    const { place, discord } = setup();
    await expect(discord.abilitiesIn({ ...place, channel: "1" }, { signal })).rejects.toMatchObject({
      failure: "unknown-place",
    });
    // Of a server that it was told nothing of it tries: what is refused says so.
    const elsewhere = { ...place, workspace: "1" };
    expect((await discord.abilitiesIn(elsewhere, { signal })).missing).toEqual([]);
  });

  it("knows the upload limit of the place", async () => {
    const { fake, discord, place, alice } = setup();
    const boosted = fake.guild({ premiumTier: 2 });
    const channel = fake.channel(boosted);
    const limit = async (where: Place) => (await discord.abilitiesIn(where, { signal })).maxUploadBytes;
    expect(await limit(place)).toBe(10 * 2 ** 20);
    const big = { ...place, workspace: boosted.id, channel: channel.id };
    await fake.until(async () => (await limit(big)) === 50 * 2 ** 20);
    expect(await limit(await discord.directPlace(alice.id, { signal }))).toBe(10 * 2 ** 20);
  });
});

describe("the connection", () => {
  it("says that the token is wrong without saying it", async () => {
    const { connect } = setup();
    for (const token of ["wrong.token", "with a\nline break"]) {
      const failure = await connect({ token }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "usage", message: expect.stringContaining("DISCORD_TOKEN") });
      expect(String(failure)).not.toContain(token);
    }
  });

  it("knows whether events arrive, and hears what was said meanwhile", async () => {
    const { fake, alice, channel, discord, next } = setup();
    expect(discord.isConnected).toBe(true);
    fake.gateway.isUnreachable = true;
    fake.gateway.dropSockets();
    await fake.until(() => !discord.isConnected);
    alice.say(channel, "are you there?", { mentionsBot: true });
    fake.gateway.isUnreachable = false;
    expect((await next("mention")).text).toBe("are you there?");
    await fake.until(() => discord.isConnected);
  });

  it("goes on with its token where Discord does not know it for a moment", async () => {
    const { fake, discord, place } = setup();
    fake.inject({ method: "POST", path: /\/messages$/, status: 401 });
    const post = () => discord.post(place, message(["hello"]), { signal, key });
    await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
    await post();
    expect(discord.isConnected).toBe(true);
  });

  it("says at any time that Discord closed the connection for good", async () => {
    const { fake, refusals } = setup();
    fake.gateway.closeSockets(4014);
    await fake.until(() => refusals.length > 0);
    expect(refusals).toMatchObject([{ code: "usage", message: expect.stringContaining("intents") }]);
  });

  it("can be made again where a start failed, and events arrive once", async () => {
    const { fake, alice, channel, events, next, begin } = setup();
    fake.inject({ path: /^\/gateway\/bot$/, status: 503, times: 3 });
    const other = begin();
    await expect(other.start()).rejects.toMatchObject({ failure: "unavailable" });
    await other.start();
    expect(other.platform.isConnected).toBe(true);
    alice.say(channel, "hello", { mentionsBot: true });
    await next("mention");
    expect(events.filter(({ kind }) => kind === "mention")).toHaveLength(1);
  });

  it("waits for what is being handled when it is put away", async () => {
    const { fake, alice, channel, discord, react, next } = setup();
    let isDone = false;
    react(async (event: ChatEvent) => {
      if (event.kind !== "mention") return;
      await new Promise((resolve) => setTimeout(resolve, 200));
      await event.respond.say(message(["done"]));
      isDone = true;
    });
    alice.say(channel, "hi", { mentionsBot: true });
    await next("mention");
    await discord[Symbol.asyncDispose]();
    expect(isDone).toBe(true);
    expect(discord.isConnected).toBe(false);
    expect(fake.messagesIn(channel).at(-1)?.content).toBe("done");
  });

  it("never writes its token anywhere", async () => {
    const { fake, logged } = setup();
    expect(logged.join("\n")).not.toContain(fake.token);
  });
});
