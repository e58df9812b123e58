import { Events, GatewayIntentBits, REST, Routes, Status } from "discord.js";
import { describe, expect, it } from "vitest";
import { picture, useScene } from "./test-bot.ts";

const scene = useScene();

describe("connection", () => {
  it("logs in with guilds, channels and the bot's permissions", async () => {
    const { fake, guild, channel, connect } = scene();
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
    const { fake, connect } = scene();
    const rest = new REST({ api: fake.apiUrl }).setToken("wrong");
    await expect(rest.get(Routes.user("@me"))).rejects.toMatchObject({ status: 401 });
    await expect(connect({ intents: [GatewayIntentBits.MessageContent] })).rejects.toThrow(
      /disallowed intents/i,
    );
  });

  it("replays what was missed when a dropped connection is resumed", async () => {
    const { fake, channel, alice, connect } = scene();
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
    const { fake, connect } = scene();
    fake.settings.heartbeatInterval = 200;
    await connect();
    fake.gateway.isSilent = true;
    await fake.until(() => fake.gateway.resumed > 0, { timeout: 20_000, what: "a resume" });
    fake.gateway.isSilent = false;
    expect(fake.gateway.connected).toBe(1);
  });

  it("makes clients resume on op 7, and identify anew after op 9", async () => {
    const { fake, connect } = scene();
    const client = await connect();
    fake.gateway.requestReconnect();
    await fake.until(() => fake.gateway.resumed === 1, { what: "a resume" });
    // discord.js fails on a session that ends before it has dealt with the news that it goes on.
    await fake.until(() => client.ws.status === Status.Ready, { what: "a client that has resumed" });
    fake.gateway.invalidateSessions(false);
    await fake.until(() => fake.gateway.identified === 2, { what: "an identify", timeout: 20_000 });
    // A client that is told to leave in the middle of a handshake never does.
    await fake.until(() => client.ws.status === Status.Ready, { what: "a client that is ready again" });
  });
});

describe("files", () => {
  it("serves signed links, and misbehaves as it is told", async () => {
    const { fake, channel, alice } = scene();
    const said = alice.say(channel, "", { attachments: [{ name: "my cat.png", bytes: picture }] });
    const rest = scene().rest();
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
