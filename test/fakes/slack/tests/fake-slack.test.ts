import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { modal, picture, row } from "../bot.ts";
import { buttonLabels, type FakeSlack } from "../index.ts";
import { freshSlack } from "./fresh-slack.ts";

let slack: FakeSlack;
const start = freshSlack((fresh) => {
  slack = fresh;
});

describe.each([
  { name: "Socket Mode", mode: "socket" as const },
  { name: "HTTP", mode: "http" as const },
])("a bot over $name", ({ mode }) => {
  it("opens a modal on a command, takes its file, posts, and edits when a button is pressed", async () => {
    await start(paintsOnSubmission, mode);
    const alice = slack.member({ name: "alice", locale: "de-DE" });
    const command = await alice.slash("/edit", '"a tree"');
    expect(command.outcome).toBe("acknowledged");
    expect(command.ackMilliseconds).toBeLessThan(slack.settings.ackTimeout);

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
    expect(message.content.blocks).toEqual([]);
    expect(slack.violations).toEqual([]);
  });

  it("hears mentions with files, and reactions that come and go", async () => {
    const heard: string[] = [];
    await start((app) => {
      app.event("app_mention", async ({ event }) => {
        const { files } = event as unknown as { files: { mimetype: string; original_w: number }[] };
        heard.push(`${event.text} ${files[0]?.mimetype} ${files[0]?.original_w}`);
      });
      app.event("reaction_added", async ({ event }) => void heard.push(`+${event.reaction}`));
      app.event("reaction_removed", async ({ event }) => void heard.push(`-${event.reaction}`));
    }, mode);
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

describe("what a member does", () => {
  it("uses a message shortcut, whose trigger opens one modal, and closes it", async () => {
    const heard: unknown[] = [];
    const app = await start((bot) => {
      bot.shortcut("edit_image", async ({ ack, body, client }) => {
        await ack();
        if (body.type !== "message_action") return;
        heard.push(body.message.files);
        await client.views.open({ trigger_id: body.trigger_id, view: { ...modal, notify_on_close: true } });
      });
      bot.view({ callback_id: "edit", type: "view_closed" }, async ({ ack, body }) => {
        await ack();
        heard.push(body.type);
      });
    });
    const [alice, bob, channel] = [slack.member(), slack.member(), slack.channel()];
    const message = bob.say(channel, "look", { files: [{ name: "lawn.png", bytes: picture }] });
    const shortcut = await alice.shortcut("edit_image", message);
    const view = await shortcut.view();
    const again = app.client.views.open({ trigger_id: shortcut.triggerId, view: modal });
    await expect(again).rejects.toThrow("exchanged_trigger_id");
    await alice.closeView(view);
    expect(heard).toMatchObject([[{ mimetype: "image/png" }], "view_closed"]);
    await expect(alice.submitView(view)).rejects.toThrow("Expected the view that");
  });

  it("is held by the client to what a modal takes", async () => {
    await start(paintsOnSubmission);
    const alice = slack.member();
    const view = await (await alice.slash("/edit", "")).view();
    const files = [alice.upload({ name: "lawn.png", bytes: picture })];
    await expect(alice.submitView(view, { files })).rejects.toThrow("required input prompt");
    const text = [alice.upload({ name: "notes.txt", bytes: picture })];
    const values = { prompt: "a tree" };
    await expect(alice.submitView(view, { values, files: text })).rejects.toThrow("file of type png");
    await expect(alice.submitView(view, { values: { colour: "red" }, files })).rejects.toThrow();
  });

  it("sees and presses ephemeral messages alone; their payloads lack the message", async () => {
    const bodies: { message?: unknown; container: { is_ephemeral?: boolean } }[] = [];
    const app = await start((bot) => {
      bot.action("more", async ({ ack, body, respond }) => {
        await ack();
        bodies.push(body as never);
        await respond({ replace_original: true, text: "pressed" });
      });
    });
    const [alice, bob] = [slack.member(), slack.member()];
    const channel = slack.channel({ members: [alice.id, bob.id] });
    await app.client.chat.postEphemeral({ channel: channel.id, user: alice.id, text: "psst", blocks: [row] });
    expect(bob.sees(channel)).toEqual([]);
    const [message] = alice.sees(channel);
    if (message === undefined) throw new Error("Expected an ephemeral message, got none");
    await alice.press(message, { actionId: "more" });
    await slack.until(() => message.content.text === "pressed");
    expect(bodies[0]?.message).toBeUndefined();
    expect(bodies[0]?.container.is_ephemeral).toBe(true);
  });

  it("talks with the bot alone, which hears files and its own messages and edits too", async () => {
    const heard: string[] = [];
    const app = await start((bot) => {
      bot.event("message", async ({ event }) => {
        heard.push(`${event.subtype ?? "said"} by ${"bot_id" in event ? "bot" : "member"}`);
      });
    });
    const alice = slack.member();
    alice.say(alice.dm, "a tree", { files: [{ name: "lawn.png", bytes: picture }] });
    await slack.until(() => heard.length === 1);
    const { ts = "", channel = "" } = await app.client.chat.postMessage({ channel: alice.id, text: "done" });
    await app.client.chat.update({ channel, ts, text: "done!" });
    await slack.until(() => heard.includes("message_changed by member"));
    await slack.until(() => slack.deliveries.every(({ outcome }) => outcome === "acknowledged"));
    expect(heard[0]).toBe("file_share by member");
    expect(slack.deliveries).toHaveLength(3);
  });
});

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
