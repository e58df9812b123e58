import type { z } from "zod";
import type { Attachment, MessageRef } from "../../chat.ts";
import { emojiNamed } from "../emoji-names.ts";
import { typedTextOf } from "../outgoing/markup.ts";
import { messageRefIn, placeIn } from "../places.ts";
import type { MessageEvent, messageEventSchema, reactionEventSchema } from "./payloads.ts";
import { keyOf, memberTimeouts, type PendingEvent } from "./pending-event.ts";
import type { Pictures } from "./pictures.ts";

// Messages that call the bot, and reactions under its messages.

/** A mention, or any message in a direct conversation with the bot; `null` for everything else. */
export function pendingEventOfMessage(
  { event_id: id, event }: z.infer<typeof messageEventSchema>,
  me: string | null,
): PendingEvent | null {
  const { user, subtype, ts, thread_ts: thread = null, channel } = event;
  const isWritten = !subtype || subtype === "file_share" || subtype === "thread_broadcast";
  const isForBot = event.type === "app_mention" || event.channel_type === "im";
  // An edit of a message would ask a second time.
  if (!user || user === me || event.bot_id || event.edited || !isWritten || !isForBot) return null;
  return {
    id,
    user: { id: user, name: null },
    memberTimeout: memberTimeouts.otherwise,
    async read({ member, receivedAt, team, me: bot, reply, pictures, signal }) {
      const place = placeIn(team, channel, thread ?? ts);
      const mention = new RegExp(`<@${bot}(?:\\|[^>]*)?>`, "g");
      return {
        id,
        receivedAt,
        place,
        member,
        kind: "mention",
        isNamed: event.type === "app_mention" || event.text.search(mention) >= 0,
        text: typedTextOf(event.text.replace(mention, " ")).trim(),
        named: [...event.text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)].flatMap(([, id]) =>
          id && id !== bot ? [id] : [],
        ),
        ...(await picturesOf(event, messageRefIn(place, ts, thread), pictures, signal)),
        message: messageRefIn(place, ts, thread),
        replyTo: thread && thread !== ts ? messageRefIn(place, thread, null) : null,
        respond: reply({
          ...{ key: keyOf(ts), member: user, place },
          shownIn: thread === ts ? null : thread,
        }),
      };
    },
  };
}

/**
 * Events of mentions lack the files of their message at times (https://github.com/NousResearch/hermes-agent/pull/77141), so the
 * message is read once where there are none.
 */
async function picturesOf(
  { files, ...event }: MessageEvent,
  message: MessageRef,
  pictures: Pictures,
  signal: AbortSignal,
): Promise<{ readonly pictures: readonly Attachment[]; readonly isUnread?: boolean }> {
  const found = await pictures.in({ ...event, files: files ?? [] }, signal);
  if (found.length > 0 || files !== null || event.type !== "app_mention") return { pictures: found };
  try {
    return { pictures: await pictures.of(message, signal) };
  } catch {
    return { pictures: [], isUnread: true };
  }
}

/** `null` for reactions of the bot, on others' messages, and with emojis that mean nothing to it. */
export function pendingEventOfReaction(
  { event_id: id, event }: z.infer<typeof reactionEventSchema>,
  me: string | null,
): PendingEvent | null {
  const { item, user, item_user: author } = event;
  const emoji = emojiNamed(event.reaction);
  const { channel, ts } = item;
  if (user === me || !emoji || item.type !== "message" || !channel || !ts) return null;
  if (author && me && author !== me) return null;
  return {
    id,
    user: { id: user, name: null },
    memberTimeout: null,
    async read({ member, receivedAt, team }) {
      const place = placeIn(team, channel, null);
      const message = messageRefIn(place, ts, null);
      const isAdded = event.type === "reaction_added";
      return { id, receivedAt, place, member, kind: "reaction", emoji, isAdded, message };
    },
  };
}
