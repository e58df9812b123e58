import type { types } from "@slack/bolt";
import { calledIn, plainTextOf, type RichText } from "../../../locales/rich-text.ts";

export interface MarkupOptions {
  /** Members of messages that one person sees may be drawn as mentions: nobody is called by them. */
  readonly isPrivate: boolean;
  readonly nameOf: (member: string) => string | null;
}

type Style = { readonly bold?: true; readonly italic?: true; readonly code?: true };

/**
 * Text as elements of a rich text section. Slack draws their text literally, so nothing that a member typed can become
 * markup, a mention, a link or an emoji.
 */
export function richElementsOf(
  text: RichText,
  options: MarkupOptions,
  style: Style = {},
): types.RichTextElement[] {
  return text.flatMap((part): types.RichTextElement[] => {
    if (typeof part === "string") return textElement(part, style);
    if ("bold" in part) return richElementsOf(part.bold, options, { ...style, bold: true });
    if ("italic" in part) return richElementsOf(part.italic, options, { ...style, italic: true });
    if ("code" in part) return textElement(part.code, { ...style, code: true });
    if ("channel" in part) {
      return channelId.test(part.channel)
        ? [{ type: "channel", channel_id: part.channel }]
        : textElement(`#${part.channel}`, style);
    }
    if ("group" in part) {
      return options.isPrivate && groupId.test(part.group)
        ? [{ type: "usergroup", usergroup_id: part.group }]
        : textElement(`@${part.group}`, style);
    }
    if ("call" in part) {
      return memberId.test(part.call)
        ? [{ type: "user", user_id: part.call }]
        : textElement(`@${options.nameOf(part.call) ?? part.call}`, style);
    }
    return options.isPrivate && memberId.test(part.member)
      ? [{ type: "user", user_id: part.member }]
      : textElement(`@${options.nameOf(part.member) ?? part.member}`, style);
  });
}

/**
 * For notifications and clients without blocks: nothing in it can become a mention or a link, but whom it calls, who stands
 * in front.
 */
export function fallbackTextOf(
  text: RichText,
  maxLength: number,
  nameOf: MarkupOptions["nameOf"] = () => null,
): string {
  const plain = plainTextOf(text, nameOf).trim();
  const called = calledIn(text).filter((id) => memberId.test(id));
  // Escaping makes up to five characters of one.
  let end = Math.min(plain.length, maxLength);
  while (escapeText(plain.slice(0, end)).length > maxLength) end -= Math.ceil(end / 20);
  const calls = called.map((id) => `<@${id}> `).join("");
  return `${calls}${escapeText(cutTo(plain, end))}` || "…";
}

/** At most `maxLength` characters, with an ellipsis where some were cut; no character is torn. */
export function cutTo(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = text.slice(0, maxLength - 1);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What a member typed: Slack's own notation of mentions, channels and links taken back. */
export function typedTextOf(text: string): string {
  return unescapeText(
    text
      .replace(/<@([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, name?: string) => `@${name || id}`)
      .replace(/<#([A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, name?: string) => `#${name || id}`)
      .replace(/<!subteam\^([A-Z0-9]+)(?:\|@?([^>]*))?>/g, (_, id: string, name?: string) => `@${name || id}`)
      .replace(/<!([a-z]+)(?:\|[^>]*)?>/g, "@$1")
      .replace(/<([^>|]+)(?:\|([^>]*))?>/g, (_, url: string, label?: string) => label || url),
  );
}

export function unescapeText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

const memberId = /^[UW][A-Z0-9]+$/;
const groupId = /^S[A-Z0-9]+$/;
const channelId = /^[CGD][A-Z0-9]+$/;

function textElement(text: string, style: Style): types.RichTextElement[] {
  if (text === "") return [];
  return [{ type: "text", text, ...(Object.keys(style).length > 0 ? { style } : {}) }];
}
