import { z } from "zod";
import { unicodeEmoji } from "../checks/limits.ts";
import { refuse } from "../http/api-error.ts";
import { buckets } from "../http/rate-limits.ts";
import type { Route, RouteCall } from "../http/rest.ts";
import type { Context } from "../payloads/context.ts";
import { userPayload } from "../payloads/payloads.ts";
import { existingMessage, needPermission, snowflake, visibleChannel } from "./places.ts";

/** Reactions under a message. */
export function reactionRoutes(context: Context): Route[] {
  const { world, messages } = context;
  const all = "/channels/:channel/messages/:message/reactions";
  const common = { auth: "bot", bucket: buckets.reaction } as const;

  function target(call: RouteCall) {
    const channel = visibleChannel(context, call.param("channel"));
    const message = existingMessage(context, channel, call.param("message"));
    if (message.visibleTo !== null) throw refuse.unknownMessage();
    if (channel.isArchived) throw refuse.archivedThread();
    const emoji = call.param("emoji");
    if (emoji !== "" && !isEmoji(emoji)) throw refuse.unknownEmoji();
    return { channel, message, emoji };
  }

  return [
    {
      ...common,
      method: "PUT",
      path: `${all}/:emoji/@me`,
      handle(call) {
        const { channel, message, emoji } = target(call);
        needPermission(context, channel, "ReadMessageHistory");
        const isNew = !message.reactions.has(emoji);
        if (isNew) needPermission(context, channel, "AddReactions");
        if (isNew && message.reactions.size >= 20) throw refuse.tooManyReactions();
        messages.addReaction(message, emoji, world.bot.id);
        return { status: 204 };
      },
    },
    {
      ...common,
      method: "DELETE",
      path: `${all}/:emoji/:user`,
      handle(call) {
        const { channel, message, emoji } = target(call);
        const user = call.param("user") === "@me" ? world.bot.id : call.param("user");
        if (user !== world.bot.id) needPermission(context, channel, "ManageMessages");
        if (!messages.removeReaction(message, emoji, user)) throw refuse.unknownEmoji();
        return { status: 204 };
      },
    },
    {
      ...common,
      method: "DELETE",
      path: all,
      handle(call) {
        const { channel, message } = target(call);
        needPermission(context, channel, "ManageMessages");
        messages.removeAllReactions(message);
        return { status: 204 };
      },
    },
    {
      ...common,
      bucket: buckets.read,
      method: "GET",
      path: `${all}/:emoji`,
      query: { limit: z.string().optional(), after: snowflake.optional(), type: z.string().optional() },
      handle(call) {
        const { message, emoji } = target(call);
        const after = BigInt(call.query.after ?? 0);
        const ids = (message.reactions.get(emoji) ?? []).filter((id) => BigInt(id) > after);
        const users = ids.slice(0, Number(call.query.limit ?? 25)).flatMap((id) => world.users.get(id) ?? []);
        return { status: 200, body: users.map(userPayload) };
      },
    },
  ];
}

/** One emoji of Unicode, or a custom one as `name:id`. */
export function isEmoji(text: string): boolean {
  return unicodeEmoji.test(text) || /^\w{2,32}:\d+$/.test(text);
}
