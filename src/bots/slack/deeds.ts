import type { z } from "zod";
import type { ChatEvent, Member, Responder } from "../chat.ts";
import { type ParseFailure, parseCommandText } from "../commands/parse-text.ts";
import type { CommandSpec } from "../commands/specs.ts";
import { linesOf } from "../rich-text.ts";
import { emojiNamed } from "./emojis.ts";
import { typedTextOf, unescapeText } from "./markup.ts";
import type { Named } from "./members.ts";
import { originOf, submissionOf } from "./modal.ts";
import type {
  commandSchema,
  messageEventSchema,
  pressSchema,
  reactionEventSchema,
  shortcutSchema,
  submissionSchema,
} from "./payloads.ts";
import type { Pictures } from "./pictures.ts";
import { messageRefIn, placeIn } from "./places.ts";
import type { Asked } from "./responder.ts";

/** Something that a member did, before anybody was asked who they are. */
export interface Deed {
  /** Slack's own id of it: the same when it is sent again. */
  readonly id: string;
  readonly user: Named;
  /** Milliseconds to wait for who the member is; `null` where that does not matter. */
  readonly patience: number | null;
  /** `null` where the answer is given already. */
  read(known: Known): Promise<ChatEvent | null>;
}

/** What is known by the time that an event is handed over. */
export interface Known {
  readonly member: Member;
  readonly receivedAt: number;
  /** The bot's workspace. */
  readonly team: string;
  /** The bot. */
  readonly me: string;
  readonly pictures: Pictures;
  readonly respond: (asked: Asked) => Responder;
  readonly reply: (asked: Pick<Asked, "key" | "place">) => Responder;
  readonly signal: AbortSignal;
}

/** A modal has to open within 3 seconds of the deed. */
const hasty = 1500;
const patient = 8000;

export function deedOfCommand(body: z.infer<typeof commandSchema>, specs: readonly CommandSpec[]): Deed {
  const isEdit = body.command !== "/lrbot";
  return {
    id: body.trigger_id,
    user: { id: body.user_id, name: body.user_name ?? null },
    patience: isEdit ? hasty : patient,
    async read({ member, receivedAt, team, respond }) {
      const place = placeIn(team, body.channel_id, null);
      const responder = respond({
        key: keyOf(body.trigger_id),
        member: body.user_id,
        place,
        shownIn: null,
        triggerId: body.trigger_id,
        responseUrl: body.response_url ?? null,
        askedAt: receivedAt,
        isCommand: true,
      });
      const common = { id: body.trigger_id, receivedAt, place, member, pictures: [], respond: responder };
      if (isEdit) {
        const prompt = withoutQuotes(typedTextOf(body.text));
        return { ...common, kind: "command", name: "edit", options: prompt ? { prompt } : {} };
      }
      const parsed = parseCommandText(unescapeMarked(body.text), specs);
      if (!parsed.failure) return { ...common, kind: "command", name: parsed.name, options: parsed.options };
      if (parsed.failure.kind === "unknown") return { ...common, kind: "command", name: "help", options: {} };
      await responder.say(usageMessage(parsed.failure));
      return null;
    },
  };
}

export function deedOfShortcut(body: z.infer<typeof shortcutSchema>): Deed {
  return {
    id: body.trigger_id,
    user: namedOf(body.user),
    patience: hasty,
    async read({ member, receivedAt, team, respond, pictures, signal }) {
      const { ts, thread_ts: thread = null } = body.message;
      const place = placeIn(team, body.channel.id, thread ?? ts);
      const found = pictures.in(body.message, signal);
      const responder = respond({
        key: keyOf(body.trigger_id),
        member: body.user.id,
        place,
        shownIn: thread,
        triggerId: body.trigger_id,
        responseUrl: body.response_url ?? null,
        askedAt: receivedAt,
        isCommand: false,
      });
      return {
        id: body.trigger_id,
        receivedAt,
        place,
        member,
        kind: "message-action",
        message: messageRefIn(place, ts, thread),
        pictures: await found,
        respond: responder,
      };
    },
  };
}

/** `null` where no message of a channel was meant. */
export function deedOfPress(body: z.infer<typeof pressSchema>): Deed | null {
  const { container, actions } = body;
  const channel = body.channel?.id ?? container.channel_id;
  const ts = container.message_ts;
  const button = actions[0]?.value;
  if (!channel || !ts || !button) return null;
  const thread = container.thread_ts ?? body.message?.thread_ts ?? null;
  return {
    id: body.trigger_id,
    user: namedOf(body.user),
    patience: hasty,
    async read({ member, receivedAt, team, respond }) {
      // What comes of a button belongs under its message, unless nobody else sees that.
      const place = placeIn(team, channel, thread ?? (container.is_ephemeral ? null : ts));
      const responder = respond({
        key: keyOf(body.trigger_id),
        member: body.user.id,
        place,
        shownIn: thread,
        triggerId: body.trigger_id,
        responseUrl: body.response_url ?? null,
        askedAt: receivedAt,
        isCommand: false,
      });
      const message = messageRefIn(place, ts, thread);
      return {
        id: body.trigger_id,
        receivedAt,
        place,
        member,
        kind: "button",
        button,
        message,
        respond: responder,
      };
    },
  };
}

