import { utimes } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatMessage, MessageRef, Place } from "../../../src/bots/chat.ts";
import type { FakeChannel, FakeMessage } from "../../fakes/slack/index.ts";
import { call, openWorkspace, png, text, type Workspace } from "./test-workspace.ts";

let work: Workspace;

beforeEach(async () => {
  work = await openWorkspace();
});

afterEach(async () => {
  await work[Symbol.asyncDispose]();
});

const placeOf = ({ team, id, kind }: FakeChannel, thread: string | null = null): Place => ({
  platform: "slack",
  workspace: team,
  channel: id,
  thread,
  isDirect: kind === "im",
});

function shown({ channel, message }: MessageRef): FakeMessage {
  const found = work.slack.messages.find((each) => each.channel === channel && each.ts === message);
  if (!found) throw new Error(`no message ${message}`);
  return found;
}

function blocksOf(message: FakeMessage) {
  return message.content.blocks as { type: string; slack_file?: { id: string }; alt_text?: string }[];
}

const fileIn = (message: FakeMessage) =>
  blocksOf(message).find(({ type }) => type === "image")?.slack_file?.id ?? "";
const liveFiles = () =>
  [...work.slack.files.values()].filter(({ state }) => state === "complete").map(({ id }) => id);

async function withPicture(name = "result.png", bytes = png): Promise<ChatMessage> {
  return { ...text("done"), pictures: [await work.picture(name, bytes)] };
}

