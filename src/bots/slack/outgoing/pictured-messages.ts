import { type RetryPolicy, type RetryTiming, retry } from "../../../retry.ts";
import { type Call, ChatError, type ChatMessage } from "../../chat.ts";
import { codeOf } from "../failures.ts";
import { type MessageBody, messageBodyOf } from "./message-body.ts";
import type { Uploads } from "./uploads.ts";

/** Messages with pictures, which Slack takes as files that were uploaded before. */
export interface PicturedMessages {
  /**
   * Uploads the pictures, and sends the body that shows them. Ends as `send` does; an edit that refuses its pictures, which
   * a new message may show all the same, ends as `edit-refused`; see `refusesPictures` for a new one that does.
   */
  withPictures<T>(
    message: ChatMessage,
    options: Call & { readonly isPrivate: boolean; readonly isEdit?: boolean },
    send: (body: MessageBody) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly files: readonly string[] }>;
  /** Files of a message that one member sees are kept for a while, since nobody says when it is gone. */
  keepForAWhile(files: readonly string[]): void;
  /** The process ends: they are left to be deleted later. */
  leaveKept(): void;
}

/** Slack may need a moment more before a picture can stand in a message. */
const unknownPicturePolicy: RetryPolicy = {
  isPassing: (error) => codeOf(error) === "invalid_blocks",
  pauses: [500, 1000, 2000, 4000],
};
/** For edits, once one of them was refused for good. */
const refusedEditPolicy: RetryPolicy = { ...unknownPicturePolicy, pauses: [500] };
const believedMilliseconds = 60 * 60_000;
const privateMilliseconds = 60 * 60_000;

export interface PicturedMessageParts {
  readonly uploads: Uploads;
  readonly nameOf: (member: string) => string | null;
  readonly timing: RetryTiming & { readonly now: () => number };
}

export function createPicturedMessages({ uploads, nameOf, timing }: PicturedMessageParts): PicturedMessages {
  let count = 0;
  const kept = new Map<string, NodeJS.Timeout>();
  /** When an edit refused a picture that Slack has. */
  let refusedAt = Number.NEGATIVE_INFINITY;

  function policyFor(isEdit: boolean): RetryPolicy {
    const isRefused = timing.now() - refusedAt < believedMilliseconds;
    return isEdit && isRefused ? refusedEditPolicy : unknownPicturePolicy;
  }

  return {
    async withPictures(message, { isPrivate, isEdit = false, signal }, send) {
      for (let tries = 0; ; tries++) {
        const files = await uploads.take(message.pictures, signal);
        const body = messageBodyOf(message, files, { isPrivate, nameOf });
        const sendBody = () => send(body);
        try {
          const sent = files.length > 0 ? retry(sendBody, policyFor(isEdit), { signal, timing }) : sendBody();
          return { answer: await sent, files };
        } catch (error) {
          uploads.release(files);
          if (files.length === 0 || codeOf(error) !== "invalid_blocks") throw error;
          // Files that somebody deleted on Slack are uploaded anew.
          const gone = await uploads.goneOf(files, signal);
          if (tries === 0 && gone.length > 0) uploads.forget(gone);
          else if (isEdit && isAboutFile(error)) {
            refusedAt = timing.now();
            throw new ChatError("edit-refused", error.message, { cause: error.cause });
          } else throw error;
        }
      }
    },
    keepForAWhile(files) {
      if (files.length === 0) return;
      const name = `private ${++count}`;
      uploads.assign(name, files);
      const end = () => {
        kept.delete(name);
        uploads.assign(name, []);
      };
      kept.set(name, setTimeout(end, privateMilliseconds).unref());
    },
    leaveKept() {
      for (const [name, timer] of kept) {
        clearTimeout(timer);
        uploads.leave(name);
      }
      kept.clear();
    },
  };
}

/** Slack has the pictures of a message, and shows them in none of its blocks. */
export function refusesPictures(error: unknown, { pictures }: ChatMessage): boolean {
  return pictures.length > 0 && codeOf(error) === "invalid_blocks" && isAboutFile(error);
}

/** Slack's reason names the block's part. */
function isAboutFile(error: unknown): error is ChatError {
  return error instanceof ChatError && /slack[ _]file/i.test(error.message);
}
