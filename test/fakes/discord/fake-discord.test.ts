import {
  type ChatInputCommandInteraction,
  Client,
  type ClientOptions,
  ComponentType,
  Events,
  GatewayIntentBits,
  type Interaction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  Partials,
  REST,
  Routes,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type FakeChannel,
  type FakeDiscord,
  type FakeGuild,
  type Member,
  startFakeDiscord,
} from "./index.ts";

const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let fake: FakeDiscord;
let guild: FakeGuild;
let channel: FakeChannel;
let alice: Member;
let clients: Client[];

beforeEach(async () => {
  fake = await startFakeDiscord({ rateLimitScale: 0.05 });
  guild = fake.guild({ preferredLocale: "de" });
  channel = fake.channel(guild, "painting");
  alice = fake.member({ guild, name: "alice", locale: "de" });
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.destroy()));
  await fake[Symbol.asyncDispose]();
});

async function connect(options: Partial<ClientOptions> = {}): Promise<Client<true>> {
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.DirectMessages,
    ],
    partials: [Partials.Message, Partials.Channel, Partials.Reaction, Partials.User],
    ...options,
    rest: { api: fake.apiUrl, ...options.rest },
  });
  clients.push(client);
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(fake.token);
  await ready;
  return client as Client<true>;
}

const editCommand = {
  name: "edit",
  description: "Edits a picture",
  options: [
    { type: 3, name: "prompt", description: "What to paint", required: true },
    { type: 11, name: "image", description: "The picture", required: true },
    { type: 4, name: "seed", description: "A whole number", min_value: 0 },
  ],
};

async function register(client: Client<true>): Promise<void> {
  await client.application.commands.set([editCommand, { type: 3, name: "Edit this image" }]);
}

function onInteraction(client: Client, handle: (interaction: Interaction) => Promise<unknown>): void {
  client.on(Events.InteractionCreate, (interaction) => void handle(interaction));
}

describe("connection", () => {
  it("logs in with guilds, channels and the bot's permissions", async () => {
    const client = await connect();
    expect(client.user.id).toBe(fake.botId);
    expect(client.guilds.cache.get(guild.id)?.preferredLocale).toBe("de");
    const known = client.channels.cache.get(channel.id);
    expect(known?.isSendable()).toBe(true);
    fake.setPermissions(channel, "bot", { deny: ["SendMessages"] });
    const isDenied = () =>
      known && !known.isDMBased() && "permissionsFor" in known
        ? known.permissionsFor(client.user)?.has("SendMessages") === false
        : false;
    await fake.until(isDenied, { what: "the denied permission" });
    expect(fake.violations).toEqual([]);
  });

  it("refuses a wrong token and an intent that is not switched on", async () => {
    const rest = new REST({ api: fake.apiUrl }).setToken("wrong");
    await expect(rest.get(Routes.user("@me"))).rejects.toMatchObject({ status: 401 });
    await expect(connect({ intents: [GatewayIntentBits.MessageContent] })).rejects.toThrow(
      /disallowed intents/i,
    );
  });

  it("replays what was missed when a dropped connection is resumed", async () => {
    const client = await connect();
    const heard: string[] = [];
    client.on(Events.MessageCreate, ({ content }) => void heard.push(content));
    fake.gateway.isUnreachable = true;
    fake.gateway.dropSockets();
    await fake.until(() => fake.gateway.connected === 0);
    alice.say(channel, "while you were away", { mentionsBot: true });
    fake.gateway.isUnreachable = false;
    await fake.until(() => heard.length > 0, { what: "the replayed message", timeout: 20_000 });
    expect(heard[0]).toContain("while you were away");
    expect(fake.gateway.resumed).toBe(1);
    expect(fake.gateway.identified).toBe(1);
  });

  it("loses a client that gets no heartbeat acknowledged, and takes it back", async () => {
    fake.settings.heartbeatInterval = 200;
    await connect();
    fake.gateway.isSilent = true;
    await fake.until(() => fake.gateway.resumed > 0, { timeout: 20_000, what: "a resume" });
    fake.gateway.isSilent = false;
    expect(fake.gateway.connected).toBe(1);
  });

  it("makes clients resume on op 7, and identify anew after op 9", async () => {
    await connect();
    fake.gateway.requestReconnect();
    await fake.until(() => fake.gateway.resumed === 1, { what: "a resume" });
    fake.gateway.invalidateSessions(false);
    await fake.until(() => fake.gateway.identified === 2, { what: "an identify", timeout: 20_000 });
  });
});