/** `null` where the modal is none of the bot's. */
export function deedOfSubmission({ user, view }: z.infer<typeof submissionSchema>): Deed | null {
  const origin = originOf(view.private_metadata);
  if (!origin) return null;
  return {
    id: view.id,
    user: namedOf(user),
    patience: patient,
    async read({ member, receivedAt, team, respond, pictures, signal }) {
      const place = placeIn(team, origin.channel, origin.thread);
      const { fields, files } = submissionOf(view.state);
      const responder = respond({
        key: keyOf(view.id),
        member: user.id,
        place,
        shownIn: origin.shownIn,
        triggerId: null,
        responseUrl: receivedAt - origin.openedAt < urlMilliseconds ? origin.responseUrl : null,
        askedAt: receivedAt,
        isCommand: false,
      });
      return {
        id: view.id,
        receivedAt,
        place,
        member,
        kind: "modal",
        modal: origin.modal,
        fields,
        pictures: await pictures.among(files, signal),
        respond: responder,
      };
    },
  };
}

/** What opened the modal can answer for it; a little less than half an hour. */
const urlMilliseconds = 25 * 60_000;

/** A mention, or anything that is said to the bot in a direct conversation; `null` for everything else. */
export function deedOfMessage(
  { event_id: id, event }: z.infer<typeof messageEventSchema>,
  me: string | null,
): Deed | null {
  const { user, subtype, ts, thread_ts: thread = null, channel } = event;
  const isSpoken = !subtype || subtype === "file_share" || subtype === "thread_broadcast";
  const isForBot = event.type === "app_mention" || event.channel_type === "im";
  // An edit of a message would ask a second time.
  if (!user || user === me || event.bot_id || event.edited || !isSpoken || !isForBot) return null;
  return {
    id,
    user: { id: user, name: null },
    patience: patient,
    async read({ member, receivedAt, team, me: bot, reply, pictures, signal }) {
      const place = placeIn(team, channel, thread ?? ts);
      return {
        id,
        receivedAt,
        place,
        member,
        kind: "mention",
        text: typedTextOf(event.text.replace(new RegExp(`<@${bot}(?:\\|[^>]*)?>`, "g"), " ")).trim(),
        pictures: await pictures.among(event.files ?? [], signal),
        message: messageRefIn(place, ts, thread),
        replyTo: thread && thread !== ts ? messageRefIn(place, thread, null) : null,
        respond: reply({ key: keyOf(ts), place }),
      };
    },
  };
}

/** `null` for reactions of the bot, on others' messages, and with emojis that mean nothing to it. */
export function deedOfReaction(
  { event_id: id, event }: z.infer<typeof reactionEventSchema>,
  me: string | null,
): Deed | null {
  const { item, user, item_user: author } = event;
  const emoji = emojiNamed(event.reaction);
  const { channel, ts } = item;
  if (user === me || !emoji || item.type !== "message" || !channel || !ts) return null;
  if (author && me && author !== me) return null;
  return {
    id,
    user: { id: user, name: null },
    patience: null,
    async read({ member, receivedAt, team }) {
      const place = placeIn(team, channel, null);
      const message = messageRefIn(place, ts, null);
      const isAdded = event.type === "reaction_added";
      return { id, receivedAt, place, member, kind: "reaction", emoji, isAdded, message };
    },
  };
}

function namedOf(user: { readonly id: string; readonly name?: string | null | undefined }): Named {
  return { id: user.id, name: user.name ?? null };
}

/** The last 20 characters that a message's key may have. */
function keyOf(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, "").slice(-20);
}

/** Mentions stay as Slack writes them: the options of a command are read from them. */
function unescapeMarked(text: string): string {
  return text
    .replace(/<(?![@#!])([^>|]+)(?:\|([^>]*))?>/g, (_, url: string, label?: string) => label || url)
    .split(/(<[^>]*>)/)
    .map((part, index) => (index % 2 === 0 ? unescapeText(part) : part))
    .join("");
}

function withoutQuotes(text: string): string {
  const trimmed = text.trim();
  const [, inner] = /^["“”„«»'‘’](.*)["“”„«»'‘’]$/su.exec(trimmed) ?? [];
  return inner !== undefined && !/["“”„«»]/u.test(inner) ? inner.trim() : trimmed;
}

function usageMessage({ problem, usages }: ParseFailure) {
  const text = linesOf([problem], ...usages.map((usage) => [{ code: `/lrbot ${usage}` }]));
  return { text, pictures: [], buttons: [] };
}
