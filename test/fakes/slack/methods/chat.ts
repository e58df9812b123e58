import { z } from "zod";
import { invalid, SlackApiError } from "../http/api-error.ts";
import { messageJson } from "../payloads/message-json.ts";
import type { FakeChannel, FakeMessage, Json, MessageContent } from "../types.ts";
import { checkedBlocks, checkedMetadata } from "./content.ts";
import { openDirect } from "./conversations.ts";
import {
  type Call,
  flag,
  id,
  json,
  jsonObject,
  jsonObjects,
  type Method,
  method,
  text,
  timestamp,
} from "./method.ts";

const content = {
  channel: id,
  text: text.optional(),
  blocks: json(z.unknown()).optional(),
  attachments: jsonObjects.optional(),
  markdown_text: text.max(12_000).optional(),
  link_names: flag.optional(),
  parse: z.enum(["none", "full", "client"]).optional(),
};

const looks = { username: text.optional(), icon_emoji: text.optional(), icon_url: text.optional() };

export const chatMethods: Record<string, Method> = {
  "chat.getPermalink": method(null, { channel: id, message_ts: timestamp }, (args, call) => {
    const channel = call.channel(args.channel);
    const message = call.world.messagesIn(channel.id).find(({ ts }) => ts === args.message_ts);
    if (!message || message.deletedAt !== null || message.ephemeralTo !== null)
      throw new SlackApiError("message_not_found");
    const path = `archives/${channel.id}/p${args.message_ts.replace(".", "")}`;
    return { channel: channel.id, permalink: `https://${call.team.domain}.slack.com/${path}` };
  }),
  "chat.postMessage": method(
    "chat:write",
    {
      ...content,
      ...looks,
      thread_ts: timestamp.optional(),
      reply_broadcast: flag.optional(),
      metadata: jsonObject.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
      mrkdwn: flag.optional(),
      as_user: flag.optional(),
    },
    (args, call) => {
      const channel = postable(args.channel, call);
      const message = call.messages.post({
        ...contentOf(args, call, 40_000),
        channel: channel.id,
        user: call.team.botUser.id,
        botId: call.team.botId,
        threadTs: threadOf(channel, args.thread_ts, call),
        unfurlLinks: args.unfurl_links ?? null,
        unfurlMedia: args.unfurl_media ?? null,
      });
      const { ts } = message;
      return { channel: channel.id, ts, message: messageJson(call.world, message, { metadata: true }) };
    },
  ),

  "chat.update": method(
    "chat:write",
    {
      ...content,
      ts: timestamp,
      metadata: jsonObject.optional(),
      as_user: flag.optional(),
      file_ids: json(z.union([z.array(id), text.transform((list) => list.split(","))])).optional(),
      reply_broadcast: flag.optional(),
    },
    (args, call) => {
      const message = ownMessage(args.channel, args.ts, call, "cant_update_message");
      if (call.channel(args.channel).isArchived) throw new SlackApiError("is_inactive");
      const { editWindow } = call.world.settings;
      if (editWindow !== null && call.world.clock.now() - Number(message.ts) * 1000 > editWindow) {
        throw new SlackApiError("edit_window_closed");
      }
      const change = withoutOldBlocks(contentOf(args, call, 4000));
      if (call.world.settings.editsNeedShare) refuseUnshared(change.blocks ?? [], message, call);
      if (args.file_ids !== undefined) warnOfUnsharedFiles(args.file_ids, message, args, call);
      call.messages.update(
        message,
        args.file_ids === undefined ? change : { ...change, files: args.file_ids },
      );
      const changed = messageJson(call.world, message, { metadata: true });
      return { channel: message.channel, ts: message.ts, text: message.content.text, message: changed };
    },
  ),

  "chat.delete": method(
    "chat:write",
    { channel: id, ts: timestamp, as_user: flag.optional() },
    (args, call) => {
      const message = ownMessage(args.channel, args.ts, call, "cant_delete_message");
      call.messages.remove(message);
      return { channel: message.channel, ts: message.ts };
    },
  ),

  "chat.postEphemeral": method(
    "chat:write",
    { ...content, ...looks, user: id, thread_ts: timestamp.optional(), as_user: flag.optional() },
    (args, call) => {
      const channel = postable(args.channel, call);
      if (!channel.members.has(args.user)) throw new SlackApiError("user_not_in_channel");
      const message = call.messages.post({
        ...contentOf(args, call, 40_000),
        channel: channel.id,
        user: call.team.botUser.id,
        botId: call.team.botId,
        threadTs: threadOf(channel, args.thread_ts, call),
        ephemeralTo: args.user,
      });
      return { message_ts: message.ts };
    },
  ),
};

