import { z } from "zod";
import { refuse } from "../http/api-error.ts";
import { buckets } from "../http/rate-limits.ts";
import type { Route } from "../http/rest.ts";
import type { Context } from "../payloads/context.ts";
import { messagePayload } from "../payloads/message-payload.ts";
import {
  channelPayload,
  guildPayload,
  memberPayload,
  ownGuildPayload,
  rolePayload,
  userPayload,
} from "../payloads/payloads.ts";
import type { FakeChannel, FakeGuild, FakeMessage, Id, Json } from "../types.ts";
import { may, type PermissionName, permissionsIn } from "../world/permissions.ts";

export const snowflake = z.string().regex(/^\d+$/);

/** A channel that the bot can see. @throws ApiError 10003, 50001 */
export function visibleChannel(context: Context, id: Id): FakeChannel {
  const channel = context.world.channels.get(id);
  if (!channel || channel.isDeleted) throw refuse.unknownChannel();
  if (!may(context.world, channel, context.world.bot.id, "ViewChannel")) throw refuse.missingAccess();
  return channel;
}

/** @throws ApiError 50013 */
export function needPermission(context: Context, channel: FakeChannel, name: PermissionName): void {
  if (!may(context.world, channel, context.world.bot.id, name)) throw refuse.missingPermissions();
}

/** A message that still exists, in that channel. @throws ApiError 10008 */
export function existingMessage(context: Context, channel: FakeChannel, id: Id): FakeMessage {
  const message = context.world.messages.get(id);
  if (!message || message.channelId !== channel.id || message.deletedAt !== null)
    throw refuse.unknownMessage();
  return message;
}

/** A message as REST shows it: the text of others is there with the privileged intent alone. */
export function shownMessage(context: Context, message: FakeMessage): Json {
  const seesContent = context.settings.privilegedIntents.includes("MessageContent");
  return messagePayload(context.world, context.attachments, message, seesContent);
}

/** Gateway address, users, guilds, members and channels: what can be asked of places and people. */
export function placeRoutes(context: Context): Route[] {
  const { world } = context;
  const read = { auth: "bot", bucket: buckets.read, method: "GET" } as const;
  const guildOf = (id: Id): FakeGuild => {
    const guild = world.guilds.get(id);
    if (!guild) throw refuse.unknownGuild();
    return guild;
  };
  const member = (guild: FakeGuild, user: Id) => {
    if (!guild.members.has(user)) throw refuse.unknownMember();
    return { status: 200, body: memberPayload(world, guild, user) };
  };
  return [
    {
      ...read,
      path: "/gateway/bot",
      handle: () => ({
        status: 200,
        body: {
          url: context.gatewayUrl(),
          shards: context.settings.shards,
          session_start_limit: {
            ...{ total: 1000, remaining: 999, reset_after: 86_400_000 },
            max_concurrency: context.settings.maxConcurrency,
          },
        },
      }),
    },
    {
      ...read,
      path: "/users/@me",
      handle: () => ({
        status: 200,
        body: { ...userPayload(world.bot), mfa_enabled: false, locale: "en-US", verified: true, email: null },
      }),
    },
    {
      ...read,
      path: "/users/@me/guilds",
      query: {
        limit: z.string().optional(),
        before: snowflake.optional(),
        after: snowflake.optional(),
        with_counts: z.string().optional(),
      },
      handle: () => ({
        status: 200,
        body: [...world.guilds.values()].map((guild) => ownGuildPayload(world, guild)),
      }),
    },
    {
      ...read,
      path: "/users/:user",
      handle(call) {
        const user = world.users.get(call.param("user"));
        if (!user) throw refuse.unknownUser();
        return { status: 200, body: userPayload(user) };
      },
    },
    {
      ...read,
      method: "POST",
      path: "/users/@me/channels",
      body: "directChannel",
      handle(call) {
        const user = world.users.get(String(call.body.recipient_id));
        if (!user) throw refuse.unknownUser();
        return { status: 200, body: channelPayload(world, world.directChannel(user.id)) };
      },
    },
    {
      ...read,
      path: "/channels/:channel",
      handle: (call) => ({
        status: 200,
        body: channelPayload(world, visibleChannel(context, call.param("channel"))),
      }),
    },
    {
      ...read,
      method: "POST",
      path: "/channels/:channel/typing",
      handle(call) {
        needPermission(context, visibleChannel(context, call.param("channel")), "SendMessages");
        return { status: 204 };
      },
    },
    {
      ...read,
      method: "PUT",
      path: "/channels/:channel/thread-members/@me",
      handle(call) {
        if (visibleChannel(context, call.param("channel")).isArchived) throw refuse.archivedThread();
        return { status: 204 };
      },
    },
    {
      ...read,
      path: "/guilds/:guild",
      query: { with_counts: z.string().optional() },
      handle: (call) => ({ status: 200, body: guildPayload(guildOf(call.param("guild"))) }),
    },
    {
      ...read,
      path: "/guilds/:guild/channels",
      handle(call) {
        const guild = guildOf(call.param("guild"));
        const channels = [...world.channels.values()].filter(
          (channel) => channel.guildId === guild.id && channel.type === 0 && !channel.isDeleted,
        );
        return { status: 200, body: channels.map((channel) => channelPayload(world, channel)) };
      },
    },
    {
      ...read,
      path: "/guilds/:guild/roles",
      handle: (call) => ({
        status: 200,
        body: [...guildOf(call.param("guild")).roles.values()].map(rolePayload),
      }),
    },
    {
      ...read,
      path: "/guilds/:guild/members",
      query: { limit: z.string().optional(), after: snowflake.optional() },
      handle(call) {
        if (!context.settings.privilegedIntents.includes("GuildMembers")) throw refuse.missingAccess();
        const guild = guildOf(call.param("guild"));
        const ids = [...guild.members.keys()].filter((id) => BigInt(id) > BigInt(call.query.after ?? 0));
        const limit = Number(call.query.limit ?? 1);
        return { status: 200, body: ids.slice(0, limit).map((id) => memberPayload(world, guild, id)) };
      },
    },
    {
      ...read,
      path: "/guilds/:guild/members/:user",
      handle: (call) => member(guildOf(call.param("guild")), call.param("user")),
    },
  ];
}

/** The bot's permissions in a channel, as text: `app_permissions` of an interaction. */
export function botPermissions(context: Context, channel: FakeChannel): string {
  return permissionsIn(context.world, channel, context.world.bot.id).toString();
}
