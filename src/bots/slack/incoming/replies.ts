import { retry } from "../../../retry.ts";
import type { Responder } from "../../chat.ts";
import { answerMilliseconds, answerPolicy, type Interaction, type ResponderParts } from "./responder.ts";

/** What is answered. `shownIn` is the thread that the message stands in. */
export type Message = Pick<Interaction, "key" | "member" | "place" | "shownIn">;

/** Answers a message that called the bot, in its thread: there is nothing to acknowledge, and nothing that ends. */
export function createReplies(
  { key, member, place, shownIn }: Message,
  { outgoing, signal }: Pick<ResponderParts, "outgoing" | "signal">,
): Responder {
  let count = 0;
  const within = () => AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]);
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
      const deadline = within();
      const mark = `${key}-${++count}`;
      const post = () => outgoing.post(place, message, { key: mark, signal: deadline });
      await retry(post, answerPolicy, { signal: deadline });
    },
    async sayAlone(message) {
      // A thread that nobody has begun yet shows no such message.
      const seen = { ...place, thread: shownIn };
      await outgoing.postEphemeral(seen, member, message, { signal: within() });
    },
  };
}
