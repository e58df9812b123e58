import { plainTextOf } from "../../../locales/rich-text.ts";
import type { RetryTiming } from "../../../retry.ts";
import type { Call, ChatMessage, ChatPlatform, MessageRef, Place } from "../../chat.ts";
import { ChatError } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { nameOfEmoji } from "../emoji-names.ts";
import { attempt, codeOf } from "../failures.ts";
import type { Members } from "../people/members.ts";
import { fileOf, messageRefIn } from "../places.ts";
import { createDirectPlaces } from "./direct-places.ts";
import type { MessageBody } from "./message-body.ts";
import { createPicturedMessages, type PicturedMessages, refusesPictures } from "./pictured-messages.ts";
import { metadataOf } from "./posted.ts";
import { createSharedMessages } from "./shared-messages.ts";
import { filesShownIn } from "./standing-message.ts";
import type { PictureUpload } from "./upload-picture.ts";
import type { Uploads } from "./uploads.ts";

/** The bot's own messages. */
export interface Outgoing
  extends Pick<ChatPlatform, "post" | "edit" | "remove" | "react" | "directPlace">,
    PicturedMessages {
  /** Sends a file as a direct message: none can stand in what one member alone is shown. @throws ChatError */
  sendDocument(member: string, message: ChatMessage, options: Call): Promise<void>;
  /** Shows it to one member of a place. @throws ChatError */
  postEphemeral(place: Place, member: string, message: ChatMessage, options: Call): Promise<void>;
}

export interface OutgoingParts {
  readonly client: SlackClient;
  readonly members: Members;
  readonly uploads: Uploads;
  readonly upload: PictureUpload;
  /** The bot's workspace. */
  readonly team: () => Promise<string>;
  /** Called where the bot may not write, or not any more. */
  readonly onRefused: (channel: string) => void;
  /** Monotonic, and how it waits. */
  readonly timing: RetryTiming & { readonly now: () => number };
}

export function createOutgoing(parts: OutgoingParts): Outgoing {
  const { client, members, uploads, onRefused, timing } = parts;
  const { nameOf: nameOfMember } = members;
  const pictured = createPicturedMessages({ uploads, nameOf: nameOfMember, timing });
  const { withPictures, keepForAWhile, leaveKept } = pictured;
  const sharedMessages = createSharedMessages({ ...parts, nameOf: nameOfMember, now: timing.now });

  /** What a message shows may be from before this process began. */
  async function adoptFilesOf(message: MessageRef, signal: AbortSignal, isLast = false): Promise<void> {
    if (uploads.shownBy(nameOf(message)) !== null) return;
    const files = await filesShownIn(client, message, signal).catch((error) => {
      // Once the message is gone nobody can tell.
      if (isLast && error instanceof ChatError && error.isPassing) throw error;
      return [];
    });
    uploads.adopt(nameOf(message), files);
  }

  const directPlace = createDirectPlaces({ ...parts, now: timing.now });

  return {
    withPictures,
    keepForAWhile,
    leaveKept,
    directPlace,

    async sendDocument(member, { text, document }, { signal }) {
      if (!document) return;
      const { channel } = await directPlace(member, { signal });
      const file = { ...document, alt: "", isSpoiler: false };
      await parts.upload.share([file], { channel, thread: null, text: plainTextOf(text) }, signal);
    },

    async post(place, message, { key, replyTo = null, signal }) {
      const order = { place, key, thread: threadFor(place, replyTo), signal };
      const sending = withPictures(message, { isPrivate: false, signal }, (body) =>
        postBody(client, body, order),
      );
      const { ts, channel, thread, files } = await sending
        .then(({ answer, files }) => ({ ...answer, files }))
        .catch(async (error) => {
          onRefused(place.channel);
          if (!refusesPictures(error, message)) throw error;
          const shared = { channel: place.channel, thread: order.thread, key, signal };
          return { ...shared, ...(await sharedMessages.post(message, shared)) };
        });
      const ref = messageRefIn({ workspace: place.workspace, channel }, ts, thread);
      uploads.assign(nameOf(ref), files);
      return ref;
    },

    async edit(message, content, { signal }) {
      await adoptFilesOf(message, signal);
      const { files } = await withPictures(content, { isPrivate: false, isEdit: true, signal }, (body) =>
        attempt({ to: "edit a message", signal }, () =>
          client.chat.update({ ...body, channel: message.channel, ts: message.message }),
        ),
      );
      uploads.assign(nameOf(message), files);
    },

    async remove(message, { signal }) {
      const file = fileOf(message);
      if (file !== null) return uploads.delete(file, signal);
      await adoptFilesOf(message, signal, true);
      await uploads.discard(nameOf(message), signal);
      try {
        await attempt({ to: "delete a message", signal }, () =>
          client.chat.delete({ channel: message.channel, ts: message.message }),
        );
      } catch (error) {
        const isGone = error instanceof ChatError && goneFailures.includes(error.failure);
        if (!isGone) throw error;
      }
    },

    async react({ channel, message }, emojis, { signal }) {
      for (const emoji of emojis) {
        const name = nameOfEmoji(emoji);
        if (name === null) continue;
        try {
          await attempt({ to: "add a reaction", signal, needs: ["react"] }, () =>
            client.reactions.add({ channel, timestamp: message, name }),
          );
        } catch (error) {
          if (codeOf(error) !== "already_reacted") throw error;
        }
      }
    },

    async postEphemeral(place, member, message, { signal }) {
      const { files } = await withPictures(message, { isPrivate: true, signal }, (body) =>
        attempt({ to: "show a message to one member", signal }, () =>
          client.chat.postEphemeral({
            ...body,
            channel: place.channel,
            user: member,
            ...(place.thread ? { thread_ts: place.thread } : {}),
          }),
        ),
      );
      keepForAWhile(files);
    },
  };
}

const goneFailures: readonly string[] = ["unknown-message", "unknown-place"];

interface PostOrder {
  readonly place: Place;
  readonly key: string;
  readonly thread: string | null;
  readonly signal: AbortSignal;
}

/** Posts it in a thread; where what it answers was removed, the answer stands by itself. */
async function postBody(client: SlackClient, body: MessageBody, { place, key, thread, signal }: PostOrder) {
  const aim = { to: "post a message", signal, needs: ["post"] } as const;
  const postIn = async (inThread: string | null) => {
    const posted = await attempt(aim, () =>
      client.chat.postMessage({
        ...body,
        channel: place.channel,
        ...(inThread ? { thread_ts: inThread } : {}),
        unfurl_links: false,
        unfurl_media: false,
        metadata: metadataOf(key),
      }),
    );
    const { ts, channel = place.channel } = posted;
    if (!ts) throw new ChatError("unavailable", "Expected Slack to name the message, got none.");
    return { ts, channel, thread: inThread };
  };
  try {
    return await postIn(thread);
  } catch (error) {
    if (!thread || !(error instanceof ChatError) || error.failure !== "unknown-message") throw error;
    return await postIn(null);
  }
}

/** The thread that a message belongs in; `null` for none. */
export function threadFor(place: Place, replyTo: MessageRef | null): string | null {
  return place.thread ?? replyTo?.thread ?? replyTo?.message ?? null;
}

function nameOf({ channel, message }: MessageRef): string {
  return `${channel} ${message}`;
}
