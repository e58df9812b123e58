import type { Responder } from "../../chat.ts";
import { createReplyResponder } from "../../reply-responder.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";

/** How long an answer to a message may take to go out. */
const deadline = 60_000;

/** Answers a message that called the bot by replies to it. */
export function createReplies(
  outgoing: Outgoing,
  message: { readonly id: string; readonly channel_id: string; readonly guild_id?: string },
): Responder {
  const place = { workspace: message.guild_id ?? null, channel: message.channel_id };
  const replyTo = { message: message.id };
  return createReplyResponder(async (answer, number) => {
    const signal = AbortSignal.timeout(deadline);
    await outgoing.post(place, answer, { key: `${message.id}-${number}`, replyTo, signal });
  });
}
