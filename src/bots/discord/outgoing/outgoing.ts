import {
  type APIDMChannel,
  type APIMessage,
  type APIUser,
  MessageFlags,
  MessageReferenceType,
  MessageType,
  type RawFile,
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
  type ChatPlatform,
  type MessageRef,
  type Permission,
  type Place,
} from "../../chat.ts";
import { type Aim, attempt, isDiscordCode } from "../failures.ts";
import { picturesOf } from "../incoming/pictures.ts";
import { messageRefIn, placeIn } from "../places.ts";
import { markOf, messageBodyOf } from "./message-body.ts";

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
  readonly pictureMessages: ChatPlatform["pictureMessages"];
  avatarOf(member: string, cdnUrl: string, options: Call): Promise<Attachment | null>;
}

export interface OutgoingParts {
  readonly rest: REST;
  /** What the bot may not do in a channel, as far as is known. */
  readonly missingAtOnce: (channel: string) => readonly Permission[];
  /** False where another process hears what is done in direct conversations: buttons there would be its to answer. */
  readonly hearsDirect: boolean;
}

export function createOutgoing({ rest, missingAtOnce, hearsDirect }: OutgoingParts): Outgoing {
  const isHeard = (workspace: string | null) => workspace !== null || hearsDirect;
  const shown = (workspace: string | null, message: ChatMessage): ChatMessage =>
    isHeard(workspace) ? message : { ...message, buttons: [] };
  const aimIn = (channel: string, to: string, { signal }: Call, needs: readonly Permission[]): Aim => ({
    to,
    signal,
    needs,
    missing: () => missingAtOnce(channel),
  });

  return {
    async post({ workspace, channel }, message, options) {
      const { body, files } = await messageBodyOf(shown(workspace, message), {
        mark: markOf(options.key),
      });
      const once = {
        nonce: options.key,
        enforce_nonce: true,
        flags: MessageFlags.SuppressEmbeds | (body.flags ?? 0),
      };
      const reference = options.replyTo ? referenceTo(options.replyTo.message) : {};
      const aim = aimIn(channel, "post a message", options, files.length > 0 ? ["post", "attach"] : ["post"]);
      const posted = await attempt(aim, (signal) =>
        create(rest, channel, { body: { ...body, ...once }, reference, files, signal }),
      );
      return messageRefIn({ workspace, channel }, posted.id);
    },
    async edit({ workspace, channel, message }, content, call) {
      const { body, files } = await messageBodyOf(shown(workspace, content));
      const route = Routes.channelMessage(channel, message);
      const aim = aimIn(channel, "edit a message", call, files.length > 0 ? ["attach"] : ["view"]);
      await attempt(aim, (signal) => rest.patch(route, { body, files, signal }));
    },
    async remove({ channel, message }, call) {
      const route = Routes.channelMessage(channel, message);
      const aim = aimIn(channel, "remove a message", call, ["view"]);
      try {
        await attempt(aim, (signal) => rest.delete(route, { signal }));
      } catch (error) {
        if (!(error instanceof ChatError) || !gone.includes(error.failure)) throw error;
      }
    },
    async react({ workspace, channel, message }, emojis, call) {
      if (!isHeard(workspace)) return;
      const aim = aimIn(channel, "add a reaction", call, ["react", "read-history"]);
      for (const emoji of emojis) {
        const route = Routes.channelMessageOwnReaction(channel, message, encodeURIComponent(emoji));
        await attempt(aim, (signal) => rest.put(route, { signal }));
      }
    },
    async directPlace(member, call) {
      const body = { recipient_id: member };
      const aim = { to: "open a direct conversation", signal: call.signal };
      const channel = await attempt(aim, (signal) => rest.post(Routes.userChannels(), { body, signal }));
      return placeIn((channel as APIDMChannel).id, null);
    },
    async pictureMessages(place, { before, ...call }) {
      const { channel } = place;
      const query = new URLSearchParams({
        limit: String(latestMessages),
        ...(before ? { before: before.message } : {}),
      });
      const aim = aimIn(channel, "show the history", call, ["read-history"]);
      try {
        const route = Routes.channelMessages(channel);
        const found = (await attempt(aim, (signal) => rest.get(route, { query, signal }))) as APIMessage[];
        return found
          .filter(
            (each) =>
              picturesOf(each.referenced_message && isOpening(each) ? each.referenced_message : each).length >
              0,
          )
          .map((each) => shownAs(place, each));
      } catch (error) {
        if (error instanceof ChatError && unreadable.includes(error.failure)) return [];
        throw error;
      }
    },
    async avatarOf(member, cdnUrl, { signal }) {
      const aim = { to: "show a member", signal };
      const user = (await attempt(aim, (own) => rest.get(Routes.user(member), { signal: own }))) as APIUser;
      if (!user.avatar) return null;
      // As a still picture, also where it moves.
      const url = `${cdnUrl}/avatars/${user.id}/${user.avatar}.png?size=${avatarSide}`;
      return { id: user.avatar, fileName: "avatar.png", url, contentType: null, bytes: null };
    },
    async picturesIn({ channel, message }, call) {
      const route = Routes.channelMessage(channel, message);
      const aim = aimIn(channel, "show a message", call, ["read-history"]);
      try {
        const found = (await attempt(aim, (signal) => rest.get(route, { signal }))) as APIMessage;
        return picturesOf(found);
      } catch (error) {
        if (error instanceof ChatError && unreadable.includes(error.failure)) return [];
        throw error;
      }
    },
  };
}

/** Pixels a side, a power of two; smaller ones come as they are. */
const avatarSide = 1024;

/** Of the history that is looked through for a picture. */
const latestMessages = 50;

/** The message itself; of one that opens a thread the message of the channel that it stands for. */
function shownAs(place: Pick<Place, "workspace" | "channel">, message: APIMessage): MessageRef {
  const { message_reference: opened } = message;
  if (!isOpening(message) || !opened?.message_id) return messageRefIn(place, message.id);
  return messageRefIn({ ...place, channel: opened.channel_id }, opened.message_id);
}

function isOpening({ type }: APIMessage): boolean {
  return type === MessageType.ThreadStarterMessage;
}

const gone: readonly ChatFailure[] = ["unknown-message", "unknown-place"];
const unreadable: readonly ChatFailure[] = [...gone, "missing-permission"];

interface NewMessage {
  readonly body: object;
  readonly reference: object;
  readonly files: RawFile[];
  readonly signal: AbortSignal;
}

/** Where the history is closed, a reply becomes a plain message; a thread that was archived meanwhile is opened again. */
async function create(rest: REST, channel: string, message: NewMessage): Promise<APIMessage> {
  const { body, reference, files, signal } = message;
  const send = async (extra: object) => {
    const sent = { body: { ...body, ...extra }, files, signal };
    return (await rest.post(Routes.channelMessages(channel), sent)) as APIMessage;
  };
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
}

/** A reply that becomes a plain message where what it answers is gone. */
function referenceTo(message: string) {
  const reference = { type: MessageReferenceType.Default, message_id: message, fail_if_not_exists: false };
  return { message_reference: reference };
}
