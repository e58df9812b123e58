import type { ChatMessage, Responder } from "./chat.ts";

/** Answers a message that called the bot by messages: there is nothing to acknowledge, and no token that ends. */
export function createReplyResponder(
  /** Posts one answer; `number` is 1 for the first of them. */
  post: (answer: ChatMessage, number: number) => Promise<void>,
): Responder {
  let count = 0;
  return {
    isAlive: true,
    async acknowledge() {},
    async acknowledgeSilently() {},
    async openModal() {
      throw new RangeError("Expected an interaction to open a modal for, got a message.");
    },
    async refuseFields() {
      return false;
    },
    say: (answer) => post(answer, ++count),
  };
}