describe("interactions", () => {
  it("carries a slash command from its acknowledgement to the edited answer with a file", async () => {
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      const image = interaction.options.getAttachment("image", true);
      const bytes = Buffer.from(await (await fetch(image.url)).arrayBuffer());
      await interaction.editReply({
        content: `${interaction.locale}: ${interaction.options.getString("prompt")}`,
        files: [{ attachment: bytes, name: "result.png", description: "a tree" }],
      });
    });
    const image = { name: "house.png", bytes: picture, contentType: "image/png" };
    const edit = await alice.slash("edit", { prompt: "a big tree", image }, { channel });
    expect(edit.ack?.type).toBe(5);
    expect(edit.ackMilliseconds).toBeLessThan(3000);
    const answer = await fake.until(() => edit.replies.find(({ content }) => content !== ""));
    expect(answer.content).toBe("de: a big tree");
    expect(answer.attachments).toMatchObject([
      { filename: "result.png", description: "a tree", contentType: "image/png", width: 1, height: 1 },
    ]);
    expect(Buffer.from(answer.attachments[0]?.bytes ?? []).equals(picture)).toBe(true);
    expect(answer.revisions.map(({ content }) => content)).toEqual(["", "de: a big tree"]);
    expect(alice.sees(channel)).toEqual([answer]);
    expect(fake.violations).toEqual([]);
  });

  it("does not let a member send what the client would refuse", async () => {
    await register(await connect());
    const image = { name: "house.png", bytes: picture };
    expect(() => alice.slash("edit", { image }, { channel })).toThrow(/prompt/);
    expect(() => alice.slash("edit", { prompt: "x", image, seed: -1 }, { channel })).toThrow(/seed/);
    expect(() => alice.slash("nothing", {}, { channel })).toThrow(/registered/);
  });

  it("opens a modal from a message command, with text and an uploaded file in labels", async () => {
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (interaction.isMessageContextMenuCommand()) {
        const prompt = new TextInputBuilder().setCustomId("prompt").setStyle(TextInputStyle.Short);
        const label = new LabelBuilder().setLabel("Prompt").setTextInputComponent(prompt);
        const file = new LabelBuilder()
          .setLabel("Picture")
          .setFileUploadComponent((upload) => upload.setCustomId("picture").setMaxValues(1));
        const modal = new ModalBuilder().setCustomId("edit").setTitle("Edit").addLabelComponents(label, file);
        await interaction.showModal(modal);
      } else if (interaction.isModalSubmit()) {
        const prompt = interaction.fields.getTextInputValue("prompt");
        const name = interaction.fields.getUploadedFiles("picture")?.first()?.name;
        await interaction.reply({ content: `${prompt} / ${name}`, flags: MessageFlags.Ephemeral });
      }
    });
    const message = alice.say(channel, "look", { attachments: [{ name: "a.png", bytes: picture }] });
    const opened = await alice.messageCommand("Edit this image", message);
    expect(opened.modal).toMatchObject({ title: "Edit" });
    await expect(alice.submitModal(opened, { fields: { Prompt: "" } })).rejects.toThrow(/Prompt/);
    const files = [{ name: "mine.png", bytes: picture }];
    const sent = await alice.submitModal(opened, { fields: { Prompt: "a lake" }, files });
    expect(sent.replies[0]?.content).toBe("a lake / mine.png");
    const bob = fake.member({ guild, name: "bob" });
    expect(alice.sees(channel)).toHaveLength(2);
    expect(bob.sees(channel)).toEqual([message]);
    expect(fake.violations).toEqual([]);
  });

  it("delivers a button of a message that the client never saw, and takes its update", async () => {
    const client = await connect();
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token);
    const button = { type: ComponentType.Button, style: 1, label: "Reroll", custom_id: "reroll:1" };
    const body = { content: "result", components: [{ type: 1, components: [button] }] };
    const posted = (await rest.post(Routes.channelMessages(channel.id), { body })) as { id: string };
    onInteraction(client, async (interaction) => {
      if (!interaction.isButton()) return;
      await interaction.update({ content: `pressed ${interaction.customId}`, components: [] });
    });
    const message = await fake.until(() => fake.world.messages.get(posted.id));
    const pressed = await alice.pressButton(message, { label: "Reroll" });
    expect(pressed.ack?.type).toBe(7);
    expect(message.content).toBe("pressed reroll:1");
    await expect(async () => alice.pressButton(message, { label: "Reroll" })).rejects.toThrow(/button/);
  });

  it("refuses a second acknowledgement, a late one, and an expired token", async () => {
    const client = await connect();
    await register(client);
    const seen: ChatInputCommandInteraction[] = [];
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      seen.push(interaction);
    });
    const image = { name: "house.png", bytes: picture };
    await alice.slash("edit", { prompt: "x", image }, { channel });
    const interaction = await fake.until(() => seen[0]);
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token);
    const again = rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 5 },
    });
    await expect(again).rejects.toMatchObject({ code: 40060 });
    await interaction.editReply("in time");
    fake.clock.advance(15 * 60_000 + 1);
    await expect(interaction.editReply("too late")).rejects.toMatchObject({ code: 50027 });

    client.removeAllListeners(Events.InteractionCreate);
    const late: Interaction[] = [];
    client.on(Events.InteractionCreate, (each) => void late.push(each));
    fake.settings.ackDeadline = 100;
    const missed = await alice.slash("edit", { prompt: "y", image }, { channel });
    expect(missed.ack).toBeNull();
    const deferred = (late[0] as ChatInputCommandInteraction).deferReply();
    await expect(deferred).rejects.toMatchObject({ code: 10062 });
    expect(fake.interactions.late).toHaveLength(1);
  });
});

