import { type RetryPolicy, retry } from "../../../retry.ts";
import type { Call, ChatMessage, ChatPlatform, MessageRef, Place } from "../../chat.ts";
import { ChatError } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { nameOfEmoji } from "../emoji-names.ts";
import { attempt, codeOf } from "../failures.ts";
import type { Members } from "../people/members.ts";
import { messageRefIn, placeIn } from "../places.ts";
import { type MessageBody, messageBodyOf } from "./message-body.ts";
import { metadataOf } from "./posted.ts";
import { filesShownIn } from "./standing-message.ts";
import type { Uploads } from "./uploads.ts";

/** The bot's own messages. */
export interface Outgoing extends Pick<ChatPlatform, "post" | "edit" | "remove" | "react" | "directPlace"> {
  /** Shows it to one member of a place. @throws ChatError */
  whisper(place: Place, member: string, message: ChatMessage, options: Call): Promise<void>;
  /** Uploads the pictures, and sends the body that shows them. Ends as `send` does. */
  withPictures<T>(
    message: ChatMessage,
    options: Call & { readonly isPrivate: boolean },
    send: (body: MessageBody) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly files: readonly string[] }>;
  /** Files of a message that one member sees are kept for a while, since nobody says when it is gone. */
  keepForAWhile(files: readonly string[]): void;
}

export interface OutgoingParts {
  readonly client: SlackClient;
  readonly members: Members;
  readonly uploads: Uploads;
  /** The bot's workspace. */
  readonly team: () => Promise<string>;
  /** Called where the bot may not write, or not any more. */
  readonly onRefused: (channel: string) => void;
  /** Monotonic. */
  readonly now: () => number;
}

/** Slack may need a moment more before a picture can stand in a message. */
const unknownPicturePolicy: RetryPolicy = {
  isPassing: (error) => codeOf(error) === "invalid_blocks",
  pauses: [500, 1000, 2000, 4000],
};
const directMilliseconds = 10 * 60_000;
const whisperedMilliseconds = 60 * 60_000;

export function createOutgoing({ client, members, uploads, team, onRefused, now }: OutgoingParts): Outgoing {
  const directs = createCache<string>({ size: 5000, milliseconds: directMilliseconds, now });
  let whispers = 0;

  /** Tries again while Slack does not know the pictures yet. */
  async function whenReady<T>(hasFiles: boolean, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    return hasFiles ? retry(send, unknownPicturePolicy, { signal }) : send();
  }

  const outgoing: Outgoing = {
    async withPictures(message, { isPrivate, signal }, send) {
      const markup = { isPrivate, nameOf: members.nameOf };
      for (let tries = 0; ; tries++) {
        const files = await uploads.take(message.pictures, signal);
        try {
          const body = messageBodyOf(message, files, markup);
          return { answer: await whenReady(files.length > 0, signal, () => send(body)), files };
        } catch (error) {
          uploads.release(files);
          // Files that somebody deleted on Slack are uploaded anew.
          if (files.length === 0 || tries > 0 || codeOf(error) !== "invalid_blocks") throw error;
          uploads.forget(files);
        }
      }
    },

    async post(place, message, { key, replyTo = null, signal }) {
      const aim = { to: "post a message", signal, needs: ["post"] } as const;
      let thread = threadFor(place, replyTo);
      const { answer, files } = await outgoing.withPictures(
        message,
        { isPrivate: false, signal },
        async (body) => {
          const say = () =>
            attempt(aim, () =>
              client.chat.postMessage({
                ...body,
                channel: place.channel,
                ...(thread ? { thread_ts: thread } : {}),
                unfurl_links: false,
                unfurl_media: false,
                metadata: metadataOf(key),
              }),
            );
          try {
            return await say();
          } catch (error) {
            // What it answers was removed: the answer stands by itself.
            const isAlone = thread && error instanceof ChatError && error.failure === "unknown-message";
            if (!isAlone) {
              onRefused(place.channel);
              throw error;
            }
            thread = null;
            return await say();
          }
        },
      );
      const { ts, channel = place.channel } = answer;
      if (!ts) throw new ChatError("unavailable", "Expected Slack to name the message, got none.");
      const ref = messageRefIn({ workspace: place.workspace, channel }, ts, thread);
      uploads.assign(nameOf(ref), files);
      return ref;
    },

    async edit(message, content, { signal }) {
      if (uploads.shownBy(nameOf(message)) === null) {
        const files = await filesShownIn(client, message, signal).catch(() => []);
        uploads.adopt(nameOf(message), files);
      }
      const { files } = await outgoing.withPictures(content, { isPrivate: false, signal }, (body) =>
        attempt({ to: "edit a message", signal }, () =>
          client.chat.update({ ...body, channel: message.channel, ts: message.message }),
        ),
      );
      uploads.assign(nameOf(message), files);
    },

    async remove(message, { signal }) {
      const known = uploads.shownBy(nameOf(message));
      if (known === null) {
        const files = await filesShownIn(client, message, signal).catch(() => []);
        uploads.adopt(nameOf(message), files);
      }
      try {
        await attempt({ to: "delete a message", signal }, () =>
          client.chat.delete({ channel: message.channel, ts: message.message }),
        );
      } catch (error) {
        const isGone = error instanceof ChatError && goneFailures.includes(error.failure);
        if (!isGone) throw error;
      }
      uploads.assign(nameOf(message), []);
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

    async directPlace(member, { signal }) {
      const workspace = await team();
      const known = directs.get(member);
      if (known) return placeIn(workspace, known, null);
      const aim = { to: "open a direct conversation", signal, needs: ["post"] } as const;
      try {
        const { channel } = await attempt(aim, () => client.conversations.open({ users: member }));
        if (!channel?.id) throw new ChatError("direct-refused", "Expected a direct conversation, got none.");
        directs.put(member, channel.id);
        return placeIn(workspace, channel.id, null);
      } catch (error) {
        // Slack has many words for somebody who cannot be written to.
        if (!(error instanceof ChatError) || error.isPassing || error.failure === "missing-permission")
          throw error;
        throw new ChatError("direct-refused", error.message, { cause: error.cause });
      }
    },

    async whisper(place, member, message, { signal }) {
      const { files } = await outgoing.withPictures(message, { isPrivate: true, signal }, (body) =>
        attempt({ to: "show a message to one member", signal }, () =>
          client.chat.postEphemeral({
            ...body,
            channel: place.channel,
            user: member,
            ...(place.thread ? { thread_ts: place.thread } : {}),
          }),
        ),
      );
      outgoing.keepForAWhile(files);
    },

    keepForAWhile(files) {
      if (files.length === 0) return;
      const name = `whisper ${++whispers}`;
      uploads.assign(name, files);
      setTimeout(() => uploads.assign(name, []), whisperedMilliseconds).unref();
    },
  };
  return outgoing;
}

const goneFailures: readonly string[] = ["unknown-message", "unknown-place"];

function threadFor(place: Place, replyTo: MessageRef | null): string | null {
  return place.thread ?? replyTo?.thread ?? replyTo?.message ?? null;
}

function nameOf({ channel, message }: MessageRef): string {
  return `${channel} ${message}`;
}