interface ContentArgs {
  readonly text?: string | undefined;
  readonly markdown_text?: string | undefined;
  readonly blocks?: unknown;
  readonly attachments?: Json[] | undefined;
  readonly metadata?: Json | undefined;
}

/** What an app says, checked; only the parts that it names. */
export function contentOf(
  args: ContentArgs,
  { world, team }: Pick<Call, "world" | "team">,
  maxText: number,
): Partial<MessageContent> {
  const hasContent = [args.text, args.markdown_text, args.blocks, args.attachments].some(
    (part) => part !== undefined && part !== "",
  );
  if (!hasContent) throw new SlackApiError("no_text");
  if (args.markdown_text !== undefined && (args.text !== undefined || args.blocks !== undefined)) {
    throw new SlackApiError("markdown_text_conflict");
  }
  const said = args.text ?? args.markdown_text;
  if (said !== undefined && said.length > maxText) throw new SlackApiError("msg_too_long");
  return {
    ...(said === undefined ? {} : { text: said }),
    ...(args.blocks === undefined ? {} : { blocks: checkedBlocks(world, team, args.blocks) }),
    ...(args.attachments === undefined ? {} : { attachments: args.attachments }),
    ...(args.metadata === undefined ? {} : { metadata: checkedMetadata(args.metadata) }),
  };
}

/** A channel that the bot may write to; a user id stands for the DM with them. */
export function postable(channelId: string, call: Call): FakeChannel {
  const isUser = call.world.users.get(channelId)?.team === call.team.id;
  const channel = isUser ? openDirect(channelId, call) : call.channel(channelId);
  const member = channel.user === null ? undefined : call.world.users.get(channel.user);
  if (member?.refusesDirectMessages) throw new SlackApiError(member.refusesDirectMessages);
  if (channel.isArchived) throw new SlackApiError("is_archived");
  const isOpenToAll = channel.kind === "public" && call.world.settings.scopes.has("chat:write.public");
  if (!channel.members.has(call.team.botUser.id) && !isOpenToAll) throw new SlackApiError("not_in_channel");
  if (channel.refusesBot !== null) throw new SlackApiError(channel.refusesBot);
  return channel;
}

/** The thread's parent. Slack takes a reply's timestamp too and means its thread. */
export function threadOf(
  channel: FakeChannel,
  ts: string | undefined,
  { world }: Pick<Call, "world">,
): string | null {
  if (ts === undefined) return null;
  const parent = world.findMessage(channel.id, ts);
  if (parent === undefined) throw new SlackApiError("thread_not_found");
  return parent.threadTs ?? parent.ts;
}

/** An update with text but without blocks takes the old blocks away; one without text keeps them. */
function withoutOldBlocks(change: Partial<MessageContent>): Partial<MessageContent> {
  return change.text !== undefined && change.blocks === undefined ? { ...change, blocks: [] } : change;
}

/** Slack takes such a file and then shows "file not found": https://github.com/slackapi/bolt-python/issues/1295 */
function warnOfUnsharedFiles(
  ids: readonly string[],
  message: FakeMessage,
  args: Json,
  { world }: Call,
): void {
  const unshared = ids.filter(
    (id) => !world.files.get(id)?.shares.some(({ channel }) => channel === message.channel),
  );
  if (unshared.length === 0) return;
  const problems = unshared.map((id) => `file ${id} was never shared in this channel and will not show`);
  world.violations.push({ method: "chat.update", problems, args });
}

/**
 * Reports of 2025 and 2026 have edits refused that show a file which no message shares, where posting it works.
 * What the message shows already can stay.
 */
function refuseUnshared(blocks: readonly Json[], message: FakeMessage, { world }: Call): void {
  const before = JSON.stringify(message.content.blocks);
  const problems = blocks.flatMap((block, index) => {
    const { id } = (block.slack_file ?? {}) as { readonly id?: string };
    const isShared =
      id === undefined || before.includes(`"${id}"`) || world.files.get(id)?.shares.length !== 0;
    return isShared ? [] : [`invalid slack file [json-pointer:/blocks/${index}/slack_file]`];
  });
  if (problems.length === 0) return;
  const { errors, response_metadata } = invalid("invalid_blocks", problems).fields;
  throw new SlackApiError("invalid_blocks", { errors, response_metadata }, { isByRule: true });
}

function ownMessage(channelId: string, ts: string, call: Call, refusal: string): FakeMessage {
  const channel = call.channel(channelId);
  const message = call.world.findMessage(channel.id, ts);
  const isThere = message !== undefined && message.deletedAt === null && message.ephemeralTo === null;
  if (!isThere) throw new SlackApiError("message_not_found");
  if (message.user !== call.team.botUser.id) throw new SlackApiError(refusal);
  return message;
}