describe("messages", () => {
  it("hides the text of others from a bot without the intent, unless it is named, answered or alone with them", async () => {
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
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token);
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

  it("refuses by permission, size, age and existence", async () => {
    const rest = new REST({ api: fake.apiUrl, rejectOnRateLimit: ["/channels"] }).setToken(fake.token);
    const path = Routes.channelMessages(channel.id);
    const files = [{ name: "a.png", data: picture }];
    const posted = (await rest.post(path, { body: { content: "x" } })) as { id: string };
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
});

describe("files", () => {
  it("serves signed links, and misbehaves as it is told", async () => {
    const said = alice.say(channel, "", { attachments: [{ name: "my cat.png", bytes: picture }] });
    const rest = new REST({ api: fake.apiUrl }).setToken(fake.token);
    fake.settings.privilegedIntents = ["MessageContent"];
    const shown = (await rest.get(Routes.channelMessage(channel.id, said.id))) as {
      attachments: { url: string; filename: string; size: number }[];
    };
    const [attachment] = shown.attachments;
    if (!attachment) throw new Error("Expected an attachment");
    expect(attachment).toMatchObject({ filename: "my_cat.png", size: picture.length });
    const get = () => fetch(attachment.url, { redirect: "manual" });
    expect(Buffer.from(await (await get()).arrayBuffer()).equals(picture)).toBe(true);
    fake.cdn.misbehave({ how: "redirect", times: 1 });
    const redirected = await get();
    expect(redirected.headers.get("location")).toContain(fake.cdn.elsewhereUrl);
    fake.cdn.misbehave({ how: "no-length", times: 1 });
    const streamed = await get();
    expect(streamed.headers.get("content-length")).toBeNull();
    await streamed.arrayBuffer();
    fake.cdn.misbehave({ how: "oversize", extraBytes: 1000, times: 1 });
    expect((await (await get()).arrayBuffer()).byteLength).toBe(picture.length + 1000);
    fake.clock.advance(25 * 3_600_000);
    expect((await get()).status).toBe(404);
  });
});
