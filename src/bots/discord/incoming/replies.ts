import type { Responder } from "../../chat.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";

/** How long an answer to a message may take to go out. */
const deadline = 60_000;

/** Answers a message that called the bot by replies to it: there is nothing to acknowledge, and no token that ends. */
export function createReplies(
  outgoing: Outgoing,
  message: { readonly id: string; readonly channel_id: string; readonly guild_id?: string },
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
    async say(content) {
      const place = { workspace: message.guild_id ?? null, channel: message.channel_id };
      const key = `${message.id}-${++count}`;
      const signal = AbortSignal.timeout(deadline);
      await outgoing.post(place, content, { key, replyTo: { message: message.id }, signal });
    },
  };
}
