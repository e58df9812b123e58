import { ChatError, type ChatMessage } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { messageBodyOf } from "./message-body.ts";
import { metadataOf } from "./posted.ts";
import type { PictureUpload } from "./upload-picture.ts";

/** Messages whose pictures no block may show. */
export interface SharedMessages {
  /**
   * Uploads the pictures right into the channel, where Slack makes a message of them, and gives that the text and the buttons.
   * Where it takes none, the pictures and the plain text are there all the same. A key whose message was not there in time is
   * waited for again, not shared again.
   * @returns Slack's ids of the message and of its files
   * @throws ChatError
   */
  post(
    message: ChatMessage,
    order: SharedMessageOrder,
  ): Promise<{ readonly ts: string; readonly files: readonly string[] }>;
}

export interface SharedMessageOrder {
  readonly channel: string;
  readonly thread: string | null;
  readonly key: string;
  readonly signal: AbortSignal;
}

export interface SharedMessageParts {
  readonly client: SlackClient;
  readonly upload: PictureUpload;
  readonly nameOf: (member: string) => string | null;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

const keptMilliseconds = 60 * 60_000;

export function createSharedMessages({ client, upload, nameOf, now }: SharedMessageParts): SharedMessages {
  const shared = createCache<readonly string[]>({ size: 1000, milliseconds: keptMilliseconds, now });
  return {
    async post(message, { channel, thread, key, signal }) {
      const body = messageBodyOf({ ...message, pictures: [] }, [], { isPrivate: false, nameOf });
      const name = `${channel} ${key}`;
      const place = { channel, thread, text: body.text };
      const files = shared.get(name) ?? (await upload.share(message.pictures, place, signal));
      shared.put(name, files);
      const ts = await upload.messageOf(files[0] ?? "", { channel, thread }, signal);
      shared.delete(name);
      try {
        await attempt({ to: "edit a message", signal }, () =>
          client.chat.update({ ...body, channel, ts, metadata: metadataOf(key) }),
        );
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
      }
      return { ts, files };
    },
  };
}
