import { createMember, type Member } from "../member/member.ts";
import type { Context } from "../payloads/context.ts";
import { channelPayload, guildCreatePayload, memberPayload, rolePayload } from "../payloads/payloads.ts";
import type { FakeChannel, FakeGuild, FakeRole, FakeUser, Id, Json, Overwrite } from "../types.ts";
import { bitsOf, type PermissionName } from "./permissions.ts";
import type { GuildOptions } from "./world.ts";

/** Makes and changes guilds, channels, roles and members, and tells the gateway of it. */
export interface Places {
  guild(options?: Partial<GuildOptions>): FakeGuild;
  /** Its admins remove the bot, or Discord has it out of order for a while. */
  leave(guild: FakeGuild, why: "removed" | "out of order"): void;
  /** The bot is in it again. */
  comeBack(guild: FakeGuild): void;
  channel(guild: FakeGuild, name?: string, category?: FakeChannel): FakeChannel;
  category(guild: FakeGuild, name?: string): FakeChannel;
  /** A conversation of several people, which the bot is not in. */
  group(name?: string): FakeChannel;
  thread(parent: FakeChannel, name?: string): FakeChannel;
  role(guild: FakeGuild, name: string, permissions?: readonly PermissionName[]): FakeRole;
  member(options: MemberOptions): Member;
  /** Replaces a channel's overwrite for a member, a role or the bot. */
  setPermissions(
    channel: FakeChannel,
    whom: FakeRole | FakeUser | Member | "bot",
    change: PermissionChange,
  ): void;
  /** As an admin says in Server Settings › Integrations who may use a command, whatever permission it asks for. */
  setCommandPermission(guild: FakeGuild, command: string, whom: FakeRole | Member, isAllowed: boolean): void;
  setRoles(member: Member, guild: FakeGuild, roles: readonly FakeRole[]): void;
  setRolePermissions(guild: FakeGuild, role: FakeRole, permissions: readonly PermissionName[]): void;
  setArchived(thread: FakeChannel, isArchived: boolean): void;
  deleteChannel(channel: FakeChannel): void;
}

export interface MemberOptions {
  readonly guild: FakeGuild;
  readonly name: string;
  /** Default `en-US`. */
  readonly locale?: string;
  /** Beyond those of @everyone: a role of their own carries them. */
  readonly permissions?: readonly PermissionName[];
  readonly roles?: readonly FakeRole[];
}

export interface PermissionChange {
  readonly allow?: readonly PermissionName[];
  readonly deny?: readonly PermissionName[];
}

export function createPlaces(context: Context): Places {
  const { world } = context;
  /** The bot hears nothing of guilds that it is not in. */
  const tell = (name: string, intent: "Guilds" | "GuildMembers", data: Json) => {
    const guild = world.guilds.get(String(data.guild_id ?? data.id));
    if (guild?.hasBot !== false) context.emit({ name, intent, channel: null, data: () => data });
  };

  function role(guild: FakeGuild, name: string, permissions: readonly PermissionName[] = []): FakeRole {
    const made = world.addRole(guild, name, permissions);
    tell("GUILD_ROLE_CREATE", "Guilds", { guild_id: guild.id, role: rolePayload(made, guild.roles.size) });
    return made;
  }

  return {
    guild(options = {}) {
      const guild = world.addGuild({ name: "Painters", ...options });
      tell("GUILD_CREATE", "Guilds", guildCreatePayload(world, guild));
      return guild;
    },
    leave(guild, why) {
      if (why === "removed") world.guilds.delete(guild.id);
      tell("GUILD_DELETE", "Guilds", { id: guild.id, ...(why === "removed" ? {} : { unavailable: true }) });
    },
    comeBack(guild) {
      world.guilds.set(guild.id, guild);
      tell("GUILD_CREATE", "Guilds", guildCreatePayload(world, guild));
    },
    channel(guild, name = "general", category) {
      const channel = world.addChannel({ guild, name, ...(category ? { parent: category } : {}) });
      tell("CHANNEL_CREATE", "Guilds", channelPayload(world, channel));
      return channel;
    },
    group: (name = "friends") => world.addChannel({ guild: null, name, type: 3 }),
    category(guild, name = "rooms") {
      const category = world.addChannel({ guild, name, type: 4 });
      tell("CHANNEL_CREATE", "Guilds", channelPayload(world, category));
      return category;
    },
    thread(parent, name = "a-thread") {
      const guild = world.guilds.get(parent.guildId ?? "") ?? null;
      const thread = world.addChannel({ guild, name, type: 11, parent });
      tell("THREAD_CREATE", "Guilds", { ...channelPayload(world, thread), newly_created: true });
      return thread;
    },
    role,
    member({ guild, name, locale = "en-US", permissions = [], roles = [] }) {
      const user = world.addUser(name);
      const own = permissions.length === 0 ? [] : [role(guild, `${name}-role`, permissions)];
      world.addMember(
        guild,
        user,
        [...roles, ...own].map(({ id }) => id),
      );
      const payload = { ...memberPayload(world, guild, user.id), guild_id: guild.id };
      tell("GUILD_MEMBER_ADD", "GuildMembers", payload);
      return createMember(context, user, locale);
    },
    setPermissions(channel, whom, { allow = [], deny = [] }) {
      const id: Id = whom === "bot" ? world.bot.id : whom.id;
      const kind = world.users.has(id) ? "user" : "role";
      const overwrite: Overwrite = { id, kind, allow: bitsOf(allow), deny: bitsOf(deny) };
      const at = channel.overwrites.findIndex((each) => each.id === id);
      channel.overwrites.splice(at < 0 ? channel.overwrites.length : at, at < 0 ? 0 : 1, overwrite);
      tell("CHANNEL_UPDATE", "Guilds", channelPayload(world, channel));
    },
    setCommandPermission(guild, command, whom, isAllowed) {
      context.commands.permissions.set(`${guild.id} ${command} ${whom.id}`, isAllowed);
    },
    setRoles(member, guild, roles) {
      const membership = guild.members.get(member.id);
      if (!membership) throw new Error(`Expected a member of ${guild.name}, got ${member.user.name}`);
      membership.roles = roles.map(({ id }) => id);
      const payload = { ...memberPayload(world, guild, member.id), guild_id: guild.id };
      tell("GUILD_MEMBER_UPDATE", "GuildMembers", payload);
    },
    setRolePermissions(guild, changed, permissions) {
      changed.permissions = bitsOf(permissions);
      tell("GUILD_ROLE_UPDATE", "Guilds", { guild_id: guild.id, role: rolePayload(changed, 1) });
    },
    setArchived(thread, isArchived) {
      thread.isArchived = isArchived;
      tell("THREAD_UPDATE", "Guilds", channelPayload(world, thread));
    },
    deleteChannel(channel) {
      channel.isDeleted = true;
      const name = channel.type === 11 ? "THREAD_DELETE" : "CHANNEL_DELETE";
      tell(name, "Guilds", channelPayload(world, channel));
    },
  };
}
