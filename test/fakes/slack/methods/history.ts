import { SlackApiError } from "../http/api-error.ts";
import { messageJson } from "../payloads/message-json.ts";
import type { FakeChannel, FakeMessage } from "../types.ts";
import { pageOf } from "./conversations.ts";
import { type Call, flag, id, type Method, method, text, whole } from "./method.ts";

const range = {
  channel: id,
  oldest: text.optional(),
  latest: text.optional(),
  inclusive: flag.optional(),
  limit: whole.min(0).max(999).optional(),
  cursor: text.optional(),
  include_all_metadata: flag.optional(),
};

export const historyMethods: Record<string, Method> = {
  "conversations.history": method(null, range, (args, call) => {
    const channel = readable(args.channel, call);
    const before = args.cursor ? cursorTime(args.cursor) : null;
    const all = call.world
      .messagesIn(channel.id)
      .filter(
        (message) =>
          isPublic(message) &&
          (message.threadTs === null || message.threadTs === message.ts) &&
          (before === null || microseconds(message.ts) < before) &&
          isWithin(message, args),
      );
    const { page, hasMore } = pageOf(all.reverse(), undefined, pageSize(call, args.limit || 100));
    const metadata = args.include_all_metadata === true;
    const messages = page.map((message) => messageJson(call.world, message, { metadata }));
    const last = page.at(-1)?.ts ?? "";
    const next = hasMore ? Buffer.from(`next_ts:${last}`).toString("base64url") : "";
    return { messages, has_more: hasMore, pin_count: 0, response_metadata: { next_cursor: next } };
  }),

  "conversations.replies": method(null, { ...range, ts: id }, (args, call) => {
    const channel = readable(args.channel, call);
    const asked = call.world.findMessage(channel.id, args.ts);
    if (asked === undefined || !isPublic(asked)) throw new SlackApiError("thread_not_found");
    const parent = call.world.findMessage(channel.id, asked.threadTs ?? asked.ts) ?? asked;
    const replies = call.world.repliesTo(channel.id, parent.ts).filter(isPublic);
    const all = [parent, ...replies.filter((reply) => isWithin(reply, args))];
    const { page, hasMore, response_metadata } = pageOf(all, args.cursor, pageSize(call, args.limit || 1000));
    const metadata = args.include_all_metadata === true;
    const messages = page.map((message) => messageJson(call.world, message, { metadata }));
    return { messages, has_more: hasMore, response_metadata };
  }),
};

/** Apps that serve others from outside the Marketplace get 15 messages at a time. */
function pageSize({ world }: Call, asked: number): number {
  return world.settings.isOutsideMarketplace ? Math.min(15, asked) : asked;
}

const historyScopes = { public: "channels:history", private: "groups:history", im: "im:history" };

function readable(channelId: string, call: Call): FakeChannel {
  const channel = call.channel(channelId);
  call.need(historyScopes[channel.kind]);
  if (!channel.members.has(call.team.botUser.id)) throw new SlackApiError("not_in_channel");
  return channel;
}

function isPublic(message: FakeMessage): boolean {
  return message.deletedAt === null && message.ephemeralTo === null;
}

/** The oldest message of the page before; messages that arrive in between shift nothing. */
function cursorTime(cursor: string): bigint {
  const ts = /^next_ts:(\d+\.\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  if (ts === undefined) throw new SlackApiError("invalid_cursor");
  return microseconds(ts);
}

/** Compared in whole microseconds: a timestamp has more digits than a number holds. */
function isWithin(
  { ts }: FakeMessage,
  range: { oldest?: string | undefined; latest?: string | undefined; inclusive?: boolean | undefined },
): boolean {
  const at = microseconds(ts);
  const oldest = range.oldest === undefined ? 0n : microseconds(range.oldest);
  const latest = range.latest === undefined ? at + 1n : microseconds(range.latest);
  return range.inclusive === true ? at >= oldest && at <= latest : at > oldest && at < latest;
}

function microseconds(ts: string): bigint {
  const [seconds = "0", fraction = ""] = ts.split(".");
  if (!/^\d+$/.test(seconds) || !/^\d*$/.test(fraction)) throw new SlackApiError("invalid_ts_oldest");
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}
