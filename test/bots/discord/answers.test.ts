import { describe, expect, it } from "vitest";
import { messageFlags } from "../../fakes/discord/index.ts";
import { button, key, message, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();

describe("answers", () => {
  it("replaces the wait by the first answer, and shows the rest to the member alone", async () => {
    const { fake, alice, channel, react, picture } = setup();
    react(async (event) => {
      if (event.kind !== "command") return;
      await event.respond.acknowledge();
      await event.respond.say(message(["first"], { pictures: [await picture()] }));
      await event.respond.say(message(["second"]));
    });
    const shown = await alice.slash("help", {}, { channel });
    await fake.until(() => shown.replies.length === 2);
    expect(shown.replies.map(({ content }) => content)).toEqual(["first", "second"]);
    expect(shown.replies.every(({ flags }) => (flags & messageFlags.ephemeral) !== 0)).toBe(true);
    expect(shown.replies[0]?.attachments.map(({ description }) => description)).toEqual(["a tree"]);
    expect(fake.violations).toEqual([]);
  });

  it("shows an answer to the member alone at once where nothing was acknowledged", async () => {
    const { fake, alice, channel, react } = setup();
    react(async (event) => {
      if (event.kind === "command") await event.respond.say(message(["no"]));
    });
    const shown = await alice.slash("help", {}, { channel });
    expect(shown.ack?.type).toBe(4);
    expect(shown.replies.map(({ content }) => content)).toEqual(["no"]);
    expect(fake.violations).toEqual([]);
  });

  it("leaves the pressed message alone when it answers", async () => {
    const { fake, alice, place, discord, react, standing } = setup();
    const posted = await discord.post(place, message(["done"], { buttons: [[button("a")]] }), {
      key,
      signal,
    });
    react(async (event) => {
      if (event.kind !== "button") return;
      await event.respond.acknowledgeSilently();
      await event.respond.say(message(["that was not yours"]));
    });
    const target = standing(posted);
    const pressed = await alice.pressButton(target, { customId: "a" });
    await fake.until(() => pressed.replies.some(({ content }) => content === "that was not yours"));
    expect(target.content).toBe("done");
  });

  it("replies to a mention", async () => {
    const { fake, alice, channel, react, next } = setup();
    react(async (event) => {
      if (event.kind !== "mention") return;
      await event.respond.acknowledge();
      await event.respond.say(message(["hello"]));
    });
    const request = alice.say(channel, "hi", { mentionsBot: true });
    await next("mention");
    const reply = await fake.until(() => fake.messagesIn(channel).find(({ content }) => content === "hello"));
    expect(reply.reference?.messageId).toBe(request.id);
    expect(reply.pings).toEqual([]);
  });

  it.each(["invalid-token", "unknown-webhook"] as const)("is over when the token is (%s)", async (answer) => {
    const { fake, alice, channel, next, discord, place } = setup();
    fake.settings.expiredTokenAnswer = answer;
    await alice.slash("help", {}, { channel });
    const { respond } = await next("command");
    expect(respond.isAlive).toBe(true);
    fake.clock.advance(16 * 60_000);
    await expect(respond.say(message(["late"]))).rejects.toMatchObject({ failure: "expired" });
    expect(respond.isAlive).toBe(false);
    await discord.post(place, message(["the bot's own token still works"]), { key, signal });
  });

  it.each([{ drop: "before" }, { drop: "after" }, { status: 503 }] as const)(
    "is acknowledged though the first try failed on the way (%j)",
    async (fault) => {
      const { fake, alice, channel, react, acknowledged } = setup();
      react(async (event) => {
        if (event.kind !== "command") return;
        await event.respond.acknowledge();
        await event.respond.say(message(["here"]));
      });
      fake.inject({ method: "POST", path: /\/callback$/, ...fault });
      const shown = await alice.slash("help", {}, { channel });
      await fake.until(() => shown.replies.some(({ content }) => content === "here"));
      expect(acknowledged).toHaveLength(1);
    },
  );

  it("is over when the acknowledgement comes too late", async () => {
    const { fake, alice, channel, react } = setup();
    fake.settings.ackDeadline = 50;
    let failure: unknown;
    react(async (event) => {
      if (event.kind !== "command") return;
      await new Promise((resolve) => setTimeout(resolve, 200));
      failure = await event.respond.acknowledge().catch((error: unknown) => error);
    });
    await alice.slash("help", {}, { channel });
    expect(await fake.until(() => failure)).toMatchObject({ failure: "expired" });
  });
});
