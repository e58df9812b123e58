import { App, LogLevel } from "@slack/bolt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buttonLabels, type FakeSlack, startFakeSlack } from "./index.ts";

// A bot in a few lines on the real client library; the fake has to be a Slack to it.

let slack: FakeSlack;
let stops: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  slack = await startFakeSlack({ shareDelay: 5 });
});

afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  await slack[Symbol.asyncDispose]();
});

const picture = Buffer.from("89504e470d0a1a0a0000000d4948445200000003000000020802000000", "hex");
const modal = {
  type: "modal" as const,
  callback_id: "edit",
  title: { type: "plain_text" as const, text: "Edit a picture" },
  submit: { type: "plain_text" as const, text: "Edit" },
  blocks: [
    {
      type: "input" as const,
      block_id: "prompt",
      label: { type: "plain_text" as const, text: "What to add" },
      element: { type: "plain_text_input" as const, action_id: "prompt", max_length: 500 },
    },
    {
      type: "input" as const,
      block_id: "picture",
      label: { type: "plain_text" as const, text: "Picture" },
      element: { type: "file_input" as const, action_id: "picture", filetypes: ["png"], max_files: 1 },
    },
  ],
};
const row = {
  type: "actions" as const,
  elements: [
    { type: "button" as const, action_id: "more", text: { type: "plain_text" as const, text: "More" } },
  ],
};

async function startBot(prepare: (app: App) => void, options: { url?: boolean } = {}): Promise<App> {
  const app = new App({
    token: slack.botToken,
    signingSecret: slack.signingSecret,
    clientOptions: { slackApiUrl: slack.apiUrl },
    logLevel: LogLevel.ERROR,
    ...(options.url === true ? {} : { appToken: slack.appToken, socketMode: true }),
  });
  app.error(async () => {});
  prepare(app);
  const server = await app.start({ port: 0, host: "127.0.0.1" } as never);
  stops.push(() => app.stop());
  if (options.url === true) {
    const { port } = (server as unknown as { address(): { port: number } }).address();
    slack.http.url = `http://127.0.0.1:${port}/slack/events`;
  }
  return app;
}

function paintsOnSubmission(app: App): void {
  app.command("/edit", async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: modal });
  });
  app.view("edit", async ({ ack, view, body, client }) => {
    const prompt = view.state.values.prompt?.prompt?.value ?? "";
    if (prompt === "nothing") {
      await ack({ response_action: "errors", errors: { prompt: "Say what to add" } });
      return;
    }
    await ack();
    const file = view.state.values.picture?.picture?.files?.[0];
    const response = await fetch(file?.url_private ?? "", {
      headers: { authorization: `Bearer ${slack.botToken}` },
    });
    const bytes = (await response.arrayBuffer()).byteLength;
    await client.chat.postMessage({
      channel: body.user.id,
      text: `${prompt}: ${bytes} bytes`,
      blocks: [{ type: "section", text: { type: "mrkdwn", text: prompt } }, row],
      metadata: { event_type: "job", event_payload: { id: "j1" } },
    });
  });
  app.action("more", async ({ ack, client, body }) => {
    await ack();
    if (body.type !== "block_actions" || body.message === undefined) return;
    await client.chat.update({ channel: body.channel?.id ?? "", ts: body.message.ts, text: "more of it" });
  });
}

describe.each([
  { mode: "Socket Mode", url: false },
  { mode: "HTTP", url: true },
])("a bot over $mode", ({ url }) => {
  it("opens a modal on a command, takes its file, posts, and edits when a button is pressed", async () => {
    await startBot(paintsOnSubmission, { url });
    const alice = slack.member({ name: "alice", locale: "de-DE" });
    const command = await alice.slash("/edit", '"a tree"');
    expect(command.outcome).toBe("acknowledged");
    expect(command.ackMilliseconds).toBeLessThan(3000);

    const view = await command.view();
    const refused = await alice.submitView(view, {
      values: { prompt: "nothing" },
      files: [alice.upload({ name: "lawn.png", bytes: picture })],
    });
    expect(refused.errors).toEqual({ prompt: "Say what to add" });
    const taken = await alice.submitView(view, {
      values: { prompt: "a tree" },
      files: [slack.upload({ by: alice, name: "lawn.png", bytes: picture })],
    });
    expect(taken.errors).toBeNull();

    const message = await slack.until(() => alice.sees(alice.dm)[0]);
    expect(message.content.text).toBe(`a tree: ${picture.length} bytes`);
    expect(buttonLabels(message.content.blocks)).toEqual(["More"]);
    await alice.press(message, { text: "More" });
    await slack.until(() => message.revisions.length === 2);
    expect(message.content.text).toBe("more of it");
    expect(message.content.blocks).toHaveLength(2);
    expect(slack.violations).toEqual([]);
  });

  it("hears mentions with files, and reactions that come and go", async () => {
    const heard: string[] = [];
    await startBot(
      (app) => {
        app.event("app_mention", async ({ event }) => {
          const { files } = event as unknown as { files: { mimetype: string; original_w: number }[] };
          heard.push(`${event.text} ${files[0]?.mimetype} ${files[0]?.original_w}`);
        });
        app.event("reaction_added", async ({ event }) => void heard.push(`+${event.reaction}`));
        app.event("reaction_removed", async ({ event }) => void heard.push(`-${event.reaction}`));
      },
      { url },
    );
    const [alice, channel] = [slack.member(), slack.channel()];
    const message = alice.say(channel, "a tree", {
      files: [{ name: "lawn.png", bytes: picture }],
      mentionsBot: true,
    });
    await slack.until(() => heard.length === 1);
    alice.react(message, "one");
    await slack.until(() => heard.length === 2);
    alice.unreact(message, "one");
    await slack.until(() => heard.length === 3);
    expect(heard).toEqual([`<@${slack.team.botUser.id}> a tree image/png 3`, "+one", "-one"]);
  });
});

