import { Events, REST, Routes } from "discord.js";
import { describe, expect, it } from "vitest";
import { picture, useTestGuild } from "../test-bot.ts";

const setup = useTestGuild();

describe("messages", () => {
  it("hides the text of others from a bot without the intent, unless it is named, answered or alone with them", async () => {
    const { fake, channel, alice, connect } = setup();
    const client = await connect();
    const heard: string[] = [];
    client.on(Events.MessageCreate, ({ content }) => void heard.push(content));
    alice.say(channel, "nothing for you");
    alice.say(channel, "a tree", { mentionsBot: true });
    alice.say(alice.direct, "just us");
    await fake.until(() => heard.length === 3);
    expect(heard).toEqual(["", `<@${fake.botId}> a tree`, "just us"]);
  });

  it("tells of reactions on messages from before the client's time", async () => {
    const { fake, channel, alice, connect } = setup();
    const old = alice.say(channel, "old");
    const client = await connect();
    const heard: string[] = [];
    client.on(
      Events.MessageReactionAdd,
      ({ emoji, partial }) => void heard.push(`+${emoji.name} ${partial}`),
    );
    client.on(Events.MessageReactionRemove, ({ emoji }) => void heard.push(`-${emoji.name}`));
    alice.react(old, "1️⃣");
    alice.unreact(old, "1️⃣");
    await fake.until(() => heard.length === 2);
    expect(heard).toEqual(["+1️⃣ true", "-1️⃣"]);
    const channelOfBot = await client.channels.fetch(channel.id);
    if (!channelOfBot?.isSendable()) throw new Error("Expected a channel to post in");
    const message = await channelOfBot.messages.fetch(old.id);
    await message.react("🔲");
    expect([...old.reactions]).toEqual([["🔲", [fake.botId]]]);
    await expect(message.react("no emoji")).rejects.toMatchObject({ code: 10014 });
  });

  it("gives the first message again for the same nonce, until the window is over", async () => {
    const { fake, channel, connect } = setup();
    const client = await connect();
    const place = await client.channels.fetch(channel.id);
    if (!place?.isSendable()) throw new Error("Expected a channel to post in");
    const post = () => place.send({ content: "result", nonce: "job-1", enforceNonce: true });
    fake.inject({ method: "POST", path: /\/messages$/, drop: "after" });
    // The answer is lost on its way: the client cannot know that it has posted.
    await expect(post()).rejects.toThrow(/closed/);
    const [posted] = fake.messagesIn(channel);
    expect((await post()).id).toBe(posted?.id);
    expect(fake.messagesIn(channel)).toHaveLength(1);
    fake.clock.advance(5 * 60_000 + 1);
    expect((await post()).id).not.toBe(posted?.id);
  });

  it("limits posts of a channel, and an honest client waits", async () => {
    const { fake, channel, connect } = setup();
    const client = await connect();
    const place = await client.channels.fetch(channel.id);
    if (!place?.isSendable()) throw new Error("Expected a channel to post in");
    await Promise.all(Array.from({ length: 12 }, (_, i) => place.send(`${i}`)));
    const posts = fake.requests.filter(({ method, path }) => method === "POST" && /messages$/.test(path));
    expect(posts.filter(({ status }) => status === 200)).toHaveLength(12);
    const injected = fake.inject({ path: /\/messages$/, status: 429, retryAfter: 0.2, times: 1 });
    const before = performance.now();
    await place.send("after a 429");
    expect(injected.hits).toBe(1);
    expect(performance.now() - before).toBeGreaterThan(190);
  });

  it("collects what breaks the API's description or its limits, and answers 50035", async () => {
    const { fake, channel } = setup();
    const rest = setup().rest();
    const post = (body: unknown) => rest.post(Routes.channelMessages(channel.id), { body });
    await expect(post({ content: "x", colour: "red" })).rejects.toMatchObject({ code: 50035, status: 400 });
    await expect(post({ content: "x".repeat(2001) })).rejects.toMatchObject({ code: 50035 });
    const faceless = { type: 2, style: 1, custom_id: "a" };
    const rows = [{ type: 1, components: [faceless, { ...faceless, label: "b", emojis: [] }] }];
    await expect(post({ content: "x", components: rows })).rejects.toMatchObject({ code: 50035 });
    await expect(post({ content: "" })).rejects.toMatchObject({ code: 50006 });
    expect(fake.violations.map(({ at, problem }) => `${at} ${problem.split(":")[0]}`)).toEqual([
      " unrecognized_keys",
      "content Must be 2000 or fewer in length.",
      "components.0.components.1 unrecognized_keys",
    ]);
  });

  it("takes as a reaction what Unicode recommends as an emoji, and nothing else", async () => {
    const { fake, channel } = setup();
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token);
    const posted = (await rest.post(Routes.channelMessages(channel.id), { body: { content: "x" } })) as {
      id: string;
    };
    const react = (emoji: string) =>
      rest.put(Routes.channelMessageOwnReaction(channel.id, posted.id, encodeURIComponent(emoji)));
    for (const emoji of ["1️⃣", "🔲"]) await react(emoji);
    for (const emoji of ["⤢", "↗", "x"]) await expect(react(emoji)).rejects.toMatchObject({ code: 10014 });
  });

  it("refuses by permission, size, age and existence", async () => {
    const { fake, guild, channel, alice } = setup();
    const rest = new REST({ api: fake.apiUrl, rejectOnRateLimit: ["/channels"] }).setToken(fake.token);
    const path = Routes.channelMessages(channel.id);
    const files = [{ name: "a.png", data: picture }];
    const posted = (await rest.post(path, { body: { content: "x" } })) as { id: string };
    channel.refusesAbove = picture.length - 1;
    await expect(rest.post(path, { body: {}, files })).rejects.toMatchObject({ status: 413, code: 40005 });
    channel.refusesAbove = null;
    guild.uploadLimit = picture.length - 1;
    await expect(rest.post(path, { body: {}, files })).rejects.toMatchObject({ status: 413, code: 40005 });
    fake.setPermissions(channel, "bot", { deny: ["AttachFiles"] });
    guild.uploadLimit = null;
    await expect(rest.post(path, { body: {}, files })).rejects.toMatchObject({ code: 50013 });
    fake.setPermissions(channel, "bot", { deny: ["ViewChannel"] });
    await expect(rest.post(path, { body: { content: "x" } })).rejects.toMatchObject({ code: 50001 });
    fake.setPermissions(channel, "bot", {});
    const missing = rest.patch(Routes.channelMessage(channel.id, "1"), { body: { content: "x" } });
    await expect(missing).rejects.toMatchObject({ code: 10008 });
    fake.settings.oldEdits.limit = 0;
    fake.clock.advance(3_600_001);
    const old = rest.patch(Routes.channelMessage(channel.id, posted.id), { body: { content: "y" } });
    await expect(old).rejects.toMatchObject({ retryAfter: expect.any(Number) });
    alice.user.refusesDirectMessages = true;
    const direct = rest.post(Routes.channelMessages(alice.direct.id), { body: { content: "x" } });
    await expect(direct).rejects.toMatchObject({ code: 50007 });
  });

  it("keeps threads' own permission, wakes archived ones by a message, and refuses edits in them", async () => {
    const { fake, channel, connect } = setup();
    const client = await connect();
    const thread = fake.thread(channel, "a-thread");
    await fake.until(() => client.channels.cache.has(thread.id), { what: "the thread in the cache" });
    const rest = setup().rest();
    const path = Routes.channelMessages(thread.id);
    const posted = (await rest.post(path, { body: { content: "x" } })) as { id: string };
    const edit = () => rest.patch(Routes.channelMessage(thread.id, posted.id), { body: { content: "y" } });
    fake.setArchived(thread, true);
    await expect(edit()).rejects.toMatchObject({ code: 50083 });
    await rest.post(path, { body: { content: "awake" } });
    await edit();
    fake.setPermissions(channel, "bot", { deny: ["SendMessagesInThreads"] });
    await expect(rest.post(path, { body: { content: "x" } })).rejects.toMatchObject({ code: 50013 });
  });

  it("tells the nonce at the posting alone, and pages through the history", async () => {
    const { fake, channel } = setup();
    const rest = setup().rest();
    const path = Routes.channelMessages(channel.id);
    const ids: string[] = [];
    for (const nonce of ["a", "b", "c", "d"]) {
      const posted = (await rest.post(path, { body: { content: nonce, nonce } })) as {
        id: string;
        nonce: string;
      };
      expect(posted.nonce).toBe(nonce);
      ids.push(posted.id);
    }
    const list = async (query: Record<string, string>) => {
      const found = await rest.get(path, { query: new URLSearchParams(query) });
      return (found as { content: string; nonce?: string }[]).map(({ content, nonce }) => [content, nonce]);
    };
    expect(await list({ limit: "2" })).toEqual([["d"], ["c"]].map((each) => [...each, undefined]));
    expect((await list({ after: ids[0] ?? "", limit: "2" })).map(([text]) => text)).toEqual(["c", "b"]);
    expect((await list({ before: ids[2] ?? "" })).map(([text]) => text)).toEqual(["b", "a"]);
    expect((await list({ around: ids[1] ?? "", limit: "3" })).map(([text]) => text)).toEqual(["c", "b", "a"]);
    expect(fake.violations).toEqual([]);
    await expect(list({ limit: "500" })).rejects.toMatchObject({ code: 50035 });
  });

  it("notifies nobody whom `allowed_mentions` leaves out", async () => {
    const { fake, guild, channel, alice } = setup();
    const rest = setup().rest();
    const path = Routes.channelMessages(channel.id);
    const content = `<@${alice.id}> @everyone`;
    const role = [...guild.roles.values()].find(({ name }) => name === "painter");
    if (role) fake.setRolePermissions(guild, role, ["MentionEveryone"]);
    await rest.post(path, { body: { content } });
    await rest.post(path, { body: { content, allowed_mentions: { parse: [] } } });
    const told = fake.messagesIn(channel).map(({ pings, pingsEveryone }) => [pings, pingsEveryone]);
    expect(told).toEqual([
      [[alice.id], true],
      [[], false],
    ]);
  });

  it("answers 5xx and cuts connections as often as it is told", async () => {
    const { fake, channel } = setup();
    const rest = setup().rest();
    const post = () => rest.post(Routes.channelMessages(channel.id), { body: { content: "x" } });
    const failing = fake.inject({ method: "POST", path: /messages$/, status: 503, times: 2 });
    await post();
    expect(failing.hits).toBe(2);
    fake.inject({ path: /messages$/, drop: "before" });
    await expect(post()).rejects.toThrow();
    expect(fake.messagesIn(channel)).toHaveLength(1);
  });
});
