import { describe, expect, it } from "vitest";
import { row } from "../bot.ts";
import type { FakeSlack } from "../index.ts";
import { freshSlack } from "./fresh-slack.ts";

let slack: FakeSlack;
const start = freshSlack((fresh) => {
  slack = fresh;
});

describe("the Web API", () => {
  it("answers 429, which the client waits out", async () => {
    const app = await start();
    slack.inject({ method: "chat.postMessage", status: 429, retryAfter: 1 });
    await app.client.chat.postMessage({ channel: slack.channel().id, text: "hi" });
    const [first, second] = slack.requests.filter(({ method }) => method === "chat.postMessage");
    expect([first?.status, second?.status]).toEqual([429, 200]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it("finds a message by its metadata in the history", async () => {
    const app = await start();
    const channel = slack.channel().id;
    const metadata = { event_type: "job", event_payload: { id: "j1" } };
    await app.client.chat.postMessage({ channel, text: "one", metadata });
    const second = await app.client.chat.postMessage({ channel, text: "two" });
    const history = await app.client.conversations.history({ channel, include_all_metadata: true });
    expect(history.messages?.map((message) => message.metadata?.event_payload)).toEqual([
      undefined,
      { id: "j1" },
    ]);
    const newest = await app.client.conversations.history({ channel, limit: 1 });
    await app.client.chat.postMessage({ channel, text: "three" });
    const cursor = newest.response_metadata?.next_cursor ?? "";
    const page = await app.client.conversations.history({ channel, limit: 1, cursor });
    expect([...(newest.messages ?? []), ...(page.messages ?? [])].map(({ text }) => text)).toEqual([
      "two",
      "one",
    ]);
    const later = await app.client.conversations.history({
      channel,
      oldest: second.ts ?? "",
      inclusive: true,
    });
    expect(later.messages?.map(({ text }) => text)).toEqual(["three", "two"]);
  });

  it("publishes a member's Home tab, and refuses what Slack refuses there", async () => {
    const app = await start();
    const alice = slack.member({ name: "alice" });
    const divider = { type: "divider" } as const;
    const publish = (blocks: { type: "divider" }[], more: { hash?: string; user_id?: string } = {}) =>
      app.client.views.publish({ user_id: alice.id, view: { type: "home", blocks }, ...more });
    const { view } = await publish([divider]);
    expect(alice.home?.hash).toBe(view?.hash);
    await publish([divider, divider], { hash: view?.hash ?? "" });
    await expect(publish([], { hash: view?.hash ?? "" })).rejects.toThrow("hash_conflict");
    await expect(publish(Array.from({ length: 101 }, () => divider))).rejects.toThrow("invalid_arguments");
    await expect(publish([], { user_id: "U0NOBODY" })).rejects.toThrow("invalid_arguments");
    expect(alice.home?.revisions).toHaveLength(2);
    slack.settings.homeTab = false;
    await expect(publish([])).rejects.toThrow("not_enabled");
  });

  it("catches wrong blocks and refuses what the token may not do", async () => {
    const app = await start();
    const channel = slack.channel().id;
    const long = "x".repeat(76);
    const wrong = [
      {
        type: "actions",
        elements: [{ type: "button", action_id: "a", text: { type: "plain_text", text: long } }],
      },
    ];
    await expect(app.client.chat.postMessage({ channel, text: "x", blocks: wrong })).rejects.toThrow(
      "invalid_blocks",
    );
    expect(slack.violations[0]?.problems[0]).toContain("[json-pointer:/blocks/0/elements/0/text/text]");
    await expect(app.client.chat.update({ channel, ts: "1.000001", text: "x" })).rejects.toThrow(
      "message_not_found",
    );
    await expect(app.client.chat.postMessage({ channel: "C404", text: "x" })).rejects.toThrow(
      "channel_not_found",
    );
    const outside = slack.channel({ withBot: false }).id;
    await expect(app.client.chat.postMessage({ channel: outside, text: "x" })).rejects.toThrow(
      "not_in_channel",
    );
    slack.settings.scopes.delete("chat:write");
    await expect(app.client.chat.postMessage({ channel, text: "x" })).rejects.toThrow("missing_scope");
  });

  it("limits posts to a channel as Slack does, and says how long to wait", async () => {
    slack.settings.rateLimits.set("chat.postMessage", { perMinute: 1, burst: 2, per: "channel" });
    const post = async (channel: string) => {
      const headers = { authorization: `Bearer ${slack.botToken}`, "content-type": "application/json" };
      const body = JSON.stringify({ channel, text: "hi" });
      return await fetch(`${slack.apiUrl}chat.postMessage`, { method: "POST", headers, body });
    };
    const [one, other] = [slack.channel().id, slack.channel().id];
    const statuses = [];
    for (const channel of [one, one, one, other]) statuses.push((await post(channel)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
    expect(Number((await post(one)).headers.get("retry-after"))).toBeGreaterThan(1);
  });

  it("can lose the answer of a post that took effect", async () => {
    const app = await start();
    const channel = slack.channel().id;
    slack.inject({ method: "chat.postMessage", drop: "after" });
    await app.client.chat.postMessage({ channel, text: "hi" });
    expect(slack.messages.map(({ content }) => content.text)).toEqual(["hi", "hi"]);
  });

  it("updates: text alone takes the blocks away, metadata stays, and every revision is kept", async () => {
    const app = await start();
    const channel = slack.channel().id;
    const metadata = { event_type: "job", event_payload: { id: "j1" } };
    const blocks = [row];
    const { ts = "" } = await app.client.chat.postMessage({ channel, text: "one", blocks, metadata });
    await app.client.chat.update({ channel, ts, text: "two" });
    const [message] = slack.messages;
    expect(message?.content).toMatchObject({ text: "two", blocks: [], metadata });
    expect(message?.revisions.map(({ text, blocks }) => [text, blocks.length])).toEqual([
      ["one", 1],
      ["two", 0],
    ]);
    slack.settings.editWindow = 60_000;
    slack.clock.advance(61_000);
    await expect(app.client.chat.update({ channel, ts, text: "x" })).rejects.toThrow("edit_window_closed");
    const theirs = slack.member().say(slack.channel(), "mine");
    await expect(
      app.client.chat.update({ channel: theirs.channel, ts: theirs.ts, text: "x" }),
    ).rejects.toThrow("cant_update_message");
  });

  it("tells a member's locale only when asked, and their rights always", async () => {
    const app = await start();
    const { id } = slack.member({ locale: "de-DE", admin: true });
    const plain = await app.client.users.info({ user: id });
    const full = await app.client.users.info({ user: id, include_locale: true });
    expect([plain.user?.locale, full.user?.locale, full.user?.is_admin]).toEqual([undefined, "de-DE", true]);
  });

  it("keeps workspaces apart, and refuses foreign tokens and direct messages that a member will not have", async () => {
    const app = await start();
    const other = slack.addTeam("Sculptors");
    const { id } = slack.member({ team: other });
    await expect(app.client.users.info({ user: id })).rejects.toThrow("user_not_found");
    await expect(app.client.users.info({ user: id, token: other.botToken })).resolves.toMatchObject({
      ok: true,
    });
    await expect(app.client.auth.test({ token: "xoxb-forged" })).rejects.toThrow("invalid_auth");
    const shy = slack.member({ refusesDirectMessages: "user_disabled" });
    await expect(app.client.conversations.open({ users: shy.id })).rejects.toThrow("user_disabled");
  });

  it("notes arguments that a method does not have, and checks each method's scope", async () => {
    const app = await start();
    const channel = slack.channel().id;
    await app.client.apiCall("chat.postMessage", { channel, text: "x", colour: "red" });
    expect(slack.violations).toMatchObject([
      { method: "chat.postMessage", problems: ["no such argument: colour"] },
    ]);
    slack.settings.scopes.clear();
    const calls: [string, Record<string, string>, string][] = [
      ["users.info", { user: slack.member().id }, "users:read"],
      ["conversations.history", { channel }, "channels:history"],
      ["conversations.open", { users: slack.member().id }, "im:write"],
      ["reactions.add", { channel, timestamp: "1.000001", name: "one" }, "reactions:write"],
      ["files.info", { file: "F1" }, "files:read"],
      ["files.getUploadURLExternal", { filename: "a.png", length: "1" }, "files:write"],
      ["team.info", {}, "team:read"],
    ];
    for (const [method, args, needed] of calls) {
      await expect(app.client.apiCall(method, args)).rejects.toMatchObject({
        data: { error: "missing_scope", needed },
      });
    }
  });

  it("reacts once a member and name, in order, with names that Slack knows", async () => {
    const app = await start();
    const alice = slack.member();
    const { channel, ts: timestamp, ...message } = alice.say(slack.channel(), "look");
    await app.client.reactions.add({ channel, timestamp, name: "one" });
    const again = app.client.reactions.add({ channel, timestamp, name: "one" });
    await expect(again).rejects.toThrow("already_reacted");
    await expect(app.client.reactions.add({ channel, timestamp, name: "keycap_1" })).rejects.toThrow(
      "invalid_name",
    );
    await expect(app.client.reactions.remove({ channel, timestamp, name: "two" })).rejects.toThrow(
      "no_reaction",
    );
    expect(message.reactions).toEqual([{ name: "one", users: [slack.team.botUser.id] }]);
  });
});
