import { z } from "zod";
import { refuse } from "../http/api-error.ts";
import { buckets } from "../http/rate-limits.ts";
import type { Answer, Route, RouteCall } from "../http/rest.ts";
import { attachmentsAfter, refuseDangling, refuseLosingComponents } from "../http/uploads.ts";
import type { Context } from "../payloads/context.ts";
import type { AllowedMentions } from "../payloads/mentions.ts";
import { noncePayload } from "../payloads/message-payload.ts";
import type { FakeChannel, FakeMessage, Json } from "../types.ts";
import { may } from "../world/permissions.ts";
import { existingMessage, needPermission, shownMessage, snowflake, visibleChannel } from "./places.ts";

/** Messages of a channel: post, list, get, edit, delete. */
export function messageRoutes(context: Context): Route[] {
  const one = "/channels/:channel/messages/:message";
  const all = "/channels/:channel/messages";
  return [
    {
      method: "GET",
      path: all,
      auth: "bot",
      bucket: buckets.read,
      query: {
        limit: z
          .string()
          .regex(/^([1-9]\d?|100)$/)
          .optional(),
        before: snowflake.optional(),
        after: snowflake.optional(),
        around: snowflake.optional(),
      },
      handle: (call) => list(context, call),
    },
    {
      method: "POST",
      path: all,
      auth: "bot",
      bucket: buckets.messageCreate,
      body: "messageCreate",
      handle: (call) => post(context, call),
    },
    {
      method: "GET",
      path: one,
      auth: "bot",
      bucket: buckets.read,
      handle(call) {
        const channel = visibleChannel(context, call.param("channel"));
        needPermission(context, channel, "ReadMessageHistory");
        const message = existingMessage(context, channel, call.param("message"));
        if (message.visibleTo !== null) throw refuse.unknownMessage();
        return { status: 200, body: shownMessage(context, message) };
      },
    },
    {
      method: "PATCH",
      path: one,
      auth: "bot",
      bucket: buckets.messageEdit,
      body: "messageEdit",
      handle: (call) => edit(context, call),
    },
    {
      method: "DELETE",
      path: one,
      auth: "bot",
      bucket: buckets.messageDelete,
      handle(call) {
        const channel = visibleChannel(context, call.param("channel"));
        const message = existingMessage(context, channel, call.param("message"));
        if (message.authorId !== context.world.bot.id) needPermission(context, channel, "ManageMessages");
        context.messages.remove(message);
        return { status: 204 };
      },
    },
  ];
}

/** The fields of a message's body that an edit changes; `null` and absence both leave text, files and buttons apart. */
export function changesIn(body: Json) {
  return {
    ...(body.content === undefined ? {} : { content: String(body.content ?? "") }),
    ...(body.embeds === undefined ? {} : { embeds: (body.embeds ?? []) as Json[] }),
    ...(body.components === undefined ? {} : { components: (body.components ?? []) as Json[] }),
    allowedMentions: (body.allowed_mentions ?? null) as AllowedMentions | null,
  };
}

/** @throws ApiError 50006, 50035 where it shows a file that it does not have */
export function refuseHollow(
  message: Pick<FakeMessage, "content" | "embeds" | "components" | "attachments">,
): void {
  refuseDangling(message);
  const { content, embeds, components, attachments } = message;
  if (content.trim() === "" && embeds.length + components.length + attachments.length === 0) {
    throw refuse.emptyMessage();
  }
}

function list(context: Context, call: RouteCall): Answer {
  const channel = visibleChannel(context, call.param("channel"));
  const limit = Number(call.query.limit ?? 50);
  const { before, after, around } = call.query;
  if (!may(context.world, channel, context.world.bot.id, "ReadMessageHistory"))
    return { status: 200, body: [] };
  const messages = context.messages.shown(channel);
  const id = (message: FakeMessage) => BigInt(message.id);
  let picked = messages.slice(-limit);
  if (before !== undefined) picked = messages.filter((each) => id(each) < BigInt(before)).slice(-limit);
  if (after !== undefined) picked = messages.filter((each) => id(each) > BigInt(after)).slice(0, limit);
  if (around !== undefined) {
    const half = Math.floor(limit / 2);
    const older = messages.filter((each) => id(each) < BigInt(around)).slice(-half);
    const rest = messages.filter((each) => id(each) >= BigInt(around)).slice(0, limit - older.length);
    picked = [...older, ...rest];
  }
  // Newest first, whatever was asked.
  return { status: 200, body: picked.toReversed().map((message) => shownMessage(context, message)) };
}

