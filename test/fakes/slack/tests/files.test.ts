import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { picture, startBot, type TestBot } from "../bot.ts";
import { type FakeSlack, startFakeSlack } from "../index.ts";

let slack: FakeSlack;
let bots: TestBot[] = [];

beforeEach(async () => {
  // Generous, so that a busy machine changes nothing; tests about these times set their own.
  slack = await startFakeSlack({ shareDelay: 5, ackTimeout: 30_000, triggerLifetime: 30_000 });
});

afterEach(async () => {
  for (const bot of bots) await bot[Symbol.asyncDispose]();
  bots = [];
  await slack[Symbol.asyncDispose]();
});

async function start(
  ...options: Parameters<typeof startBot> extends [FakeSlack, ...infer Rest] ? Rest : never
) {
  const bot = await startBot(slack, ...options);
  bots.push(bot);
  return bot.app;
}

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
