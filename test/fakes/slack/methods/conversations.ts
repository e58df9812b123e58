import { SlackApiError } from "../http/api-error.ts";
import type { FakeChannel, FakeTeam, Json } from "../types.ts";
import { type Call, flag, id, type Method, method, text, whole } from "./method.ts";

export const conversationMethods: Record<string, Method> = {
  "users.conversations": method(
    null,
    {
      user: id.optional(),
      types: text.optional(),
      cursor: text.optional(),
      limit: whole.min(0).max(999).optional(),
      exclude_archived: flag.optional(),
    },
    (args, call) => {
      const kinds = (args.types ?? "public_channel").split(",").map((type) => type.trim());
      for (const kind of kinds) call.need(readScopes[kind] ?? "channels:read");
      const user = args.user ?? call.team.botUser.id;
      const all = [...call.world.channels.values()].filter(
        (channel) =>
          channel.team === call.team.id &&
          channel.members.has(user) &&
          kinds.includes(typeOf(channel)) &&
          !(args.exclude_archived === true && channel.isArchived),
      );
      const { page, response_metadata } = pageOf(all, args.cursor, args.limit || 100);
      return { channels: page.map((channel) => channelJson(channel, call.team)), response_metadata };
    },
  ),

  "conversations.info": method(
    null,
    { channel: id, include_locale: flag.optional(), include_num_members: flag.optional() },
    (args, call) => {
      const channel = call.channel(args.channel);
      call.need(readScopes[typeOf(channel)] ?? "channels:read");
      const count = args.include_num_members === true ? { num_members: channel.members.size } : {};
      return { channel: { ...channelJson(channel, call.team), ...count } };
    },
  ),

  "conversations.open": method(
    "im:write",
    {
      users: text.optional(),
      channel: id.optional(),
      return_im: flag.optional(),
      prevent_creation: flag.optional(),
    },
    (args, call) => {
      const channel = args.channel !== undefined ? call.channel(args.channel) : openDirect(args.users, call);
      return { channel: args.return_im === true ? channelJson(channel, call.team) : { id: channel.id } };
    },
  ),
};

const readScopes: Record<string, string> = {
  public_channel: "channels:read",
  private_channel: "groups:read",
  im: "im:read",
  mpim: "mpim:read",
};

/** The DM with a member. @throws SlackApiError `user_not_found` or whatever that member refuses with */
export function openDirect(users: string | undefined, { world, team }: Call): FakeChannel {
  if (users === undefined) throw new SlackApiError("users_list_not_supplied");
  if (users.includes(",")) throw new SlackApiError("method_not_supported_for_channel_type");
  const user = world.users.get(users);
  if (user === undefined || user.team !== team.id) throw new SlackApiError("user_not_found");
  if (user.isBot) throw new SlackApiError("cannot_dm_bot");
  if (user.refusesDirectMessages !== null) throw new SlackApiError(user.refusesDirectMessages);
  return world.directChannel(user);
}

/** One page of a list and the cursor of the next. */
export function pageOf<T>(
  all: readonly T[],
  cursor: string | undefined,
  limit: number,
): { page: readonly T[]; hasMore: boolean; response_metadata: Json } {
  const start =
    cursor === undefined || cursor === "" ? 0 : Number(Buffer.from(cursor, "base64url").toString().slice(5));
  if (!Number.isInteger(start)) throw new SlackApiError("invalid_cursor");
  const end = start + limit;
  const hasMore = end < all.length;
  const next = hasMore ? Buffer.from(`next:${end}`).toString("base64url") : "";
  return { page: all.slice(start, end), hasMore, response_metadata: { next_cursor: next } };
}

function typeOf(channel: FakeChannel): string {
  return { public: "public_channel", private: "private_channel", im: "im" }[channel.kind];
}

function channelJson(channel: FakeChannel, team: FakeTeam): Json {
  const common = {
    id: channel.id,
    created: 0,
    is_archived: channel.isArchived,
    is_im: channel.kind === "im",
    is_org_shared: false,
    context_team_id: team.id,
  };
  if (channel.kind === "im") return { ...common, user: channel.user, is_open: true, priority: 0 };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind === "public",
    is_group: channel.kind === "private",
    is_mpim: false,
    is_private: channel.kind === "private",
    is_general: false,
    is_shared: false,
    is_ext_shared: false,
    is_member: channel.members.has(team.botUser.id),
    creator: [...channel.members][0] ?? "",
    topic: { value: "", creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
  };
}
