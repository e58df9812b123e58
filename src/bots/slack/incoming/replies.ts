import { retry } from "../../../retry.ts";
import type { Responder } from "../../chat.ts";
import { createReplyResponder } from "../../reply-responder.ts";
import { answerMilliseconds, answerPolicy, type Interaction, type ResponderParts } from "./responder.ts";

/** What is answered. `shownIn` is the thread that the message stands in. */
export type Message = Pick<Interaction, "key" | "member" | "place" | "shownIn">;

/** Answers a message that called the bot, in its thread. */
export function createReplies(
  { key, member, place, shownIn }: Message,
  { outgoing, signal }: Pick<ResponderParts, "outgoing" | "signal">,
): Responder {
  const within = () => AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]);
  const replies = createReplyResponder(async (answer, number) => {
    const deadline = within();
    const post = () => outgoing.post(place, answer, { key: `${key}-${number}`, signal: deadline });
    await retry(post, answerPolicy, { signal: deadline });
  });
  return {
    ...replies,
    async sayAlone(message) {
      // A thread that nobody has begun yet shows no such message.
      const seen = { ...place, thread: shownIn };
      await outgoing.postEphemeral(seen, member, message, { signal: within() });
    },
  };
}
