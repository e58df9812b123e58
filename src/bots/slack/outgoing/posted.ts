import { z } from "zod";
import { ChatError, type ChatFailure } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { attempt, codeOf } from "../failures.ts";

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

/** Looks for a message of the bot whose posting ended without an answer. */
export interface PostedSearch {
  /**
   * Looks through the one thread that the message was meant for, or through the channel where it was meant for none or the
   * thread is gone: the channel's latest page in any case, since the clock that told `since` may have been set since. `null` as well where the history may not be read. A search that breaks off goes on where it was when
   * it is asked for again: apps that serve others from outside the Marketplace get 15 messages a minute
   * (https://docs.slack.dev/apis/web-api/rate-limits).
   * @throws ChatError `rate-limited` and `unavailable`, which are worth another try
   */
  find(channel: string, search: Search): Promise<Posted | null>;
}

export interface Search {
  readonly key: string;
  /** Where it was posted: a thread, or `null` for none; `undefined` where that is not known, then threads are looked into too. */
  readonly thread: string | null | undefined;
  /** Milliseconds since 1970; threads are read from an hour before. */
  readonly since: number;
  /** Id of the bot. */
  readonly bot: string;
  readonly signal: AbortSignal;
}

const pageLength = 200;
/** 6,000 messages, or half an hour of 15 a minute: more than a channel sees while a post is looked for. */
const maxPages = 30;
/** By how much a clock may have been ahead when a thread was written to. Replies come oldest first, so that it costs pages. */
const threadMargin = 65 * 60_000;
/** Threads that are looked into where the right one is not known. */
const maxThreads = 20;
/** A search that nobody goes on with is forgotten. */
const keptMilliseconds = 60 * 60_000;
const keptSearches = 1000;

const messageSchema = z.object({
  ts: z.string(),
  bot_id: z.string().nullish(),
  latest_reply: z.string().nullish(),
  metadata: z.object({ event_type: z.string(), event_payload: z.looseObject({}) }).nullish(),
});
type Message = z.infer<typeof messageSchema>;

/** How far a search has come. */
interface Progress {
  readonly since: number;
  /** Threads to look through, `null` for the channel itself; the first one is being looked through. */
  readonly left: readonly (string | null)[];
  readonly cursor: string;
  readonly pages: number;
}

/** @param now Monotonic, in milliseconds. */
export function createPostedSearch(client: SlackClient, now: () => number): PostedSearch {
  const searches = createCache<Progress>({ size: keptSearches, milliseconds: keptMilliseconds, now });

  async function walk(channel: string, search: Search, name: string): Promise<Posted | null> {
    const { since, thread: known } = search;
    const before = searches.get(name);
    let progress: Progress =
      before?.since === since ? before : { since, left: [known ?? null], cursor: "", pages: 0 };
    while (progress.pages < maxPages) {
      const [thread, ...rest] = progress.left;
      if (thread === undefined) return null;
      const read = await pageOf(client, { channel, thread, cursor: progress.cursor }, search);
      const found = read.messages.find((message) => isSought(message, search));
      if (found) return { message: found.ts, thread: found.ts === thread ? null : thread };
      const threads = thread === null && known === undefined ? threadsIn(read.messages, since) : [];
      // What answers a message that is gone stands in the channel.
      const instead = read.isGone && thread === known ? [null] : [];
      progress = {
        since,
        left: [...(read.next ? [thread] : instead), ...rest, ...threads].slice(0, maxThreads),
        cursor: read.next,
        pages: progress.pages + 1,
      };
      searches.put(name, progress);
    }
    return null;
  }

  return {
    async find(channel, search) {
      const name = `${channel} ${search.key}`;
      try {
        const found = await walk(channel, search, name);
        searches.delete(name);
        return found;
      } catch (error) {
        if (error instanceof ChatError && error.isPassing) throw error;
        searches.delete(name);
        if (error instanceof ChatError && closed.includes(error.failure)) return null;
        throw error;
      }
    },
  };
}

/** One look into the history; none follows where it came to what is older than `since`. A cursor that Slack does not know any more starts over. */
async function pageOf(
  client: SlackClient,
  { channel, thread, cursor }: { channel: string; thread: string | null; cursor: string },
  { since, signal }: Pick<Search, "since" | "signal">,
): Promise<{ readonly messages: readonly Message[]; readonly next: string; readonly isGone: boolean }> {
  const aim = { to: "show the history", signal, needs: ["read-history"] } as const;
  const range = {
    channel,
    limit: pageLength,
    include_all_metadata: true,
    ...(cursor ? { cursor } : {}),
  } as const;
  try {
    const answer = await attempt(aim, () =>
      thread
        ? client.conversations.replies({ ...range, ts: thread, oldest: timestampOf(since - threadMargin) })
        : client.conversations.history(range),
    );
    const messages = readable(answer.messages);
    const next = answer.response_metadata?.next_cursor ?? "";
    // A channel's come newest first.
    const isPast = !thread && messages.some(({ ts }) => Number(ts) * 1000 < since);
    return { messages, next: isPast ? "" : next, isGone: false };
  } catch (error) {
    const code = codeOf(error);
    if (thread && code === "thread_not_found") return { messages: [], next: "", isGone: true };
    if (cursor && code === "invalid_cursor") {
      return pageOf(client, { channel, thread, cursor: "" }, { since, signal });
    }
    throw error;
  }
}

/** Those under these messages that were written to since. */
function threadsIn(messages: readonly Message[], since: number): readonly string[] {
  return messages.filter(({ latest_reply: at }) => at && Number(at) * 1000 >= since).map(({ ts }) => ts);
}

const closed: readonly ChatFailure[] = ["missing-permission", "unknown-place", "unknown-message"];

function readable(messages: readonly unknown[] | undefined): readonly Message[] {
  return (messages ?? []).flatMap((message) => messageSchema.safeParse(message).data ?? []);
}

/** Other apps may write the same mark. */
function isSought({ bot_id: bot, metadata }: Message, search: Search): boolean {
  return (
    bot === search.bot && metadata?.event_type === eventType && metadata.event_payload.key === search.key
  );
}

function timestampOf(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(6);
}