describe("a message", () => {
  it("shows text, pictures and buttons, and nothing typed in it becomes markup", async () => {
    const { slack, platform } = work;
    const channel = slack.channel();
    const ref = await platform.post(
      placeOf(channel),
      {
        text: [
          { bold: ["<!here> *x* & ", { italic: ["y"] }] },
          "\n",
          { code: "/edit" },
          " by ",
          { member: "U0BOB" },
          " in ",
          { channel: "C0LAWN" },
        ],
        pictures: [await work.picture()],
        buttons: [
          [
            { id: "a", label: "Best", emoji: "🎨", style: "primary" },
            { id: "b", label: "Next", style: "secondary" },
          ],
          [{ id: "d", label: "Delete", style: "danger" }],
        ],
      },
      { key: "job1-j", ...call },
    );
    const message = shown(ref);
    expect(ref).toMatchObject({
      platform: "slack",
      workspace: slack.team.id,
      channel: channel.id,
      thread: null,
    });
    expect(message.content.text).toBe("&lt;!here&gt; *x* &amp; y\n/edit by @U0BOB in #C0LAWN");
    expect(message).toMatchObject({ unfurlLinks: false, unfurlMedia: false });
    expect(message.content.metadata).toEqual({
      event_type: "lrbot_message",
      event_payload: { key: "job1-j" },
    });
    const [section, image, ...rows] = message.content.blocks;
    expect(section).toMatchObject({
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [
            { type: "text", text: "<!here> *x* & ", style: { bold: true } },
            { type: "text", text: "y", style: { bold: true, italic: true } },
            { type: "text", text: "\n" },
            { type: "text", text: "/edit", style: { code: true } },
            { type: "text", text: " by " },
            { type: "text", text: "@U0BOB" },
            { type: "text", text: " in " },
            { type: "channel", channel_id: "C0LAWN" },
          ],
        },
      ],
    });
    expect(image).toMatchObject({ type: "image", alt_text: "a lawn" });
    expect([...work.slack.files.values()]).toMatchObject([{ altText: "a lawn" }]);
    expect(rows).toMatchObject([
      {
        type: "actions",
        elements: [
          { type: "button", value: "a", style: "primary", text: { text: "🎨 Best" } },
          { type: "button", value: "b", text: { text: "Next" } },
        ],
      },
      { type: "actions", elements: [{ value: "d", style: "danger" }] },
    ]);
    expect(slack.files.get(fileIn(message))?.bytes).toEqual(png);
    expect(slack.violations).toEqual([]);
  });

  it("is edited whole, keeps its mark, and its old picture is deleted", async () => {
    const { slack, platform } = work;
    const ref = await platform.post(placeOf(slack.channel()), await withPicture("one.png"), {
      key: "job1-j",
      ...call,
    });
    const before = fileIn(shown(ref));
    await platform.edit(ref, await withPicture("two.png"), call);
    const after = fileIn(shown(ref));
    await slack.until(() => slack.files.get(before)?.state === "deleted");
    expect(slack.files.get(after)?.state).toBe("complete");
    expect(shown(ref).content.metadata).toMatchObject({ event_payload: { key: "job1-j" } });
    await platform.edit(ref, text("gone"), call);
    await slack.until(() => slack.files.get(after)?.state === "deleted");
    expect(blocksOf(shown(ref)).map(({ type }) => type)).toEqual(["rich_text"]);
    expect(slack.violations).toEqual([]);
  });

  it("uploads a picture once, as long as it stays the same, and keeps it while a message shows it", async () => {
    const { slack, platform } = work;
    const place = placeOf(slack.channel());
    const message = await withPicture();
    const first = await platform.post(place, message, { key: "job1-j", ...call });
    const second = await platform.post(place, message, { key: "job1-g", ...call });
    await platform.edit(first, message, call);
    expect(liveFiles()).toHaveLength(1);
    await platform.remove(first, call);
    await platform[Symbol.asyncDispose]();
    expect(shown(first).deletedAt).not.toBeNull();
    expect(liveFiles()).toEqual([fileIn(shown(second))]);
  });

  it("uploads a picture anew where it changed", async () => {
    const { slack, platform } = work;
    const place = placeOf(slack.channel());
    const message = await withPicture();
    await platform.post(place, message, { key: "job1-j", ...call });
    await utimes(message.pictures[0]?.path ?? "", 1, 1);
    await platform.post(place, message, { key: "job1-g", ...call });
    expect(liveFiles()).toHaveLength(2);
  });

  it("waits until Slack has looked at its pictures", async () => {
    const { slack, platform } = work;
    slack.settings.fileNotReadyCalls = 3;
    const ref = await platform.post(placeOf(slack.channel()), await withPicture(), {
      key: "job1-j",
      ...call,
    });
    expect(fileIn(shown(ref))).not.toBe("");
    expect(slack.violations).toEqual([]);
  });

  it("uploads pictures again that somebody deleted on Slack", { timeout: 20_000 }, async () => {
    const { slack, platform } = work;
    const place = placeOf(slack.channel());
    const message = await withPicture();
    const first = await platform.post(place, message, { key: "job1-j", ...call });
    const file = slack.files.get(fileIn(shown(first)));
    if (file) file.state = "deleted";
    const second = await platform.post(place, message, { key: "job1-g", ...call });
    expect(fileIn(shown(second))).not.toBe(file?.id);
  });

  it("answers in the thread of what it answers, or by itself where that was removed", async () => {
    const { slack, platform } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    const asked = alice.say(channel, "hi");
    const replyTo = { ...placeOf(channel), message: asked.ts };
    const ref = await platform.post(placeOf(channel), text("a"), { key: "k1", replyTo, ...call });
    expect(ref.thread).toBe(asked.ts);
    const deeper = await platform.post(placeOf(channel, asked.ts), text("b"), {
      key: "k2",
      replyTo: ref,
      ...call,
    });
    expect(shown(deeper).threadTs).toBe(asked.ts);
    const gone = await platform.post(placeOf(channel), text("c"), {
      key: "k3",
      replyTo: { ...replyTo, message: "1.000001" },
      ...call,
    });
    expect(gone.thread).toBeNull();
  });

  it("is gone with its pictures when it is removed, also one of an earlier process", async () => {
    const { slack, platform } = work;
    const ref = await platform.post(placeOf(slack.channel()), await withPicture(), {
      key: "job1-j",
      ...call,
    });
    await using later = await openWorkspace({ starts: false, change: { ...connectionTo(work) } });
    await later.platform.remove(ref, call);
    await later.platform.remove(ref, call);
    expect(shown(ref).deletedAt).not.toBeNull();
    await slack.until(() => liveFiles().length === 0);
  });

  it("stands until its pictures could be deleted, also where that takes another process", async () => {
    const { slack, platform } = work;
    const ref = await platform.post(placeOf(slack.channel()), await withPicture(), {
      key: "job1-j",
      ...call,
    });
    slack.inject({ method: "files.delete", status: 503 });
    await expect(platform.remove(ref, call)).rejects.toMatchObject({ failure: "unavailable" });
    await using later = await openWorkspace({ starts: false, change: { ...connectionTo(work) } });
    slack.inject({ method: "conversations.history", status: 503 });
    await expect(later.platform.remove(ref, call)).rejects.toMatchObject({ failure: "unavailable" });
    expect(shown(ref).deletedAt).toBeNull();
    expect(liveFiles()).toHaveLength(1);
    await later.platform.remove(ref, call);
    expect(shown(ref).deletedAt).not.toBeNull();
    expect(liveFiles()).toEqual([]);
  });

  it("leaves for later a picture that was replaced and could not be deleted, and never one that is shown again", async () => {
    const { slack, platform, left } = work;
    const channel = placeOf(slack.channel());
    const first = await withPicture("first.png");
    const ref = await platform.post(channel, first, { key: "job1-j", ...call });
    const [replaced] = liveFiles();
    slack.inject({ method: "files.delete", status: 503 });
    await platform.edit(ref, await withPicture("second.png", Buffer.concat([png, png])), call);
    await slack.until(() => left.length === 1);
    expect(liveFiles()).toHaveLength(2);
    const [file] = left;
    if (!file) throw new Error("nothing is left");
    slack.inject({ method: "files.delete", status: 503 });
    await expect(platform.remove(file, call)).rejects.toMatchObject({ failure: "unavailable" });
    await using later = await openWorkspace({ starts: false, change: { ...connectionTo(work) } });
    await later.platform.remove(file, call);
    await later.platform.remove(file, call);
    expect(liveFiles()).toEqual([fileIn(shown(ref))]);
    expect(liveFiles()).not.toContain(replaced);
    await platform.remove({ ...file, message: fileIn(shown(ref)) }, call);
    expect(liveFiles()).toHaveLength(1);
  });

  it("to one member leaves its picture for later where the process ends, but not one that others see", async () => {
    const { slack, platform, left } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    const [shared, own] = [
      await withPicture("shared.png"),
      await withPicture("own.png", Buffer.concat([png, png])),
    ];
    await platform.post(placeOf(channel), shared, { key: "job1-j", ...call });
    const [seen] = liveFiles();
    await alice.slash("/lrbot", "queue", { channel });
    const { respond } = await work.next("command");
    for (const message of [shared, own, own]) await respond.say(message);
    const [, alone] = liveFiles();
    await platform[Symbol.asyncDispose]();
    expect(left).toMatchObject([{ channel: "", message: alone }]);
    expect(alone).not.toBe(seen);
  });

  it("goes though Slack refuses for good to delete its picture", async () => {
    const { slack, platform } = work;
    const ref = await platform.post(placeOf(slack.channel()), await withPicture(), {
      key: "job1-j",
      ...call,
    });
    slack.inject({ method: "files.delete", error: "cant_delete_file" });
    await platform.remove(ref, call);
    expect(shown(ref).deletedAt).not.toBeNull();
  });

  it("is found again by its key, in the channel, in threads and in direct conversations", async () => {
    const { slack, platform } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    const since = Date.now() - 1000;
    const asked = alice.say(channel, "hi");
    const direct = await platform.directPlace(alice.id, call);
    const top = await platform.post(placeOf(channel), text("a"), { key: "k1", ...call });
    const under = await platform.post(placeOf(channel), text("b"), { key: "k2", replyTo: top, ...call });
    const thread = await platform.post(placeOf(channel, asked.ts), text("c"), { key: "k3", ...call });
    const dm = await platform.post(direct, text("d"), { key: "k4", ...call });
    await platform.edit(thread, text("c, edited"), call);
    const find = (place: Place, key: string, from = since) =>
      platform.findPosted(place, key, { since: from, ...call });
    expect(await find(placeOf(channel), "k1")).toEqual(top);
    expect(await find(placeOf(channel), "k2")).toEqual(under);
    expect(await find(placeOf(channel, asked.ts), "k3")).toEqual(thread);
    expect(await find(direct, "k4")).toEqual(dm);
    expect(await find(placeOf(channel), "k9")).toBeNull();
    expect(await find(placeOf(slack.channel({ withBot: false })), "k1")).toBeNull();
  });
});

