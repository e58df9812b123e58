import { type APIMessage, ComponentType, type REST, Routes, SnowflakeUtil } from "discord.js";
import { ChatError, type Place } from "../../chat.ts";
import { attempt } from "../failures.ts";
import { isMark, markOf } from "./message-body.ts";

const pageLength = 100;
/** 2,000 messages: more than a channel sees while a bot is restarted. */
const maxPages = 20;
/** A key begins with the id of its job. */
const jobIdLength = 16;

/**
 * Looks through the history, newest first, for the bot's message with that key: through the last 100 messages in any case, since
 * the clock that told `since` may have been set since, and on as far as messages are later. Discord does not keep a nonce, so a message is told by
 * the mark on its first row of buttons (`markOf`). One that has no mark, and was never edited since, is taken where the
 * id of a button or the name of a file says the job that the key begins with. A message with neither is not found.
 * `null` as well where the history may not be read.
 */
export async function findPosted(
  rest: REST,
  place: Place,
  key: string,
  options: { readonly since: number; readonly me: string; readonly signal: AbortSignal },
): Promise<APIMessage | null> {
  const since = SnowflakeUtil.generate({ timestamp: Math.max(options.since, SnowflakeUtil.epochNumber) });
  let likely: APIMessage | null = null;
  let before: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const messages = await historyBefore(rest, place, before, options.signal);
    for (const message of messages) {
      if (message.author?.id !== options.me) continue;
      if (message.nonce === key || markIn(message) === markOf(key)) return message;
      // The oldest of them.
      if (isLikely(message, key)) likely = message;
    }
    const oldest = messages.at(-1)?.id;
    if (messages.length < pageLength || oldest === undefined || BigInt(oldest) < since) break;
    before = oldest;
  }
  return likely;
}

/** A page of messages, newest first; the latest ones where `before` is `null`. */
async function historyBefore(
  rest: REST,
  { channel }: Place,
  before: string | null,
  signal: AbortSignal,
): Promise<readonly APIMessage[]> {
  const query = new URLSearchParams({ limit: String(pageLength), ...(before === null ? {} : { before }) });
  const aim = { to: "show the history", signal, needs: ["read-history"] } as const;
  try {
    const route = Routes.channelMessages(channel);
    return (await attempt(aim, (own) => rest.get(route, { query, signal: own }))) as APIMessage[];
  } catch (error) {
    if (error instanceof ChatError && error.failure === "missing-permission") return [];
    throw error;
  }
}

function markIn({ components = [] }: APIMessage): number | null {
  const id = components[0]?.id;
  return id !== undefined && isMark(id) ? id : null;
}

function isLikely(message: APIMessage, key: string): boolean {
  if (markIn(message) !== null || message.edited_timestamp) return false;
  const job = key.slice(0, jobIdLength);
  const rows = (message.components ?? []).filter((row) => row.type === ComponentType.ActionRow);
  const buttons = rows.flatMap(({ components }) => components);
  return (
    buttons.some((button) => "custom_id" in button && button.custom_id.includes(job)) ||
    (message.attachments ?? []).some(({ filename }) => filename.replace(/^SPOILER_/, "").startsWith(job))
  );
}
