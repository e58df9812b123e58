import type { types } from "@slack/bolt";
import type { ChatHome, ChatHomeSection, ChatPlatform, MessageRef } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { cutTo, type MarkupOptions, richElementsOf } from "./markup.ts";
import { buttonElement, buttonPrefix } from "./message-body.ts";

/** Slack takes so many blocks on a Home tab. https://docs.slack.dev/reference/views/home-tab-views */
const maxBlocks = 100;
const maxHeading = 150;
const maxLabel = 75;
/** Characters of one section, far below what Slack takes. */
const maxText = 2800;

export interface HomePartsOfSlack {
  readonly client: SlackClient;
  /** The conversation of the bot and a member: what is pressed on their Home belongs there. */
  readonly directPlace: ChatPlatform["directPlace"];
  readonly nameOf: MarkupOptions["nameOf"];
  /** Monotonic. */
  readonly now: () => number;
}

/** Publishes Home tabs: https://docs.slack.dev/reference/methods/views.publish */
export function createHome({ client, directPlace, nameOf, now }: HomePartsOfSlack) {
  const links = createCache<string>({ size: 5000, milliseconds: 24 * 60 * 60_000, now });

  /** Where a message is opened; `null` where it is gone. */
  async function linkTo({ channel, message }: MessageRef, signal: AbortSignal): Promise<string | null> {
    const key = `${channel} ${message}`;
    const known = links.get(key);
    if (known) return known;
    try {
      const found = await attempt({ to: "say where a message is", signal }, () =>
        client.chat.getPermalink({ channel, message_ts: message }),
      );
      if (found.permalink) links.put(key, found.permalink);
      return found.permalink ?? null;
    } catch {
      return null;
    }
  }

  return async (member: string, home: ChatHome, signal: AbortSignal): Promise<void> => {
    // Whoever takes no direct messages can look, and press nothing.
    const channel = await directPlace(member, { signal }).then(
      (place) => place.channel,
      () => "",
    );
    const urls = await Promise.all(
      home.sections.map((section) =>
        "link" in section && section.link ? linkTo(section.link.message, signal) : null,
      ),
    );
    const view = {
      type: "home",
      private_metadata: channel,
      blocks: blocksOf(home, urls, { isPrivate: true, nameOf }),
    } as const;
    await attempt({ to: "show a member's home", signal }, () =>
      client.views.publish({ user_id: member, view }),
    );
  };
}

function blocksOf(
  { sections }: ChatHome,
  urls: readonly (string | null)[],
  options: MarkupOptions,
): types.KnownBlock[] {
  let count = 0;
  const blocks = sections.flatMap((section, index): types.KnownBlock[] => {
    if ("heading" in section)
      return [
        {
          type: "header",
          text: { type: "plain_text", text: cutTo(section.heading, maxHeading), emoji: true },
        },
      ];
    const buttons: types.Button[] = section.buttons.map((button) => buttonElement(button, count++));
    const link = linkOf(section, urls[index] ?? null, count++);
    const elements = [...(link ? [link] : []), ...buttons];
    return [
      {
        type: "rich_text",
        elements: [{ type: "rich_text_section", elements: textOf(section, options) }],
      },
      ...(elements.length > 0 ? [{ type: "actions", elements } as const] : []),
    ];
  });
  return blocks.slice(0, maxBlocks);
}

function textOf(
  { text }: Extract<ChatHomeSection, { readonly text: unknown }>,
  options: MarkupOptions,
): types.RichTextElement[] {
  const elements = richElementsOf(text, options);
  return elements.map((element) =>
    element.type === "text" ? { ...element, text: cutTo(element.text, maxText) } : element,
  );
}

/** A press on it tells the bot too, without a value: that is passed over. */
function linkOf(section: ChatHomeSection, url: string | null, index: number): types.Button | null {
  if (!("link" in section) || !section.link || url === null) return null;
  const text = { type: "plain_text", text: cutTo(`↗️ ${section.link.label}`, maxLabel), emoji: true } as const;
  return { type: "button", action_id: `${buttonPrefix}${index}`, text, url };
}