describe("Slack's refusals in the port's words", () => {
  const failing = async (run: () => Promise<unknown>) => {
    const error = await run().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "ChatError" });
    return error as { failure: string; missing: string[]; retryAfterSeconds: number | null; message: string };
  };
  const post = (place: Place, message = text("x")) =>
    work.platform.post(place, message, { key: "k", ...call });

  it("names places that are gone and channels that it is not in", async () => {
    const { slack } = work;
    expect(await failing(() => post({ ...placeOf(slack.channel()), channel: "C404" }))).toMatchObject({
      failure: "unknown-place",
    });
    const outside = placeOf(slack.channel({ withBot: false }));
    expect(await failing(() => post(outside))).toMatchObject({
      failure: "missing-permission",
      missing: ["join"],
    });
    const archived = slack.channel();
    archived.isArchived = true;
    expect(await failing(() => post(placeOf(archived)))).toMatchObject({ failure: "unknown-place" });
    const closed = slack.channel();
    closed.refusesBot = "restricted_action";
    expect(await failing(() => post(placeOf(closed)))).toMatchObject({
      failure: "missing-permission",
      missing: ["post"],
    });
    slack.settings.scopes.delete("files:write");
    expect(await failing(async () => post(placeOf(slack.channel()), await withPicture()))).toMatchObject({
      failure: "missing-permission",
      missing: ["attach"],
    });
  });

  it("passes on rate limits, faults of Slack and of the network as worth another try", async () => {
    const { slack } = work;
    const place = placeOf(slack.channel());
    slack.inject({ method: "chat.postMessage", status: 429, retryAfter: 7 });
    expect(await failing(() => post(place))).toMatchObject({ failure: "rate-limited", retryAfterSeconds: 7 });
    slack.inject({ method: "chat.postMessage", error: "ratelimited" });
    expect(await failing(() => post(place))).toMatchObject({ failure: "rate-limited" });
    for (const [fault, mayStillArrive] of [
      [{ status: 503 }, false],
      [{ status: 504 }, true],
      [{ drop: "before" as const }, true],
      [{ error: "internal_error" }, false],
    ] as const) {
      slack.inject({ method: "chat.postMessage", ...fault });
      expect(await failing(() => post(place))).toMatchObject({ failure: "unavailable", mayStillArrive });
    }
    slack.inject({ method: "chat.postMessage", error: "invalid_something" });
    const { failure, message } = await failing(() => post(place));
    expect(failure).toBe("rejected");
    expect(message).toBe("Expected Slack to post a message, got invalid_something.");
    slack.inject({ method: "upload", status: 500 });
    expect(await failing(async () => post(place, await withPicture()))).toMatchObject({
      failure: "unavailable",
    });
    await post(place, await withPicture());
  });

  it("says when a message cannot be edited any more", async () => {
    const { slack, platform } = work;
    const ref = await post(placeOf(slack.channel()));
    slack.settings.editWindow = 0;
    slack.clock.advance(1000);
    expect(await failing(() => platform.edit(ref, text("y"), call))).toMatchObject({
      failure: "edit-refused",
    });
    await platform.remove(ref, call);
    expect(await failing(() => platform.edit(ref, text("y"), call))).toMatchObject({
      failure: "unknown-message",
    });
    expect(await failing(() => platform.react(ref, ["1️⃣"], call))).toMatchObject({
      failure: "unknown-message",
    });
  });

  it("says that a member cannot be written to", async () => {
    const shy = work.slack.member({ refusesDirectMessages: "user_disabled" });
    expect(await failing(() => work.platform.directPlace(shy.id, call))).toMatchObject({
      failure: "direct-refused",
    });
    expect(await failing(() => work.platform.directPlace("U0NOBODY", call))).toMatchObject({
      failure: "direct-refused",
    });
  });

  it("ends what was cancelled", async () => {
    const { slack, platform } = work;
    slack.inject({ method: "chat.postMessage", delay: 3000 });
    const signal = AbortSignal.timeout(50);
    const posting = platform.post(placeOf(slack.channel()), text("x"), { key: "k", signal });
    await expect(posting).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("what the bot may do", () => {
  const missingIn = async (channel: FakeChannel) =>
    (await work.platform.abilitiesIn(placeOf(channel), call)).missing;

  it("is everything where it was invited, and nothing where it was not", async () => {
    const { slack } = work;
    expect(await missingIn(slack.channel())).toEqual([]);
    expect(await missingIn(slack.channel({ kind: "private" }))).toEqual([]);
    expect(await missingIn(slack.member().dm)).toEqual([]);
    expect(await missingIn(slack.channel({ withBot: false }))).toEqual(["join"]);
    expect(await missingIn(slack.channel({ kind: "private", withBot: false }))).toEqual(["join"]);
  });

  it("is nothing in an archived channel, in group messages and in other people's conversations", async () => {
    const { slack, platform } = work;
    const archived = slack.channel();
    archived.isArchived = true;
    expect(await missingIn(archived)).toEqual(["archived"]);
    const others = { ...placeOf(slack.channel()), channel: "D0THEIRS", isDirect: true };
    expect((await platform.abilitiesIn(others, call)).missing).toEqual(["group"]);
    const group = slack.channel({ name: "mpdm-alice--bob--carol-1", withBot: false });
    await slack.member().slash("/lrbot", "queue", { channel: group });
    await work.next("command");
    expect(await missingIn(group)).toEqual(["group"]);
  });

  it("helps at once when it is invited", async () => {
    const { slack } = work;
    const channel = slack.channel({ withBot: false });
    expect(await missingIn(channel)).toEqual(["join"]);
    channel.members.add(slack.team.botUser.id);
    expect(await missingIn(channel)).toEqual([]);
  });

  it("is believed where Slack is too busy to say", async () => {
    const { slack } = work;
    slack.inject({ method: "conversations.info", status: 429 });
    expect(await missingIn(slack.channel())).toEqual([]);
  });

  it("lacks what the token's scopes lack", async () => {
    await using poor = await openWorkspace({ starts: false });
    for (const scope of ["files:write", "reactions:write", "channels:history"])
      poor.slack.settings.scopes.delete(scope);
    const { missing, maxUploadBytes } = await poor.platform.abilitiesIn(placeOf(poor.slack.channel()), call);
    expect(missing).toEqual(["attach", "react", "read-history"]);
    expect(maxUploadBytes).toBe(50 * 2 ** 20);
  });
});

function connectionTo({ slack }: Workspace) {
  return { botToken: slack.botToken, appToken: slack.appToken, apiUrl: slack.apiUrl };
}
