import { type RetryPolicy, retry } from "../../../retry.ts";
import type { Call, ChatMessage } from "../../chat.ts";
import { codeOf } from "../failures.ts";
import { type MessageBody, messageBodyOf } from "./message-body.ts";
import type { Uploads } from "./uploads.ts";

/** Messages with pictures, which Slack takes as files that were uploaded before. */
export interface PicturedMessages {
  /** Uploads the pictures, and sends the body that shows them. Ends as `send` does. */
  withPictures<T>(
    message: ChatMessage,
    options: Call & { readonly isPrivate: boolean },
    send: (body: MessageBody) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly files: readonly string[] }>;
  /** Files of a message that one member sees are kept for a while, since nobody says when it is gone. */
  keepForAWhile(files: readonly string[]): void;
}

/** Slack may need a moment more before a picture can stand in a message. */
const unknownPicturePolicy: RetryPolicy = {
  isPassing: (error) => codeOf(error) === "invalid_blocks",
  pauses: [500, 1000, 2000, 4000],
};
const privateMilliseconds = 60 * 60_000;

export function createPicturedMessages(
  uploads: Uploads,
  nameOf: (member: string) => string | null,
): PicturedMessages {
  let kept = 0;
  return {
    async withPictures(message, { isPrivate, signal }, send) {
      for (let tries = 0; ; tries++) {
        const files = await uploads.take(message.pictures, signal);
        try {
          const body = messageBodyOf(message, files, { isPrivate, nameOf });
          const sendBody = () => send(body);
          const sent = files.length > 0 ? retry(sendBody, unknownPicturePolicy, { signal }) : sendBody();
          return { answer: await sent, files };
        } catch (error) {
          uploads.release(files);
          // Files that somebody deleted on Slack are uploaded anew.
          if (files.length === 0 || tries > 0 || codeOf(error) !== "invalid_blocks") throw error;
          uploads.forget(files);
        }
      }
    },
    keepForAWhile(files) {
      if (files.length === 0) return;
      const name = `private ${++kept}`;
      uploads.assign(name, files);
      setTimeout(() => uploads.assign(name, []), privateMilliseconds).unref();
    },
  };
}
