import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../../../src/bots/chat.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { createRedact } from "../../../src/bots/slack/client.ts";
import { emojiNamed, nameOfEmoji } from "../../../src/bots/slack/emoji-names.ts";
import { modalBodyOf, originOf } from "../../../src/bots/slack/incoming/modal.ts";
import { slackManifest } from "../../../src/bots/slack/manifest.ts";
import { cutTo, fallbackTextOf, typedTextOf } from "../../../src/bots/slack/outgoing/markup.ts";
import { messageBodyOf } from "../../../src/bots/slack/outgoing/message-body.ts";
import { textLengthOf } from "../../fakes/slack/blocks/check.ts";
import { createSettings } from "../../fakes/slack/settings.ts";

const markup = { isPrivate: false, nameOf: (id: string) => (id === "U0BOB" ? "Bob" : null) };

describe("text", () => {
  it("that members typed loses Slack's notation", () => {
    expect(
      typedTextOf("a &lt;b&gt; &amp;amp; <@U1|ann> <@U2> <#C1|lawn> <!here> <https://x.y/z|z> <https://x.y>"),
    ).toBe("a <b> &amp; @ann @U2 #lawn @here z https://x.y");
  });

  it("beside blocks is escaped and stays short, whatever is in it", () => {
    expect(fallbackTextOf(["<!channel> & more"], 100)).toBe("&lt;!channel&gt; &amp; more");
    expect(fallbackTextOf(["&".repeat(5000)], 3000).length).toBeLessThanOrEqual(3005);
    expect(fallbackTextOf([], 100)).toBe("…");
    expect(fallbackTextOf(["for ", { member: "U1" }], 100, () => "alice")).toBe("for @alice");
  });

  it("is cut without tearing a character", () => {
    expect(cutTo("ab🌳cd", 4)).toBe("ab…");
    expect(cutTo("ab🌳cd", 5)).toBe("ab🌳…");
    expect(cutTo("abc", 3)).toBe("abc");
  });
});

describe("a message", () => {
  const message: ChatMessage = {
    text: ["by ", { member: "U0BOB" }],
    pictures: [{ path: "/x.png", fileName: "x.png", alt: "", isSpoiler: true }],
    buttons: [[{ id: "a", label: "L".repeat(75), emoji: "🌳", style: "secondary" }], []],
  };

  it("names members without calling them where everybody sees it", () => {
    const { blocks } = messageBodyOf(message, ["F1"], markup);
    expect(blocks[0]).toMatchObject({
      elements: [{ elements: [{ text: "by " }, { type: "text", text: "@Bob" }] }],
    });
    const forOne = messageBodyOf(message, ["F1"], { ...markup, isPrivate: true }).blocks;
    expect(forOne[0]).toMatchObject({ elements: [{ elements: [{}, { type: "user", user_id: "U0BOB" }] }] });
  });

  it("calls those whom its text calls, in its block and in its notification", () => {
    const text = ["for ", { call: "U0BOB" }, " <@U0EVE>"];
    const body = messageBodyOf({ ...message, text }, ["F1"], markup);
    expect(body.text).toBe("<@U0BOB> for @Bob &lt;@U0EVE&gt;");
    const called = { type: "user", user_id: "U0BOB" };
    expect(body.blocks[0]).toMatchObject({
      elements: [{ elements: [{ text: "for " }, called, { type: "text", text: " <@U0EVE>" }] }],
    });
  });

  it("has no more text than Slack takes", () => {
    const words = Array.from({ length: 4000 }, () => ["gun", { bold: ["sword"] }]).flat();
    const { blocks } = messageBodyOf({ ...message, text: words }, ["F1"], markup);
    expect(textLengthOf(blocks)).toBeLessThan(13_200);
    expect(textLengthOf(blocks)).toBeGreaterThan(11_000);
  });

  it("names groups without calling them where everybody sees it", () => {
    const elementsFor = (isPrivate: boolean) =>
      messageBodyOf({ ...message, text: [{ group: "S0TEAM" }] }, ["F1"], { ...markup, isPrivate }).blocks[0];
    expect(elementsFor(false)).toMatchObject({
      elements: [{ elements: [{ type: "text", text: "@S0TEAM" }] }],
    });
    expect(elementsFor(true)).toMatchObject({
      elements: [{ elements: [{ type: "usergroup", usergroup_id: "S0TEAM" }] }],
    });
  });

  it("warns of pictures that would be hidden elsewhere, and fits its labels", () => {
    const { blocks } = messageBodyOf(message, ["F1"], markup);
    expect(blocks.slice(1)).toMatchObject([
      { type: "image", slack_file: { id: "F1" }, alt_text: "x.png", title: { text: "⚠️ NSFW" } },
      { type: "actions", elements: [{ value: "a" }] },
    ]);
    const [, , row] = blocks as { elements: { text: { text: string } }[] }[];
    expect(row?.elements[0]?.text.text.length).toBeLessThanOrEqual(75);
  });
});

