import { ChatError, type ChatFailure, type ChatPlatform, type MessageRef, type Place } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { messageRefIn } from "../places.ts";
import { messageSchema, type SlackMessage } from "./payloads.ts";
import { filesIn } from "./pictures.ts";

/** Of the history that is looked through for a picture; apps from outside the Marketplace get 15. */
const latestMessages = 50;
/** Threads of a channel that are looked into: the bot answers a mention in its thread. */
const latestThreads = 3;

/** `ChatPlatform.pictureMessages`: a picture in a thread counts for its channel, at its own time. */
export function createPictureMessages(client: SlackClient): ChatPlatform["pictureMessages"] {
  async function inThread(place: Place, thread: string, signal: AbortSignal): Promise<readonly MessageRef[]> {
    const range = { channel: place.channel, ts: thread, limit: 200 };
    const found: SlackMessage[] = [];
    // Replies come oldest first.
    for (let cursor = "", pages = 0; pages < 5; pages++) {
      const { messages, response_metadata } = await attempt(aimWith(signal), () =>
        client.conversations.replies({ ...range, ...(cursor ? { cursor } : {}) }),
      );
      found.push(...readable(messages));
      cursor = response_metadata?.next_cursor ?? "";
      if (!cursor) break;
    }
    return pictured(found).map(({ ts }) => messageRefIn(place, ts, thread));
  }

  async function inChannel(place: Place, latest: string | null, signal: AbortSignal) {
    const range = { channel: place.channel, limit: latestMessages, ...(latest ? { latest } : {}) };
    const { messages } = await attempt(aimWith(signal), () => client.conversations.history(range));
    const all = readable(messages);
    const threads = all.filter(({ latest_reply: at }) => at).toSorted((a, b) => later(lastOf(a), lastOf(b)));
    const refs = pictured(all).map(({ ts }) => messageRefIn(place, ts, null));
    for (const { ts } of threads.slice(0, latestThreads)) refs.push(...(await inThread(place, ts, signal)));
    const unique = new Map(refs.map((ref) => [ref.message, ref]));
    return [...unique.values()].toSorted((a, b) => later(a.message, b.message));
  }

  return async (place, { before, signal }) => {
    const isBefore = ({ message }: MessageRef) => before === null || later(before.message, message) < 0;
    try {
      // A mention that stands in the channel is the thread that will hang on it.
      const thread = place.thread === before?.message ? null : place.thread;
      const own = thread === null ? [] : (await inThread(place, thread, signal)).filter(isBefore);
      if (own.length > 0) return own;
      return (await inChannel(place, before?.message ?? null, signal)).filter(isBefore);
    } catch (error) {
      if (error instanceof ChatError && closed.includes(error.failure)) return [];
      throw error;
    }
  };
}

const aimWith = (signal: AbortSignal) =>
  ({ to: "show the history", signal, needs: ["read-history"] }) as const;
const closed: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];

function readable(messages: readonly unknown[] | undefined): readonly SlackMessage[] {
  return (messages ?? []).flatMap((message) => messageSchema.safeParse(message).data ?? []);
}

/** Newest first. */
function pictured(messages: readonly SlackMessage[]): readonly SlackMessage[] {
  return messages.filter((each) => filesIn(each).length > 0).toSorted((a, b) => later(a.ts, b.ts));
}

function lastOf({ ts, latest_reply: at }: SlackMessage): string {
  return at ?? ts;
}

/** Negative where the first timestamp is the later one: whole seconds and a fraction of six digits. */
function later(a: string, b: string): number {
  return Number(b) - Number(a);
}
