import {
  type APIDMChannel,
  type APIMessage,
  MessageFlags,
  MessageReferenceType,
  type REST,
  RESTJSONErrorCodes,
  Routes,
} from "discord.js";
import {
  type Attachment,
  type Call,
  ChatError,
  type ChatFailure,
  type ChatMessage,
  type MessageRef,
  type Permission,
  type Place,
} from "../chat.ts";
import { attempt, isDiscordCode } from "./failures.ts";
import { markOf, messageBodyOf } from "./message-body.ts";
import { picturesAmong } from "./pictures.ts";
import { messageRefIn, placeIn } from "./places.ts";

/** Everything that the bot does to messages, by REST alone: it takes no channel and no message from a cache. */
export interface Outgoing {
  /** A `key` is sent as a nonce that Discord enforces for some minutes, and marks the message for good. */
  post(
    place: Pick<Place, "workspace" | "channel">,
    message: ChatMessage,
    options: Call & { readonly key: string; readonly replyTo?: Pick<MessageRef, "message"> | null },
  ): Promise<MessageRef>;
  edit(message: MessageRef, content: ChatMessage, options: Call): Promise<void>;
  remove(message: MessageRef, options: Call): Promise<void>;
  react(message: MessageRef, emojis: readonly string[], options: Call): Promise<void>;
  directPlace(member: string, options: Call): Promise<Place>;
  picturesIn(message: MessageRef, options: Call): Promise<readonly Attachment[]>;
}

export interface OutgoingParts {
  readonly rest: REST;
  /** What the bot may not do in a channel, as far as is known. */
  readonly missingAtOnce: (channel: string) => readonly Permission[];
}

export function createOutgoing({ rest, missingAtOnce }: OutgoingParts): Outgoing {
  const aimIn = (channel: string, to: string, signal: AbortSignal, needs: readonly Permission[] = []) => ({
    to,
    signal,
    needs,
    missing: () => missingAtOnce(channel),
  });

  return {
    async post({ workspace, channel }, message, { key, replyTo, signal }) {
      const { body, files } = await messageBodyOf(message, markOf(key));
      const once = { nonce: key, enforce_nonce: true, flags: MessageFlags.SuppressEmbeds };
      const send = (reference: object): Promise<unknown> =>
        rest.post(Routes.channelMessages(channel), {
          body: { ...body, ...once, ...reference },
          files,
          signal,
        });
      const needs: readonly Permission[] = files.length > 0 ? ["post", "attach"] : ["post"];
      const posted = await attempt(aimIn(channel, "post a message", signal, needs), async () => {
        const reference = replyTo ? referenceTo(replyTo.message) : {};
        try {
          return await send(reference);
        } catch (error) {
          if (isDiscordCode(error, RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory)) {
            return send({});
          }
          if (!isDiscordCode(error, RESTJSONErrorCodes.InvalidActionOnArchivedThread)) throw error;
          await rest.patch(Routes.channel(channel), { body: { archived: false }, signal });
          return send(reference);
        }
      });
      return messageRefIn({ workspace, channel }, (posted as APIMessage).id);
    },
    async edit({ channel, message }, content, { signal }) {
      const { body, files } = await messageBodyOf(content);
      const aim = aimIn(channel, "edit a message", signal, files.length > 0 ? ["attach"] : ["view"]);
      await attempt(aim, () => rest.patch(Routes.channelMessage(channel, message), { body, files, signal }));
    },
    async remove({ channel, message }, { signal }) {
      try {
        const request = () => rest.delete(Routes.channelMessage(channel, message), { signal });
        await attempt(aimIn(channel, "remove a message", signal, ["view"]), request);
      } catch (error) {
        const isGone = error instanceof ChatError && gone.includes(error.failure);
        if (!isGone) throw error;
      }
    },
    async react({ channel, message }, emojis, { signal }) {
      for (const emoji of emojis) {
        const route = Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(emoji));
        await attempt(aimIn(channel, "add a reaction", signal, ["react", "read-history"]), () =>
          rest.put(route, { signal }),
        );
      }
    },
    async directPlace(member, { signal }) {
      const body = { recipient_id: member };
      const request = () => rest.post(Routes.userChannels(), { body, signal });
      const channel = await attempt({ to: "open a direct conversation", signal }, request);
      return placeIn((channel as APIDMChannel).id, null);
    },
    async picturesIn({ channel, message }, { signal }) {
      try {
        const request = () => rest.get(Routes.channelMessage(channel, message), { signal });
        const found = await attempt(aimIn(channel, "show a message", signal, ["read-history"]), request);
        return picturesAmong((found as APIMessage).attachments);
      } catch (error) {
        if (error instanceof ChatError && unreadable.includes(error.failure)) return [];
        throw error;
      }
    },
  };
}

const gone: readonly ChatFailure[] = ["unknown-message", "unknown-place"];
const unreadable: readonly ChatFailure[] = [...gone, "missing-permission"];

/** A reply that becomes a plain message where what it answers is gone. */
function referenceTo(message: string) {
  const reference = { type: MessageReferenceType.Default, message_id: message, fail_if_not_exists: false };
  return { message_reference: reference };
}
