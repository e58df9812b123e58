import { describe, expect, it } from "vitest";
import { key, message, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();

describe("refusals", () => {
  it("says which permission is missing", async () => {
    const { fake, channel, place, discord, picture } = setup();
    fake.setPermissions(channel, "bot", { deny: ["AttachFiles"] });
    const withPicture = message(["a"], { pictures: [await picture()] });
    await expect(discord.post(place, withPicture, { key, signal })).rejects.toMatchObject({
      failure: "missing-permission",
      missing: ["attach"],
    });
    fake.setPermissions(channel, "bot", { deny: ["SendMessages"] });
    await expect(discord.post(place, message(["a"]), { key, signal })).rejects.toMatchObject({
      failure: "missing-permission",
      missing: ["post"],
    });
    fake.setPermissions(channel, "bot", { deny: ["ViewChannel"] });
    await expect(discord.post(place, message(["a"]), { key, signal })).rejects.toMatchObject({
      missing: ["view"],
    });
  });

  it("tells what is gone, refused and too large", async () => {
    const { fake, alice, channel, place, discord, picture } = setup();
    const posted = await discord.post(place, message(["a"]), { key, signal });
    const large = message(["a"], { pictures: [await picture("a.png", { bytes: 11 * 2 ** 20 })] });
    await expect(discord.edit(posted, large, { signal })).rejects.toMatchObject({ failure: "too-large" });
    await discord.remove(posted, { signal });
    await expect(discord.edit(posted, message(["b"]), { signal })).rejects.toMatchObject({
      failure: "unknown-message",
    });
    const foreign = { ...posted, message: alice.say(channel, "mine").id };
    await expect(discord.edit(foreign, message(["b"]), { signal })).rejects.toMatchObject({
      failure: "edit-refused",
    });
    alice.user.refusesDirectMessages = true;
    const direct = await discord.directPlace(alice.id, { signal });
    await expect(discord.post(direct, message(["a"]), { key, signal })).rejects.toMatchObject({
      failure: "direct-refused",
    });
    fake.deleteChannel(channel);
    await expect(discord.post(place, message(["a"]), { key: "b", signal })).rejects.toMatchObject({
      failure: "unknown-place",
    });
  });

  it("does not wait for edits of old messages, and goes on at once elsewhere", async () => {
    const { fake, place, discord } = setup();
    const posted = await discord.post(place, message(["a"]), { key, signal });
    const other = await discord.post(place, message(["b"]), { key: "other", signal });
    fake.settings.oldEdits = { age: 0, limit: 0, retryAfter: 3 };
    const begun = Date.now();
    await expect(discord.edit(posted, message(["b"]), { signal })).rejects.toMatchObject({
      failure: "edit-refused",
    });
    fake.settings.oldEdits = { age: 3_600_000, limit: 0, retryAfter: 3 };
    await discord.edit(other, message(["c"]), { signal });
    expect(Date.now() - begun).toBeLessThan(2500);
  });

  it("waits for short rate limits, and hands long ones on", async () => {
    const { fake, place, discord } = setup();
    const path = /\/messages$/;
    fake.inject({ method: "POST", path, status: 429, retryAfter: 0.2 });
    await discord.post(place, message(["a"]), { key, signal });
    fake.inject({ method: "POST", path, status: 429, retryAfter: 30 });
    await expect(discord.post(place, message(["b"]), { key: "b", signal })).rejects.toMatchObject({
      failure: "rate-limited",
      isPassing: true,
      retryAfterSeconds: 31,
    });
  });

  it("does not take a long rate limit for the end of a try before it that had no answer", async () => {
    const { fake, channel, place, discord } = setup();
    const path = /\/messages$/;
    fake.inject({ method: "POST", path, drop: "after" });
    fake.inject({ method: "POST", path, status: 429, retryAfter: 30 });
    await expect(discord.post(place, message(["a"]), { key, signal })).rejects.toMatchObject({
      failure: "unavailable",
      retryAfterSeconds: 31,
    });
    expect(fake.messagesIn(channel)).toHaveLength(1);
  });

  it("tries again where Discord stumbles, and says so where it lies down", async () => {
    const { fake, place, discord } = setup();
    fake.inject({ method: "POST", path: /\/messages$/, status: 502, times: 2 });
    await discord.post(place, message(["a"]), { key, signal });
    fake.inject({ method: "POST", path: /\/messages$/, status: 502, times: 3 });
    await expect(discord.post(place, message(["b"]), { key: "b", signal })).rejects.toMatchObject({
      failure: "unavailable",
      isPassing: true,
    });
    await discord.post(place, message(["c"]), { key: "c", signal });
  });

  it("stops when it is told to", async () => {
    const { fake, place, discord } = setup();
    fake.inject({ method: "POST", path: /\/messages$/, delay: 5000 });
    const stop = AbortSignal.timeout(100);
    await expect(discord.post(place, message(["a"]), { key, signal: stop })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
