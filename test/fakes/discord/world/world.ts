import { type Clock, createSnowflakes } from "../clock.ts";
import type { ChannelType, FakeChannel, FakeGuild, FakeMessage, FakeRole, FakeUser, Id } from "../types.ts";
import { bitsOf, everyoneDefaults, type PermissionName } from "./permissions.ts";

/** Everything that exists, and nothing of how it travels. It outlives any bot process that connects to it. */
export interface World {
  readonly clock: Clock;
  readonly nextId: () => Id;
  readonly bot: FakeUser;
  readonly applicationId: Id;
  readonly users: Map<Id, FakeUser>;
  readonly guilds: Map<Id, FakeGuild>;
  readonly channels: Map<Id, FakeChannel>;
  /** All messages ever, in the order of their making, the deleted ones too. */
  readonly messages: Map<Id, FakeMessage>;
  /** Ids of a channel's messages, oldest first. */
  readonly history: Map<Id, Id[]>;
  addUser(name: string): FakeUser;
  addGuild(options: GuildOptions): FakeGuild;
  addRole(guild: FakeGuild, name: string, permissions: readonly PermissionName[]): FakeRole;
  addMember(guild: FakeGuild, user: FakeUser, roles: readonly Id[]): void;
  addChannel(options: ChannelOptions): FakeChannel;
  /** The direct conversation of the bot with a user, made when it is first asked for. */
  directChannel(user: Id): FakeChannel;
}

export interface GuildOptions {
  readonly name: string;
  readonly preferredLocale?: string;
  readonly premiumTier?: number;
  readonly uploadLimit?: number;
  /** Default true. Where the bot is not, members who have added it to their account bring it along. */
  readonly hasBot?: boolean;
  /** Permissions of the bot's own role. Default: those of @everyone. */
  readonly botPermissions?: readonly PermissionName[];
  /** Permissions of @everyone. Default: view, send, attach, embed, react, read history, use commands. */
  readonly everyone?: readonly PermissionName[];
}

export interface ChannelOptions {
  readonly guild: FakeGuild | null;
  readonly name: string;
  readonly type?: ChannelType;
  readonly parent?: FakeChannel;
  readonly recipient?: Id;
}

export function createWorld(clock: Clock): World {
  const nextId = createSnowflakes(clock);
  const users = new Map<Id, FakeUser>();
  const guilds = new Map<Id, FakeGuild>();
  const channels = new Map<Id, FakeChannel>();
  const bot = addUser("painter", true);

  function addUser(name: string, isBot = false): FakeUser {
    const user: FakeUser = { id: nextId(), name, isBot, refusesDirectMessages: false, avatar: null };
    users.set(user.id, user);
    return user;
  }

  function addRole(guild: FakeGuild, name: string, permissions: readonly PermissionName[]): FakeRole {
    const role: FakeRole = { id: nextId(), name, permissions: bitsOf(permissions) };
    guild.roles.set(role.id, role);
    return role;
  }

  function addMember(guild: FakeGuild, user: FakeUser, roles: readonly Id[]): void {
    guild.members.set(user.id, { userId: user.id, roles: [...roles], joinedAt: clock.now() });
  }

  function addGuild(options: GuildOptions): FakeGuild {
    const owner = addUser(`${options.name}-owner`);
    const id = nextId();
    const everyone = { id, name: "@everyone", permissions: bitsOf(options.everyone ?? everyoneDefaults) };
    const guild: FakeGuild = {
      id,
      name: options.name,
      ownerId: owner.id,
      roles: new Map([[id, everyone]]),
      members: new Map(),
      preferredLocale: options.preferredLocale ?? "en-US",
      premiumTier: options.premiumTier ?? 0,
      uploadLimit: options.uploadLimit ?? null,
      hasBot: options.hasBot ?? true,
    };
    guilds.set(id, guild);
    addMember(guild, owner, []);
    const role = addRole(guild, "painter", options.botPermissions ?? everyoneDefaults);
    if (guild.hasBot) addMember(guild, bot, [role.id]);
    return guild;
  }

  function addChannel(options: ChannelOptions): FakeChannel {
    const channel: FakeChannel = {
      id: nextId(),
      guildId: options.guild?.id ?? null,
      type: options.type ?? 0,
      name: options.name,
      parentId: options.parent?.id ?? null,
      recipientId: options.recipient ?? null,
      overwrites: [],
      refusesAbove: null,
      isArchived: false,
      isDeleted: false,
    };
    channels.set(channel.id, channel);
    return channel;
  }

  return {
    clock,
    nextId,
    bot,
    // Applications made today have the id of their bot user.
    applicationId: bot.id,
    users,
    guilds,
    channels,
    messages: new Map(),
    history: new Map(),
    addUser: (name) => addUser(name),
    addGuild,
    addRole,
    addMember,
    addChannel,
    directChannel(user) {
      const known = [...channels.values()].find(({ recipientId }) => recipientId === user);
      return known ?? addChannel({ guild: null, name: "", type: 1, recipient: user });
    },
  };
}

/** Bytes that one file may have in this channel: 10 MiB, more in guilds of tier 2 (50) and 3 (100). */
export function uploadLimitIn(world: World, channel: FakeChannel): number {
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId);
  const mebibytes = [10, 10, 50, 100][guild?.premiumTier ?? 0] ?? 10;
  return guild?.uploadLimit ?? mebibytes * 1024 * 1024;
}
