import type { z } from "zod";
import type { CommandSpec } from "../../commands/command-spec.ts";
import { parseCommandText } from "../../commands/parse-text.ts";
import { typedTextOf, unescapeText } from "../outgoing/markup.ts";
import type { Named } from "../people/members.ts";
import { markCheckCallback, messageRefIn, placeIn } from "../places.ts";
import { idForms } from "./id-forms.ts";
import { originOf, submissionOf } from "./modal.ts";
import type {
  commandSchema,
  homeEventSchema,
  pressSchema,
  shortcutSchema,
  submissionSchema,
} from "./payloads.ts";
import { keyOf, memberTimeouts, type PendingEvent } from "./pending-event.ts";
import type { Interaction } from "./responder.ts";
import type { Submission } from "./submission.ts";

// Commands, the shortcut of messages, buttons and modals: what Slack waits to have acknowledged.

export function pendingEventOfCommand(
  body: z.infer<typeof commandSchema>,
  specs: readonly CommandSpec[],
): PendingEvent {
  const isEdit = body.command !== "/lrbot";
  return {
    id: body.trigger_id,
    user: { id: body.user_id, name: body.user_name ?? null },
    memberTimeout: isEdit ? memberTimeouts.beforeModal : memberTimeouts.otherwise,
    async read({ member, receivedAt, team, respond }) {
      const place = placeIn(team, body.channel_id, null);
      const responder = respond({
        ...interactionOf(body, { place, receivedAt, shownIn: null }),
        member: body.user_id,
        isCommand: true,
      });
      const common = { id: body.trigger_id, receivedAt, place, member, pictures: [], respond: responder };
      if (isEdit) {
        const prompt = withoutQuotes(typedTextOf(body.text));
        return { ...common, kind: "command", name: "edit", options: { prompt } };
      }
      const parsed = parseCommandText(unescapeMarked(body.text), specs, idForms);
      if (!parsed.failure) return { ...common, kind: "command", name: parsed.name, options: parsed.options };
      const { kind, got, usages, unknown } = parsed.failure;
      if (kind === "unknown" && !unknown?.meant) {
        return { ...common, kind: "command", name: "help", options: {} };
      }
      return {
        ...common,
        kind: "misread",
        got,
        usages: usages.map((usage) => `/lrbot ${usage}`),
        unknown: unknown && { ...unknown, typed: `/lrbot ${unknown.typed}` },
      };
    },
  };
}

export function pendingEventOfShortcut(body: z.infer<typeof shortcutSchema>): PendingEvent {
  return {
    id: body.trigger_id,
    user: namedOf(body.user),
    memberTimeout: memberTimeouts.beforeModal,
    async read({ member, receivedAt, team, respond, pictures, signal }) {
      const { ts, thread_ts: thread = null } = body.message;
      const place = placeIn(team, body.channel.id, thread ?? ts);
      const found = pictures.in(body.message, signal);
      const responder = respond({
        ...interactionOf(body, { place, receivedAt, shownIn: thread }),
        member: body.user.id,
        isCommand: false,
      });
      return {
        id: body.trigger_id,
        receivedAt,
        place,
        member,
        kind: body.callback_id === markCheckCallback ? "mark-check" : "message-action",
        message: messageRefIn(place, ts, thread),
        pictures: await found,
        respond: responder,
      };
    },
  };
}

/** `null` where no message of a channel was meant. */
export function pendingEventOfPress(body: z.infer<typeof pressSchema>): PendingEvent | null {
  const { container, actions, view } = body;
  const button = actions[0]?.value;
  if (view?.type === "home" && button) return pendingPressAtHome(body, view.private_metadata ?? "", button);
  const channel = body.channel?.id ?? container.channel_id;
  const ts = container.message_ts;
  if (!channel || !ts || !button) return null;
  const thread = container.thread_ts ?? body.message?.thread_ts ?? null;
  return {
    id: body.trigger_id,
    user: namedOf(body.user),
    memberTimeout: memberTimeouts.beforeModal,
    async read({ member, receivedAt, team, respond }) {
      // What comes of a button belongs under its message, unless nobody else sees that.
      const place = placeIn(team, channel, thread ?? (container.is_ephemeral ? null : ts));
      const responder = respond({
        ...interactionOf(body, { place, receivedAt, shownIn: thread }),
        member: body.user.id,
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

/** A press on the Home tab, which belongs to no channel; what comes of it belongs to the conversation of the two. */
function pendingPressAtHome(
  body: z.infer<typeof pressSchema>,
  direct: string,
  button: string,
): PendingEvent | null {
  if (direct === "") return null;
  return {
    id: body.trigger_id,
    user: namedOf(body.user),
    memberTimeout: memberTimeouts.beforeModal,
    async read({ member, receivedAt, team, respond }) {
      const place = placeIn(team, direct, null);
      const responder = respond({
        ...interactionOf(body, { place, receivedAt, shownIn: null }),
        member: body.user.id,
        isCommand: false,
      });
      return {
        ...{ id: body.trigger_id, receivedAt, place, member, kind: "button", button, isInHome: true },
        message: messageRefIn(place, "", null),
        respond: responder,
      };
    },
  };
}

/** Somebody opened the Home tab; `null` of the other tab. */
export function pendingEventOfHome({
  event_id: id,
  event,
}: z.infer<typeof homeEventSchema>): PendingEvent | null {
  if (event.tab !== "home") return null;
  return {
    id,
    user: { id: event.user, name: null },
    memberTimeout: memberTimeouts.otherwise,
    read: async ({ member, receivedAt, team }) => ({
      ...{ id, receivedAt, member, kind: "home" },
      place: placeIn(team, event.channel, null),
    }),
  };
}

/** `null` where the modal is none of the bot's. */
export function pendingEventOfSubmission(
  { user, view, trigger_id: trigger }: z.infer<typeof submissionSchema>,
  submission: Submission,
): PendingEvent | null {
  const origin = originOf(view.private_metadata);
  if (!origin) return null;
  // A modal that was refused is sent again.
  const id = trigger ?? view.id;
  return {
    id,
    user: namedOf(user),
    memberTimeout: memberTimeouts.otherwise,
    async read({ member, receivedAt, team, respond, pictures, signal }) {
      const place = placeIn(team, origin.channel, origin.thread);
      const { fields, files } = submissionOf(view.state);
      const responder = respond({
        key: keyOf(id),
        member: user.id,
        place,
        shownIn: origin.shownIn,
        triggerId: null,
        responseUrl: receivedAt - origin.openedAt < urlMilliseconds ? origin.responseUrl : null,
        receivedAt,
        isCommand: false,
        submission,
      });
      return {
        id,
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

/** What the answers to a command, the shortcut and a button have in common: each came with a trigger and a response URL. */
function interactionOf(
  body: { readonly trigger_id: string; readonly response_url?: string | null | undefined },
  seen: Pick<Interaction, "place" | "receivedAt" | "shownIn">,
) {
  return {
    ...seen,
    key: keyOf(body.trigger_id),
    triggerId: body.trigger_id,
    responseUrl: body.response_url ?? null,
  };
}

/** What opened the modal can answer for it; a little less than half an hour. */
const urlMilliseconds = 25 * 60_000;

function namedOf(user: { readonly id: string; readonly name?: string | null | undefined }): Named {
  return { id: user.id, name: user.name ?? null };
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