function post(context: Context, call: RouteCall): Answer {
  const { world, messages, settings } = context;
  const { body, files } = call;
  const channel = visibleChannel(context, call.param("channel"));
  refusePosting(context, channel, body, files.length > 0);
  const nonce = (body.nonce ?? null) as string | number | null;
  if (body.enforce_nonce === true && nonce !== null) {
    const earlier = messages.withNonce(world.bot.id, nonce, settings.nonceWindow);
    // What was posted and then deleted is not posted again: that is a safe retry too.
    if (earlier && earlier.deletedAt !== null) throw refuse.unknownMessage();
    if (earlier) return { status: 200, body: created(context, earlier) };
  }
  const replyTo = referenced(context, channel, body);
  const content = {
    content: "",
    embeds: [],
    components: [],
    ...changesIn(body),
    attachments: attachmentsAfter(context, channel, body, files, null),
    flags: Number(body.flags ?? 0),
    nonce,
    replyTo,
  };
  refuseHollow(content);
  return { status: 200, body: created(context, messages.create(channel, world.bot.id, content)) };
}

function created(context: Context, message: FakeMessage): Json {
  return { ...shownMessage(context, message), ...noncePayload(message) };
}

function refusePosting(context: Context, channel: FakeChannel, body: Json, hasFiles: boolean): void {
  const recipient = context.world.users.get(channel.recipientId ?? "");
  if (recipient?.refusesDirectMessages) throw refuse.cannotSendToUser();
  needPermission(context, channel, channel.type === 11 ? "SendMessagesInThreads" : "SendMessages");
  if (hasFiles) needPermission(context, channel, "AttachFiles");
  if (((body.embeds ?? []) as Json[]).length > 0) needPermission(context, channel, "EmbedLinks");
}

/** @throws ApiError 160002 without the history, 50035 where the message is gone and the reply insists on it */
function referenced(context: Context, channel: FakeChannel, body: Json): FakeMessage | null {
  const reference = (body.message_reference ?? null) as Json | null;
  if (reference === null) return null;
  if (!may(context.world, channel, context.world.bot.id, "ReadMessageHistory"))
    throw refuse.replyNeedsHistory();
  const message = context.world.messages.get(String(reference.message_id));
  if (message && message.channelId === channel.id && message.deletedAt === null) return message;
  if (reference.fail_if_not_exists === false) return null;
  const unknown = { code: "REPLIES_UNKNOWN_MESSAGE", message: "Unknown message" };
  throw refuse.invalidBody({ message_reference: { _errors: [unknown] } });
}

function edit(context: Context, call: RouteCall): Answer {
  const { world, messages, settings } = context;
  const channel = visibleChannel(context, call.param("channel"));
  const message = existingMessage(context, channel, call.param("message"));
  if (message.visibleTo !== null) throw refuse.unknownMessage();
  if (message.authorId !== world.bot.id) throw refuse.otherAuthor();
  if (channel.isArchived) throw refuse.archivedThread();
  if (call.files.length > 0) needPermission(context, channel, "AttachFiles");
  if (world.clock.now() - message.createdAt > settings.oldEdits.age) {
    if (message.oldEdits >= settings.oldEdits.limit)
      throw refuse.tooManyOldEdits(settings.oldEdits.retryAfter);
    message.oldEdits++;
  }
  const attachments = attachmentsAfter(context, channel, call.body, call.files, message);
  const flags = call.body.flags === undefined ? message.flags : Number(call.body.flags ?? 0);
  const changes = { ...changesIn(call.body), attachments, flags };
  refuseLosingComponents(message, { ...message, ...changes });
  refuseHollow({ ...message, ...changes });
  messages.edit(message, changes);
  return { status: 200, body: shownMessage(context, message) };
}
