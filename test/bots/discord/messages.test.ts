import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buttonsOf } from "../../fakes/discord/index.ts";
import { button, key, message, pixel, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();
const image = { name: "cat.png", bytes: pixel };

describe("messages", () => {
  it("posts text, pictures with alt text, and buttons; calls nobody", async () => {
    const { fake, alice, channel, place, discord, picture, standing } = setup();
    const spoiler = { ...(await picture("b.png", { alt: "x".repeat(2000) })), isSpoiler: true };
    const content = message(["@everyone ", { member: alice.id }], {
      pictures: [await picture("a.png"), spoiler],
      buttons: [[button("one"), { ...button("two"), emoji: "🔲" }], [button("three")]],
    });
    const request = alice.say(channel, "please");
    const replyTo = {
      platform: "discord",
      workspace: place.workspace,
      channel: channel.id,
      message: request.id,
      thread: null,
    };
    const posted = await discord.post(place, content, { key, replyTo, signal });
    const stands = standing(posted);
    expect(stands.content).toBe(`\\@everyone <@${alice.id}>`);
    expect(stands.pings).toEqual([]);
    expect(stands.reference?.messageId).toBe(request.id);
    expect(stands.attachments.map(({ filename, description }) => [filename, description?.length])).toEqual([
      ["a.png", 6],
      ["SPOILER_b.png", 1024],
    ]);
    expect(buttonsOf(stands).map(({ custom_id }) => custom_id)).toEqual(["one", "two", "three"]);
    expect(fake.violations).toEqual([]);
  });

  it("replies to nothing where the message is gone, or where the history is closed", async () => {
    const { fake, alice, channel, place, discord } = setup();
    const request = alice.say(channel, "please");
    const replyTo = {
      platform: "discord",
      workspace: place.workspace,
      channel: channel.id,
      message: request.id,
      thread: null,
    };
    alice.delete(request);
    await discord.post(place, message(["one"]), { key: "a", replyTo, signal });
    fake.setPermissions(channel, "bot", { deny: ["ReadMessageHistory"] });
    await discord.post(place, message(["two"]), { key: "b", replyTo, signal });
    expect(fake.messagesIn(channel).map(({ content }) => content)).toEqual(["one", "two"]);
  });

  it("opens a thread again that was archived meanwhile", async () => {
    const { fake, channel, place, discord } = setup();
    const thread = fake.thread(channel);
    fake.inject({
      method: "POST",
      path: /\/messages$/,
      status: 400,
      body: { code: 50083, message: "Archived" },
    });
    const opening = fake.inject({ method: "PATCH", path: /^\/channels\/\d+$/, status: 200, body: {} });
    await discord.post({ ...place, channel: thread.id }, message(["here"]), { key, signal });
    expect(opening.hits).toBe(1);
    expect(fake.requests.find(({ method }) => method === "PATCH")?.body).toEqual({ archived: false });
    expect(fake.messagesIn(thread).map(({ content }) => content)).toEqual(["here"]);
  });

  it("edits a message whole", async () => {
    const { fake, place, discord, picture, standing } = setup();
    const before = message(["a"], { pictures: [await picture("a.png")], buttons: [[button("x")]] });
    const posted = await discord.post(place, before, { key, signal });
    const stands = standing(posted);
    await discord.edit(posted, message(["b"], { pictures: [await picture("b.png")] }), { signal });
    expect(stands.attachments.map(({ filename }) => filename)).toEqual(["b.png"]);
    expect(buttonsOf(stands)).toEqual([]);
    await discord.edit(posted, message(["c"]), { signal });
    expect(stands).toMatchObject({ content: "c", attachments: [] });
    expect(fake.violations).toEqual([]);
  });

  it("posts a gallery as components, which it finds by its key and which stays one", async () => {
    const { fake, place, discord, picture, standing } = setup();
    const pictures = [await picture("a.png"), { ...(await picture("b.png")), isSpoiler: true }];
    const gallery = { ...message(["all of **it**"], { pictures }), layout: "gallery" } as const;
    const since = Date.now() - 1000;
    const posted = await discord.post(place, gallery, { key, signal });
    const stands = standing(posted);
    expect(stands.content).toBe("");
    expect(stands.flags & (1 << 15)).toBe(1 << 15);
    expect(stands.components).toMatchObject([
      {
        type: 17,
        components: [
          { type: 10, content: "all of \\*\\*it\\*\\*" },
          {
            type: 12,
            items: [
              { media: { url: "attachment://a.png" }, spoiler: false },
              { media: { url: "attachment://SPOILER_b.png" }, spoiler: true },
            ],
          },
        ],
      },
    ]);
    Object.assign(stands, { nonce: null });
    expect(await discord.findPosted(place, key, { since, signal })).toEqual(posted);
    await discord.edit(posted, { ...gallery, pictures: [] }, { signal });
    expect(fake.violations).toEqual([]);
    await expect(discord.edit(posted, message(["text alone"]), { signal })).rejects.toThrow();
  });

  it("posts once though the answer to the first try was lost", async () => {
    const { fake, channel, place, discord } = setup();
    fake.inject({ method: "POST", path: /\/messages$/, drop: "after" });
    await discord.post(place, message(["a"]), { key, signal }).catch(() => {});
    await discord.post(place, message(["a"]), { key, signal });
    expect(fake.messagesIn(channel)).toHaveLength(1);
  });

  it("finds what it posted by its key, also where the nonce is forgotten", async () => {
    const { fake, alice, channel, place, discord, picture, connect } = setup();
    const since = Date.now() - 1000;
    const buttons = [[button("lr1.cancel.abcdefghjkmnpqrs.0.x")]];
    const job = await discord.post(place, message(["job"], { buttons }), { key, signal });
    const gallery = await discord.post(place, message(["all"], { buttons }), {
      key: `${key.slice(0, 16)}-g`,
      signal,
    });
    for (let count = 0; count < 120; count++) alice.say(channel, "chatter");
    const file = await discord.post(
      place,
      message(["f"], { pictures: [await picture("zbcdefghjkmnpqrs-1.png")] }),
      {
        key: "zbcdefghjkmnpqrs-r",
        signal,
      },
    );
    for (const stands of fake.world.messages.values()) Object.assign(stands, { nonce: null });
    const again = await connect();
    const find = (wanted: string) => again.findPosted(place, wanted, { since, signal });
    expect(await find(key)).toEqual(job);
    expect(await find(`${key.slice(0, 16)}-g`)).toEqual(gallery);
    expect(await find(`${key.slice(0, 16)}-r`)).toBeNull();
    expect(await find("zbcdefghjkmnpqrs-r")).toEqual(file);
    expect(await find("ybcdefghjkmnpqrs-r")).toBeNull();
    // The clock was ahead when it was begun: the latest 100 are looked at in any case.
    const ahead = { since: Date.now() + 30 * 24 * 3_600_000, signal };
    expect(await again.findPosted(place, "zbcdefghjkmnpqrs-r", ahead)).toEqual(file);
    expect(await again.findPosted(place, key, ahead)).toBeNull();
    fake.setPermissions(channel, "bot", { deny: ["ReadMessageHistory"] });
    expect(await find(key)).toBeNull();
  });

  it("removes, and takes a message that is gone for removed", async () => {
    const { fake, channel, place, discord } = setup();
    const posted = await discord.post(place, message(["a"]), { key, signal });
    await discord.remove(posted, { signal });
    await discord.remove(posted, { signal });
    expect(fake.messagesIn(channel)).toEqual([]);
  });

  it("puts its reactions in order", async () => {
    const { fake, place, discord, standing } = setup();
    const posted = await discord.post(place, message(["a"]), { key, signal });
    await discord.react(posted, ["1️⃣", "2️⃣", "🔲"], { signal });
    const { reactions } = standing(posted);
    expect([...reactions.keys()]).toEqual(["1️⃣", "2️⃣", "🔲"]);
    expect(fake.violations).toEqual([]);
  });

  it("reads pictures of its own messages, and none where it may not", async () => {
    const { fake, place, discord, picture } = setup();
    const posted = await discord.post(place, message(["a"], { pictures: [await picture("a.png")] }), {
      key,
      signal,
    });
    expect(await discord.picturesIn(posted, { signal })).toMatchObject([{ fileName: "a.png" }]);
    await discord.remove(posted, { signal });
    expect(await discord.picturesIn(posted, { signal })).toEqual([]);
    expect(fake.violations).toEqual([]);
  });

  it("saves a picture from the platform's own hosts", async () => {
    const { alice, channel, next, discord, folder } = setup();
    await alice.slash("edit", { prompt: "a", image }, { channel });
    const [attachment] = (await next("command")).pictures;
    const file = join(folder, "source");
    if (!attachment) throw new Error("Expected a picture.");
    await discord.save(attachment, file, { maxBytes: 1e6, signal });
    expect(await readFile(file)).toEqual(pixel);
    const elsewhere = { ...attachment, url: "http://127.0.0.1:1/cat.png" };
    await expect(discord.save(elsewhere, `${file}2`, { maxBytes: 1e6, signal })).rejects.toMatchObject({
      code: "attachment-refused",
    });
  });
});
