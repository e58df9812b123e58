import type { FakeChannel, FakeGuild, FakeRole, FakeUser, Id, Json } from "../types.ts";
import { permissionsIn, permissionsInGuild } from "../world/permissions.ts";
import type { World } from "../world/world.ts";

// The world as the API shows it.

export function userPayload(user: FakeUser): Json {
  return {
    id: user.id,
    username: user.name,
    discriminator: user.isBot ? "0001" : "0",
    global_name: user.isBot ? null : user.name,
    avatar: user.avatar?.hash ?? null,
    banner: null,
    accent_color: null,
    avatar_decoration_data: null,
    public_flags: 0,
    flags: 0,
    primary_guild: null,
    ...(user.isBot ? { bot: true } : {}),
  };
}

/** A guild member; without `user` inside messages, which name the author already. */
export function memberPayload(world: World, guild: FakeGuild, user: Id, withUser = true): Json {
  const membership = guild.members.get(user);
  const known = world.users.get(user);
  return {
    roles: membership?.roles ?? [],
    nick: null,
    avatar: null,
    banner: null,
    joined_at: new Date(membership?.joinedAt ?? 0).toISOString(),
    premium_since: null,
    pending: false,
    deaf: false,
    mute: false,
    flags: 0,
    communication_disabled_until: null,
    ...(withUser && known ? { user: userPayload(known) } : {}),
  };
}

/** The member who did something, with their permissions in that channel. */
export function invokerPayload(world: World, guild: FakeGuild, channel: FakeChannel, user: Id): Json {
  return {
    ...memberPayload(world, guild, user),
    permissions: permissionsIn(world, channel, user).toString(),
  };
}

export function rolePayload(role: FakeRole, position: number): Json {
  return {
    id: role.id,
    name: role.name,
    permissions: role.permissions.toString(),
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position,
    managed: false,
    mentionable: false,
    flags: 0,
  };
}

export function channelPayload(world: World, channel: FakeChannel): Json {
  const last = world.history.get(channel.id)?.at(-1) ?? null;
  if (channel.type === 1) {
    const recipient = world.users.get(channel.recipientId ?? "");
    return {
      id: channel.id,
      type: 1,
      flags: 0,
      last_message_id: last,
      recipients: recipient ? [userPayload(recipient)] : [],
    };
  }
  const common = {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    flags: 0,
    last_message_id: last,
    rate_limit_per_user: 0,
    parent_id: channel.parentId,
  };
  if (channel.type === 11) {
    const guild = world.guilds.get(channel.guildId ?? "");
    return {
      ...common,
      owner_id: guild?.ownerId ?? null,
      total_message_sent: world.history.get(channel.id)?.length ?? 0,
      message_count: world.history.get(channel.id)?.length ?? 0,
      member_count: 1,
      thread_metadata: {
        archived: channel.isArchived,
        archive_timestamp: new Date(0).toISOString(),
        auto_archive_duration: 1440,
        locked: false,
      },
    };
  }
  return {
    ...common,
    topic: null,
    nsfw: false,
    position: 0,
    permission_overwrites: channel.overwrites.map((overwrite) => ({
      id: overwrite.id,
      type: overwrite.kind === "role" ? 0 : 1,
      allow: overwrite.allow.toString(),
      deny: overwrite.deny.toString(),
    })),
  };
}

export function guildPayload(guild: FakeGuild): Json {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: guild.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    roles: [...guild.roles.values()].map(rolePayload),
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    nsfw_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    vanity_url_code: null,
    premium_tier: guild.premiumTier,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: guild.preferredLocale,
    max_members: 500_000,
    max_presences: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    home_header: null,
    region: "deprecated",
    widget_enabled: false,
    widget_channel_id: null,
    nsfw: false,
    incidents_data: null,
  };
}

/** What GUILD_CREATE carries: a large guild sends the bot's own member alone. */
export function guildCreatePayload(world: World, guild: FakeGuild): Json {
  const channels = [...world.channels.values()].filter(
    (channel) => channel.guildId === guild.id && !channel.isDeleted,
  );
  return {
    ...guildPayload(guild),
    joined_at: new Date(guild.members.get(world.bot.id)?.joinedAt ?? 0).toISOString(),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    members: [memberPayload(world, guild, world.bot.id)],
    channels: channels.filter(({ type }) => type === 0).map((channel) => channelPayload(world, channel)),
    threads: channels
      .filter(({ type, isArchived }) => type === 11 && !isArchived)
      .map((channel) => channelPayload(world, channel)),
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/** `permissions` stands in lists of the bot's own guilds. */
export function ownGuildPayload(world: World, guild: FakeGuild): Json {
  return { ...guildPayload(guild), permissions: permissionsInGuild(guild, world.bot.id).toString() };
}
