import { describe, expect, it } from "vitest";
import type { Modal, Place } from "../../../src/bots/chat.ts";
import { button, key, message, pixel, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();
const image = { name: "cat.png", bytes: pixel };

describe("events", () => {
  it("hands over a slash command with its options and its picture", async () => {
    const { fake, alice, channel, guild, next, acknowledged } = setup();
    const shown = await alice.slash("edit", { prompt: "a tree", image, seed: 7, private: true }, { channel });
    const event = await next("command");
    expect(event).toMatchObject({
      id: shown.id,
      name: "edit",
      options: { prompt: "a tree", seed: 7, private: true },
      place: { platform: "discord", workspace: guild.id, channel: channel.id, thread: null, isDirect: false },
      member: { id: alice.id, name: "alice", locale: "fr", isAdmin: false, groups: [] },
      pictures: [{ fileName: "cat.png", contentType: "image/png", bytes: pixel.length }],
    });
    expect(shown.ack?.type).toBe(5);
    await fake.until(() => acknowledged.length === 1);
    expect(fake.violations).toEqual([]);
  });

  it("lists what may stand in an option while it is being typed, and hands that to nobody", async () => {
    const { fake, channel, alice } = setup();
    const listed = async (value: string) => {
      const { ack } = await alice.typing("edit", { name: "where", value }, { channel });
      expect(ack?.type).toBe(8);
      const choices = (ack?.data.choices ?? []) as { name: string; value: string }[];
      return choices.map((each) => each.value);
    };
    expect(await listed("")).toEqual(["left", "right", "top", "bottom", "middle"]);
    expect(await listed("t")).toEqual(["left", "right", "top", "bottom"]);
    expect(await listed("10,20")).toEqual([]);
    expect(() => alice.typing("edit", { name: "negative", value: "" }, { channel })).toThrow(/plain one/);
    expect(fake.violations).toEqual([]);
  });

  it("names subcommands, and gives members, roles and channels as ids", async () => {
    const { fake, guild, channel, alice, next } = setup();
    const admin = fake.member({ guild, name: "root", permissions: ["ManageGuild"] });
    const role = fake.role(guild, "painters");
    await admin.slash("admin limits", { waiting: 3, member: alice, group: role }, { channel });
    const event = await next("command");
    expect(event).toMatchObject({
      name: "admin limits",
      options: { waiting: 3, member: alice.id, group: role.id },
      member: { isAdmin: true },
      pictures: [],
    });
    expect(event.member.groups).toHaveLength(1);
    await admin.slash("admin channels", { do: "allow", channel }, { channel });
    expect(await next("command")).toMatchObject({ options: { do: "allow", channel: channel.id } });
  });

  it("takes whom Discord lets send a command that it holds back for an admin, by whatever setting of the server", async () => {
    const { fake, guild, channel, alice, next } = setup();
    const registered = fake.commands.find(({ name }) => name === "admin");
    expect(registered?.default_member_permissions).toBe("32");
    expect(() => alice.slash("admin queue", {}, { channel })).toThrow(/may use/);
    const helpers = fake.role(guild, "helpers");
    const helper = fake.member({ guild, name: "helper", roles: [helpers] });
    fake.setCommandPermission(guild, "admin", helpers, true);
    await helper.slash("admin queue", {}, { channel });
    expect((await next("command")).member).toMatchObject({ id: helper.id, isAdmin: true });
    await helper.slash("help", {}, { channel });
    expect((await next("command")).member).toMatchObject({ id: helper.id, isAdmin: false });
    const root = fake.member({ guild, name: "root", permissions: ["ManageGuild"] });
    fake.setCommandPermission(guild, "admin", root, false);
    expect(() => root.slash("admin queue", {}, { channel })).toThrow(/may use/);
  });

  it("speaks to who says its name in the language of their last interaction, else in the server's", async () => {
    const { fake, guild, channel, alice, next } = setup();
    const bob = fake.member({ guild, name: "bob", locale: "en-US" });
    await alice.slash("help", {}, { channel });
    expect((await next("command")).member.locale).toBe("fr");
    alice.say(channel, "a tree", { mentionsBot: true });
    expect((await next("mention")).member.locale).toBe("fr");
    alice.say(alice.direct, "a tree");
    expect((await next("mention")).member.locale).toBe("fr");
    bob.say(channel, "a tree", { mentionsBot: true });
    expect((await next("mention")).member.locale).toBe("de");
  });

  it("tells of a channel its category, and of a thread the category of its channel", async () => {
    const { fake, guild, alice, next } = setup();
    const category = fake.category(guild, "studios");
    const channel = fake.channel(guild, "oils", category);
    await alice.slash("help", {}, { channel });
    expect((await next("command")).place).toMatchObject({ channel: channel.id, category: category.id });
    const thread = fake.thread(channel);
    alice.say(thread, "a tree", { mentionsBot: true });
    const { place } = await next("mention");
    expect(place).toMatchObject({ channel: thread.id, parent: channel.id, category: category.id });
    alice.say(channel, "a tree", { mentionsBot: true });
    expect((await next("mention")).place).toMatchObject({ channel: channel.id, category: category.id });
  });

  it("hands over a message command with the message's pictures alone", async () => {
    const { alice, channel, next } = setup();
    const text = { name: "notes.txt", bytes: Buffer.from("text") };
    const request = alice.say(channel, "look", { attachments: [text, image] });
    await alice.messageCommand("Edit this image", request);
    const event = await next("message-action");
    expect(event.message).toEqual({
      platform: "discord",
      workspace: channel.guildId,
      channel: channel.id,
      message: request.id,
      thread: null,
    });
    expect(event.pictures.map(({ fileName }) => fileName)).toEqual(["cat.png"]);
  });

  it("finds the pictures of a message that was forwarded, and those that components show", async () => {
    const { fake, alice, channel, next } = setup();
    const request = alice.say(channel, "look", { attachments: [image] });
    type Files = { id: string; url: string; content_type: string }[];
    const without = (change: (files: Files) => object) => {
      fake.settings.tells = (name, data) => {
        if (name !== "INTERACTION_CREATE" && name !== "MESSAGE_CREATE") return data;
        const changed = (message: Record<string, unknown>) => ({
          ...message,
          content: "",
          attachments: [],
          ...change(message.attachments as Files),
        });
        if (name === "MESSAGE_CREATE") return changed(data);
        const asked = data.data as { resolved: { messages: Record<string, Record<string, unknown>> } };
        const messages = Object.entries(asked.resolved.messages).map(([id, each]) => [id, changed(each)]);
        return { ...data, data: { ...asked, resolved: { messages: Object.fromEntries(messages) } } };
      };
    };
    const forwarded = (attachments: Files) => ({
      message_reference: { type: 1, message_id: request.id, channel_id: channel.id },
      message_snapshots: [{ message: { content: "look", attachments } }],
    });
    without(forwarded);
    await alice.messageCommand("Edit this image", request);
    expect((await next("message-action")).pictures).toMatchObject([{ fileName: "cat.png" }]);
    alice.say(alice.direct, "", { attachments: [image] });
    expect(await next("mention")).toMatchObject({ pictures: [{ fileName: "cat.png" }], replyTo: null });

    without((files) => ({
      components: [
        {
          type: 17,
          components: files.map(({ id, url, content_type }) => ({
            type: 12,
            items: [
              { media: { url, attachment_id: id, content_type } },
              { media: { url: "https://elsewhere.example/x.png", content_type } },
            ],
          })),
        },
      ],
    }));
    await alice.messageCommand("Edit this image", request);
    expect((await next("message-action")).pictures).toMatchObject([
      { fileName: "cat.png", contentType: "image/png" },
    ]);
  });

  it("takes files that it knows nothing of, and nulls where something should be", async () => {
    const { fake, alice, next, logged } = setup();
    fake.settings.tells = (name, data) =>
      name === "MESSAGE_CREATE"
        ? {
            ...data,
            content: null,
            mentions: null,
            embeds: null,
            attachments: (data.attachments as { id: string; url: string }[]).map(({ id, url }) => ({
              id,
              url,
            })),
          }
        : data;
    alice.say(alice.direct, "", { attachments: [image] });
    expect(await next("mention")).toMatchObject({
      text: "",
      pictures: [{ contentType: null, bytes: null, url: expect.stringMatching(/^http/) }],
    });
    expect(logged.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  it("opens a modal, and hands over what was filled in", async () => {
    const { fake, alice, channel, next, react, acknowledged } = setup();
    react(async (event) => {
      if (event.kind === "message-action") await event.respond.openModal(modal);
      else if (event.kind === "modal") await event.respond.acknowledge();
    });
    const opened = await alice.messageCommand(
      "Edit this image",
      alice.say(channel, "", { attachments: [image] }),
    );
    expect(opened.modal).toMatchObject({ custom_id: "lr1.new", title: "Edit an image" });
    await alice.submitModal(opened, {
      fields: { prompt: "a tree", options: ["overlay"] },
      files: { image: [image] },
    });
    expect(await next("modal")).toMatchObject({
      modal: "lr1.new",
      fields: { prompt: "a tree", options: ["overlay"] },
      pictures: [{ fileName: "cat.png" }],
    });
    await fake.until(() => acknowledged.length === 2);
    expect(fake.violations).toEqual([]);
  });

  it("hands over buttons, and what is pressed can stay as it is", async () => {
    const { fake, alice, place, discord, next, react, standing } = setup();
    const posted = await discord.post(place, message(["done"], { buttons: [[button("lr1.x", "Box")]] }), {
      key,
      signal,
    });
    react((event) => ("respond" in event ? event.respond.acknowledgeSilently() : Promise.resolve()));
    const pressed = await alice.pressButton(standing(posted), { label: "Box" });
    expect(pressed.ack?.type).toBe(6);
    expect(await next("button")).toMatchObject({ button: "lr1.x", message: posted });
    expect(fake.violations).toEqual([]);
  });

  it("hears its mention, with the picture, without the mention, and what it answers", async () => {
    const { alice, channel, place, discord, next, standing } = setup();
    const posted = await discord.post(place, message(["a result"]), { key, signal });
    const result = standing(posted);
    alice.say(channel, "a big tree", { mentionsBot: true, attachments: [image] });
    expect(await next("mention")).toMatchObject({
      text: "a big tree",
      pictures: [{ fileName: "cat.png" }],
      replyTo: null,
      isNamed: true,
      member: { id: alice.id, locale: "de", isAdmin: false },
    });
    alice.say(channel, "a red hat", { replyTo: result });
    expect(await next("mention")).toMatchObject({ text: "a red hat", replyTo: posted, isNamed: false });
  });

  it("hears neither what does not call it, nor itself", async () => {
    const { alice, channel, place, discord, events, next, standing } = setup();
    const posted = await discord.post(place, message(["hello"]), { key, signal });
    const result = standing(posted);
    alice.say(channel, "nice", { replyTo: result, pingReply: false });
    alice.say(channel, "@everyone look");
    await discord.react(posted, ["1️⃣"], { signal });
    alice.say(channel, "now", { mentionsBot: true });
    await next("mention");
    expect(events.map(({ kind }) => kind)).toEqual(["mention"]);
  });

  it("takes everything in a direct conversation as said to it", async () => {
    const { alice, next, react } = setup();
    react(async (event) => {
      if (event.kind === "mention") await event.respond.say(message(["hello"]));
    });
    alice.say(alice.direct, "what can you do?");
    const event = await next("mention");
    expect(event).toMatchObject({ text: "what can you do?", place: { workspace: null, isDirect: true } });
    alice.say(alice.direct, "", { attachments: [image] });
    expect((await next("mention")).pictures).toHaveLength(1);
  });

  it("hears reactions on messages from before its start: in channels, threads and direct conversations", async () => {
    const { fake, alice, channel, discord, place, connect, next, guild, standing } = setup();
    const thread = fake.thread(channel);
    const inThread = { ...place, channel: thread.id };
    const direct = await discord.directPlace(alice.id, { signal });
    const places: Place[] = [place, inThread, direct];
    const refs = await Promise.all(
      places.map((each, index) => discord.post(each, message(["r"]), { key: `${key}${index}`, signal })),
    );
    await discord[Symbol.asyncDispose]();
    fake.setArchived(thread, true);
    await connect();
    for (const ref of refs) {
      const target = standing(ref);
      alice.react(target, "1️⃣");
      expect(await next("reaction")).toMatchObject({
        emoji: "1️⃣",
        isAdded: true,
        message: ref,
        member: { id: alice.id },
      });
      alice.unreact(target, "1️⃣");
      expect(await next("reaction")).toMatchObject({ emoji: "1️⃣", isAdded: false, message: ref });
    }
    expect(refs.map(({ workspace }) => workspace)).toEqual([guild.id, guild.id, null]);
    const fetched = fake.requests.filter(
      ({ method, path }) => method === "GET" && path.includes("/messages/"),
    );
    expect(fetched).toEqual([]);
  });

  it("leaves out what was handed over before, also across a resumed connection", async () => {
    const { fake, alice, channel, events, next, seen } = setup();
    seen.add(alice.say(channel, "known", { mentionsBot: true }).id);
    alice.say(channel, "one", { mentionsBot: true });
    expect((await next("mention")).text).toBe("one");
    fake.gateway.requestReconnect();
    await fake.until(() => fake.gateway.resumed === 1);
    alice.say(channel, "two", { mentionsBot: true });
    expect((await next("mention")).text).toBe("two");
    expect(events).toHaveLength(2);
  });
});

const modal: Modal = {
  id: "lr1.new",
  title: "Edit an image",
  submit: "Edit",
  fields: [
    {
      kind: "text",
      name: "prompt",
      label: "What?",
      value: "",
      placeholder: "",
      isRequired: true,
      maxLength: 1000,
      isLong: true,
    },
    { kind: "picture", name: "image", label: "Picture", isRequired: true },
    {
      kind: "toggles",
      name: "options",
      label: "Options",
      choices: [
        { value: "overlay", label: "Box", isOn: false },
        { value: "private", label: "Private", isOn: true },
      ],
    },
  ],
};