describe("the Web API", () => {
  it("shares an external upload in a message that appears later, and serves its bytes", async () => {
    const app = await startBot(() => {});
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
    const app = await startBot(() => {});
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
  });

  it("answers 429, which the client waits out", async () => {
    const app = await startBot(() => {});
    slack.inject({ method: "chat.postMessage", status: 429, retryAfter: 1 });
    const start = performance.now();
    await app.client.chat.postMessage({ channel: slack.channel().id, text: "hi" });
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(slack.requests.filter(({ method }) => method === "chat.postMessage").map((r) => r.status)).toEqual(
      [429, 200],
    );
  });

  it("finds a message by its metadata in the history", async () => {
    const app = await startBot(() => {});
    const channel = slack.channel().id;
    const metadata = { event_type: "job", event_payload: { id: "j1" } };
    await app.client.chat.postMessage({ channel, text: "one", metadata });
    const second = await app.client.chat.postMessage({ channel, text: "two" });
    const history = await app.client.conversations.history({ channel, include_all_metadata: true });
    expect(history.messages?.map((message) => message.metadata?.event_payload)).toEqual([
      undefined,
      { id: "j1" },
    ]);
    const later = await app.client.conversations.history({
      channel,
      oldest: second.ts ?? "",
      inclusive: true,
    });
    expect(later.messages?.map(({ text }) => text)).toEqual(["two"]);
  });

  it("catches wrong blocks and refuses what the token may not do", async () => {
    const app = await startBot(() => {});
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
});

describe("what goes wrong between Slack and the bot", () => {
  it("delivers an event twice with one event id, and again when the first was not acknowledged", async () => {
    const heard: { id: string; retry: number | undefined }[] = [];
    await startBot((app) => {
      app.event("app_mention", async ({ body, context }) => {
        heard.push({ id: body.event_id, retry: context.retryNum });
      });
    });
    const [alice, channel] = [slack.member(), slack.channel()];
    slack.disturb({ duplicate: true });
    alice.say(channel, "a tree", { mentionsBot: true });
    await slack.until(() => heard.length === 2);
    expect(heard[0]?.id).toBe(heard[1]?.id);
    expect(heard[1]?.retry).toBe(1);
  });

  it("keeps an event for a bot that comes back after its socket was cut", async () => {
    slack.settings.retryDelays = [50, 6000, 6000];
    const heard: string[] = [];
    await startBot((app) => {
      app.event("app_mention", async ({ event }) => void heard.push(event.text));
    });
    slack.sockets.dropAll();
    await slack.until(() => slack.sockets.connectionCount === 0);
    slack.member().say(slack.channel(), "a tree", { mentionsBot: true });
    await slack.until(() => slack.deliveries.at(-1)?.outcome === "acknowledged", { timeout: 20_000 });
    expect(heard).toHaveLength(1);
    expect(slack.sockets.connectionsMade).toBe(2);
    expect(slack.deliveries.map(({ outcome }) => outcome)).toEqual([
      "no-connection",
      "no-connection",
      "acknowledged",
    ]);
  });

  it("sends forged and stale requests, which the bot refuses, and repeats one byte by byte", async () => {
    const heard: string[] = [];
    await startBot(
      (app) => {
        app.event("app_mention", async ({ event }) => void heard.push(event.text));
      },
      { url: true },
    );
    slack.settings.retryDelays = [];
    const [alice, channel] = [slack.member(), slack.channel()];
    expect(await slack.http.verifyUrl()).toBe(true);
    slack.disturb({ wrongSignature: true });
    slack.disturb({ stale: 600 });
    for (const text of ["forged", "stale", "true"]) alice.say(channel, text, { mentionsBot: true });
    await slack.until(
      () => slack.deliveries.every(({ outcome }) => outcome !== "pending") && heard.length > 0,
    );
    expect(slack.deliveries.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "acknowledged"]);
    expect(await slack.http.replay()).toBe(200);
    await slack.until(() => heard.length === 2);
  });

  it("gives up on a command that nobody acknowledges, and refuses its trigger afterwards", async () => {
    slack.settings.ackTimeout = 50;
    slack.settings.triggerLifetime = 50;
    const app = await startBot((bot) => {
      bot.command("/edit", async () => {});
    });
    const command = await slack.member().slash("/edit", "");
    expect(command.outcome).toBe("timeout");
    const late = app.client.views.open({ trigger_id: command.triggerId, view: modal });
    await expect(late).rejects.toThrow("expired_trigger_id");
  });

  it("takes five posts to a response URL within half an hour", async () => {
    await startBot((app) => {
      app.command("/lrbot", async ({ ack }) => await ack("queued"));
    });
    const [alice, bob] = [slack.member(), slack.member()];
    const channel = slack.channel();
    const command = await alice.slash("/lrbot", "queue", { channel });
    expect(command.replies[0]?.content.text).toBe("queued");
    expect(alice.sees(channel)).toHaveLength(1);
    expect(bob.sees(channel)).toHaveLength(0);
    const post = async (body: object) => {
      const options = { method: "POST", headers: { "content-type": "application/json" } };
      return await fetch(command.responseUrl ?? "", { ...options, body: JSON.stringify(body) });
    };
    expect((await post({ replace_original: true, text: "first" })).status).toBe(200);
    expect(command.replies[0]?.content.text).toBe("first");
    for (let use = 2; use <= 5; use += 1) expect((await post({ text: "x" })).status).toBe(200);
    expect(await (await post({ text: "x" })).json()).toEqual({ ok: false, error: "used_url" });
  });
});
