import { once } from "node:events";
import { Events, GatewayIntentBits, REST, Routes } from "discord.js";
import { describe, expect, it } from "vitest";
import { useTestGuild } from "../test-bot.ts";

const setup = useTestGuild();

describe("connection", () => {
  it("logs in with guilds, channels and the bot's permissions", async () => {
    const { fake, guild, channel, connect } = setup();
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
    const { fake, connect } = setup();
    const rest = new REST({ api: fake.apiUrl }).setToken("wrong");
    await expect(rest.get(Routes.user("@me"))).rejects.toMatchObject({ status: 401 });
    await expect(connect({ intents: [GatewayIntentBits.MessageContent] })).rejects.toThrow(
      /disallowed intents/i,
    );
  });

  it("replays what was missed when a dropped connection is resumed", async () => {
    const { fake, channel, alice, connect } = setup();
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
    const { fake, connect } = setup();
    fake.settings.heartbeatInterval = 200;
    await connect();
    fake.gateway.isSilent = true;
    await fake.until(() => fake.gateway.resumed > 0, { timeout: 20_000, what: "a resume" });
    fake.gateway.isSilent = false;
    expect(fake.gateway.connected).toBe(1);
  });

  it("makes clients resume on op 7, and identify anew after op 9", async () => {
    const { fake, connect } = setup();
    const client = await connect();
    const resumed = once(client, Events.ShardResume);
    fake.gateway.requestReconnect();
    await resumed;
    expect(fake.gateway).toMatchObject({ resumed: 1, identified: 1 });
    // A client fails if its session ends before it knows that it goes on, and never leaves from the middle of a handshake.
    const ready = once(client, Events.ShardReady);
    fake.gateway.invalidateSessions(false);
    await ready;
    expect(fake.gateway).toMatchObject({ resumed: 1, identified: 2 });
  });
});
