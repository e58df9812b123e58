import { stat } from "node:fs/promises";
import { EditError } from "../../errors.ts";
import { ChatError, type ChatMessage } from "../chat.ts";

export interface Sending<T> {
  /** Bytes that the message's pictures may have at first. */
  readonly maxBytes: number;
  readonly compose: (maxBytes: number) => Promise<ChatMessage>;
  readonly send: (message: ChatMessage) => Promise<T>;
  /** Told of each limit that was still refused, and of the smaller one that is tried next. */
  readonly onSmaller?: (maxBytes: number) => void;
}

/** What is too large comes with at most this share of its bytes. */
const share = 1 / 3;
/** The first try included: down to a 27th of the bytes. */
const maxTries = 4;

/**
 * Sends a message, with smaller pictures where they are too large: what a platform says that a place takes may be more than
 * it really takes. @throws What the last try failed with
 */
export async function sendSmaller<T>({ maxBytes, compose, send, onSmaller }: Sending<T>): Promise<T> {
  let limit = maxBytes;
  for (let tries = 1; ; tries++) {
    const message = await composed(compose, limit);
    try {
      return await send(message);
    } catch (error) {
      const isTooLarge = error instanceof ChatError && error.failure === "too-large";
      if (!isTooLarge || tries >= maxTries || message.pictures.length === 0) throw error;
      limit = Math.floor(Math.min(limit, await bytesOf(message)) * share);
      onSmaller?.(limit);
    }
  }
}

/** A picture that cannot be made that small is too large for the place. */
async function composed(compose: Sending<unknown>["compose"], limit: number): Promise<ChatMessage> {
  try {
    return await compose(limit);
  } catch (error) {
    if (!(error instanceof EditError) || error.code !== "picture-too-large") throw error;
    throw new ChatError("too-large", error.message, { cause: error });
  }
}

async function bytesOf({ pictures }: ChatMessage): Promise<number> {
  const sizes = await Promise.all(pictures.map(async ({ path }) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
