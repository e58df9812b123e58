import { retry } from "../../../retry.ts";
import type { Responder } from "../../chat.ts";
import { answerMilliseconds, answerPolicy, type Interaction, type ResponderParts } from "./responder.ts";

/** Answers a message that called the bot, in its thread: there is nothing to acknowledge, and nothing that ends. */
export function createReplies(
  { key, place }: Pick<Interaction, "key" | "place">,
  { outgoing, signal }: Pick<ResponderParts, "outgoing" | "signal">,
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
    async say(message) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]);
      const mark = `${key}-${++count}`;
      const post = () => outgoing.post(place, message, { key: mark, signal: deadline });
      await retry(post, answerPolicy, { signal: deadline });
    },
  };
}
