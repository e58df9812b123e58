import { describe, expect, it } from "vitest";
import { picture } from "../bot.ts";
import type { FakeSlack } from "../index.ts";
import { freshSlack } from "./fresh-slack.ts";

let slack: FakeSlack;
const start = freshSlack((fresh) => {
  slack = fresh;
});

describe("files", () => {
  it("shares an external upload in a message that appears later, and serves its bytes", async () => {
    const app = await start();
    const channel = slack.channel();
    await app.client.files.uploadV2({
      channel_id: channel.id,
      file: picture,
      filename: "result.png",
      initial_comment: "here",
    });
    const message = await slack.until(() => slack.messages[0]);
    const info = await app.client.files.info({ file: message.content.files[0] ?? "" });
    expect(info.file?.shares?.public?.[channel.id]?.[0]?.ts).toBe(message.ts);
    const [withToken, without] = await Promise.all([
      fetch(info.file?.url_private ?? "", { headers: { authorization: `Bearer ${slack.botToken}` } }),
      fetch(info.file?.url_private ?? ""),
    ]);
    expect(Buffer.from(await withToken.arrayBuffer())).toEqual(picture);
    expect(without.headers.get("content-type")).toContain("text/html");
    expect(slack.violations).toEqual([]);
  });

  it("refuses a picture in a block while the file is still being processed", async () => {
    const app = await start();
    slack.settings.fileNotReadyCalls = 1;
    const channel = slack.channel();
    await app.client.files.uploadV2({ file: picture, filename: "result.png" });
    const id = [...slack.files.keys()][0] ?? "";
    const blocks = [{ type: "image" as const, alt_text: "a tree", slack_file: { id } }];
    const post = () => app.client.chat.postMessage({ channel: channel.id, text: "done", blocks });
    await expect(post()).rejects.toThrow("invalid_blocks");
    expect(slack.violations[0]?.problems).toEqual(["invalid slack file [json-pointer:/blocks/0/slack_file]"]);
    expect((await app.client.files.info({ file: id })).file?.mimetype).toBe("");
    await expect(post()).resolves.toMatchObject({ ok: true });
    const [message] = slack.messages;
    if (message === undefined) throw new Error("Expected a message, got none");
    expect(slack.pictures(message)).toMatchObject([{ file: { id, bytes: picture }, alt: "a tree" }]);
  });

  it("knows a new file late and processes it for a while, where a test says so", async () => {
    const app = await start();
    Object.assign(slack.settings, { fileUnknownCalls: 1, fileProcessing: 25_000 });
    await app.client.files.uploadV2({ file: picture, filename: "result.png" });
    const id = [...slack.files.keys()][0] ?? "";
    const type = async () => (await app.client.files.info({ file: id })).file?.mimetype;
    await expect(type()).rejects.toThrow("file_not_found");
    expect(await type()).toBe("");
    slack.clock.advance(25_000);
    expect(await type()).toBe("image/png");
  });

  it("refuses unshared pictures in edits alone, where a test says so, and holds that against nobody", async () => {
    const app = await start();
    slack.settings.editsNeedShare = true;
    const channel = slack.channel().id;
    for (const filename of ["one.png", "two.png"])
      await app.client.files.uploadV2({ file: picture, filename });
    const [one = "", two = ""] = slack.files.keys();
    const blocksOf = (id: string) => [{ type: "image" as const, alt_text: "a tree", slack_file: { id } }];
    const { ts = "" } = await app.client.chat.postMessage({ channel, text: "done", blocks: blocksOf(one) });
    const edit = (id: string) => app.client.chat.update({ channel, ts, text: "done", blocks: blocksOf(id) });
    await expect(edit(two)).rejects.toThrow("invalid_blocks");
    await expect(edit(one)).resolves.toMatchObject({ ok: true });
    expect(slack.violations).toEqual([]);
  });

  it("takes 10 MB of the named extensions in a modal's file input, as the client does", async () => {
    const app = await start();
    const opened = slack.until(() => [...slack.views.values()][0]);
    app.command("/edit", async ({ ack, body, client }) => {
      await ack();
      const element = { type: "file_input" as const, action_id: "image", filetypes: ["png"] };
      const label = { type: "plain_text" as const, text: "Picture" };
      const blocks = [{ type: "input" as const, block_id: "image", label, element }];
      await client.views.open({
        trigger_id: body.trigger_id,
        view: { type: "modal", title: label, submit: label, blocks },
      });
    });
    const alice = slack.member();
    await alice.slash("/edit", "");
    const view = await opened;
    const submit = (name: string, length: number) => {
      const file = alice.upload({ name, bytes: new Uint8Array(length), mimetype: "image/png" });
      return alice.submitView(view, { files: [file] });
    };
    await expect(submit("lawn.heic", 9)).rejects.toThrow("Expected a file of type png, got lawn.heic");
    await expect(submit("lawn.png", 10_000_001)).rejects.toThrow("Expected at most 10 MB");
  });

  it("holds apps from outside the Marketplace to one look at the history a minute, 15 messages a page", async () => {
    slack.settings.isOutsideMarketplace = true;
    const [alice, channel] = [slack.member(), slack.channel()];
    for (let count = 0; count < 20; count++) alice.say(channel, "hello");
    const headers = { authorization: `Bearer ${slack.botToken}` };
    const url = `${slack.apiUrl}conversations.history?channel=${channel.id}&limit=200`;
    const look = async () => (await (await fetch(url, { headers })).json()) as { messages: unknown[] };
    expect((await look()).messages).toHaveLength(15);
    expect(await look()).toMatchObject({ ok: false, error: "ratelimited" });
    slack.clock.advance(60_000);
    expect(await look()).toMatchObject({ ok: true, has_more: true });
  });

  it("tells of a mention without its files, where a test says so", async () => {
    const told: { files?: unknown }[] = [];
    await start((bot) => {
      bot.event("app_mention", async ({ event }) => void told.push(event as never));
    });
    const say = () => {
      const files = [{ name: "lawn.png", bytes: picture }];
      slack.member().say(slack.channel(), "a tree", { mentionsBot: true, files });
    };
    say();
    await slack.until(() => told.length === 1);
    slack.settings.mentionsLackFiles = true;
    say();
    await slack.until(() => told.length === 2);
    expect(told.map(({ files }) => files !== undefined)).toEqual([true, false]);
  });

  it("serves downloads that go wrong: elsewhere, too large, too slow, broken off", async () => {
    const alice = slack.member();
    const file = alice.upload({ name: "lawn.png", bytes: picture });
    alice.say(slack.channel(), "look", { files: [file] });
    const url = `${slack.origin}/files-pri/${slack.team.id}-${file.id}/lawn.png`;
    const get = async () =>
      await fetch(url, { redirect: "manual", headers: { authorization: `Bearer ${slack.botToken}` } });
    slack.injectDownload({ redirect: "http://192.0.2.1/elsewhere" });
    expect((await get()).headers.get("location")).toBe("http://192.0.2.1/elsewhere");
    slack.injectDownload({ oversize: 100_000, isHonest: false });
    const large = await get();
    expect(large.headers.get("content-length")).toBeNull();
    expect((await large.arrayBuffer()).byteLength).toBe(100_000);
    slack.injectDownload({ html: true });
    expect((await get()).headers.get("content-type")).toContain("text/html");
    slack.injectDownload({ drop: true });
    await expect(get().then((response) => response.arrayBuffer())).rejects.toThrow();
    expect(Buffer.from(await (await get()).arrayBuffer())).toEqual(picture);
    expect(slack.downloads.every(({ token }) => token === slack.botToken)).toBe(true);
  });
});