describe("a modal", () => {
  it("carries where it was opened, and is told from others' modals", () => {
    const origin = {
      channel: "C1",
      thread: "1.000001",
      shownIn: null,
      responseUrl: "https://x",
      openedAt: 1,
    };
    const view = modalBodyOf({ id: "m".repeat(100), title: "Edit", submit: "Go", fields: [] }, origin);
    expect(originOf(view.private_metadata ?? "")).toEqual({ ...origin, modal: "m".repeat(100) });
    for (const foreign of ["", "{}", '"x"', "null"]) expect(originOf(foreign)).toBeNull();
  });
});

it("knows its emojis by both names, with and without the variation selector", () => {
  for (const emoji of ["1️⃣", "8️⃣", "🔲"]) expect(emojiNamed(nameOfEmoji(emoji) ?? "")).toBe(emoji);
  expect(nameOfEmoji("1\u20e3")).toBe("one");
  for (const other of ["heart", "one::skin-tone-2", "toString", "nine"]) expect(emojiNamed(other)).toBeNull();
  expect(nameOfEmoji("❤️")).toBeNull();
});

it("takes tokens and addresses that work like tokens out of texts", () => {
  const redact = createRedact(["xoxb-1-abc", null, "0123456789abcdef"]);
  const text = "xoxb-1-abc xapp-1-A-b 0123456789abcdef wss://x.y/link?ticket=t&app=1 https://x.y/z#t";
  expect(redact(text)).toBe("[secret] [secret] [secret] wss://x.y/link?[left out] https://x.y/z?[left out]");
});

describe("the manifest", () => {
  const describeKey = (key: string) => `text of ${key}`;
  const options = { specs: commands, describe: describeKey };

  it("asks for the scopes and events that the bot works with in the tests, and no more", () => {
    const { oauth_config, settings } = slackManifest({ ...options, socketMode: true, requestUrl: null });
    const { scopes, subscriptions } = createSettings();
    // The fake knows one scope more, which other apps ask for.
    scopes.delete("team:read");
    expect(oauth_config.scopes.bot.toSorted()).toEqual([...scopes].toSorted());
    expect(settings.event_subscriptions.bot_events.toSorted()).toEqual([...subscriptions].toSorted());
  });

  it("names no address in Socket Mode", () => {
    const manifest = slackManifest({
      ...options,
      socketMode: true,
      requestUrl: "https://x.example/slack/events",
    });
    expect(JSON.stringify(manifest)).not.toContain("https://");
    expect(manifest.settings.socket_mode_enabled).toBe(true);
  });

  it("names the address everywhere over HTTP", () => {
    const requestUrl = "https://x.example/slack/events";
    const manifest = slackManifest({ ...options, socketMode: false, requestUrl });
    expect(manifest).toMatchObject({
      features: {
        slash_commands: [
          { command: "/edit", url: requestUrl },
          { command: "/lrbot", url: requestUrl },
        ],
      },
      settings: {
        event_subscriptions: { request_url: requestUrl },
        interactivity: { is_enabled: true, request_url: requestUrl },
        socket_mode_enabled: false,
      },
    });
    expect(manifest.features.slash_commands[1]?.usage_hint).toBe(
      "settings | queue | help | mentions | avatar | forget | admin",
    );
  });
});
