import { z } from "zod";
import { ChatError, type ChatFailure, type Place } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";

const eventType = "lrbot_message";

/** The mark of a message of ours, which its edits keep. https://docs.slack.dev/messaging/message-metadata */
export function metadataOf(key: string) {
  return { event_type: eventType, event_payload: { key } };
}

/** Where a message with a mark was found. */
export interface Posted {
  readonly message: string;
  readonly thread: string | null;
}

export interface Search {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Id of the bot. */
  readonly bot: string;
  readonly signal: AbortSignal;
}

const pageLength = 200;
/** 2,000 messages: more than a channel sees while a bot is restarted. */
const maxPages = 10;
/** Threads that are looked into besides. */
const maxThreads = 20;

const messageSchema = z.object({
  ts: z.string(),
  bot_id: z.string().nullish(),
  latest_reply: z.string().nullish(),
  metadata: z.object({ event_type: z.string(), event_payload: z.looseObject({}) }).nullish(),
});
type Message = z.infer<typeof messageSchema>;

/**
 * Looks through the history for the bot's message with that key: in the place's thread, or in the channel and in those of
 * its threads that hang on one of the latest messages and were written to since. `null` as well where the history may
 * not be read.
 */
export async function findPosted(client: SlackClient, place: Place, search: Search): Promise<Posted | null> {
  try {
    if (place.thread) return await findInThread(client, place.channel, place.thread, search);
    return await findInChannel(client, place.channel, search);
  } catch (error) {
    if (error instanceof ChatError && closed.includes(error.failure)) return null;
    throw error;
  }
}

const closed: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];
const aimWith = (signal: AbortSignal) =>
  ({ to: "show the history", signal, needs: ["read-history"] }) as const;

async function findInChannel(client: SlackClient, channel: string, search: Search): Promise<Posted | null> {
  const { since, signal } = search;
  const threads: string[] = [];
  let cursor = "";
  for (let page = 0; page < maxPages; page++) {
    // Newest first. Older ones are read as well, for the threads under them.
    const answer = await attempt(aimWith(signal), () =>
      client.conversations.history({
        channel,
        limit: pageLength,
        include_all_metadata: true,
        ...(cursor ? { cursor } : {}),
      }),
    );
    const messages = readable(answer.messages);
    const found = messages.find((message) => isSought(message, search));
    if (found) return { message: found.ts, thread: null };
    threads.push(...messages.filter(({ latest_reply: at }) => at && isSince(at, since)).map(({ ts }) => ts));
    cursor = answer.response_metadata?.next_cursor ?? "";
    if (!cursor || !messages.some(({ ts }) => isSince(ts, since))) break;
  }
  for (const thread of threads.slice(0, maxThreads)) {
    const found = await findInThread(client, channel, thread, search);
    if (found) return found;
  }
  return null;
}

async function findInThread(
  client: SlackClient,
  channel: string,
  thread: string,
  search: Search,
): Promise<Posted | null> {
  let cursor = "";
  for (let page = 0; page < maxPages; page++) {
    const answer = await attempt(aimWith(search.signal), () =>
      client.conversations.replies({
        channel,
        ts: thread,
        oldest: timestampOf(search.since),
        limit: pageLength,
        include_all_metadata: true,
        ...(cursor ? { cursor } : {}),
      }),
    );
    const found = readable(answer.messages).find((message) => isSought(message, search));
    if (found) return { message: found.ts, thread: found.ts === thread ? null : thread };
    cursor = answer.response_metadata?.next_cursor ?? "";
    if (!cursor) return null;
  }
  return null;
}

function readable(messages: readonly unknown[] | undefined): readonly Message[] {
  return (messages ?? []).flatMap((message) => messageSchema.safeParse(message).data ?? []);
}

/** Other apps may write the same mark. */
function isSought({ bot_id: bot, metadata }: Message, search: Search): boolean {
  return (
    bot === search.bot && metadata?.event_type === eventType && metadata.event_payload.key === search.key
  );
}

function isSince(ts: string, since: number): boolean {
  return Number(ts) * 1000 >= since;
}

function timestampOf(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(6);
}
