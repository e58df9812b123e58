import { PermissionFlagsBits, type PermissionsString } from "discord.js";
import type { FakeChannel, FakeGuild, Id } from "../types.ts";
import type { World } from "./world.ts";

/** A permission by the name that discord.js gives it: `ViewChannel`, `SendMessages`. */
export type PermissionName = PermissionsString;

export function bitsOf(names: readonly PermissionName[]): bigint {
  return names.reduce((bits, name) => bits | PermissionFlagsBits[name], 0n);
}

/** What @everyone may do in a new guild of the fake. */
export const everyoneDefaults: readonly PermissionName[] = [
  "ViewChannel",
  "SendMessages",
  "SendMessagesInThreads",
  "AttachFiles",
  "EmbedLinks",
  "AddReactions",
  "ReadMessageHistory",
  "UseApplicationCommands",
  "UseExternalEmojis",
];

const all = Object.values(PermissionFlagsBits).reduce((bits, bit) => bits | bit, 0n);

/** Permissions by roles alone. */
export function permissionsInGuild(guild: FakeGuild, user: Id): bigint {
  const member = guild.members.get(user);
  if (!member) return 0n;
  if (guild.ownerId === user) return all;
  const bits = [guild.id, ...member.roles].reduce(
    (sum, role) => sum | (guild.roles.get(role)?.permissions ?? 0n),
    0n,
  );
  return (bits & PermissionFlagsBits.Administrator) !== 0n ? all : bits;
}

/** Permissions in a channel: roles, then the channel's overwrites; a thread has its channel's. */
export function permissionsIn(world: World, channel: FakeChannel, user: Id): bigint {
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId);
  // A group of people has no bot in it.
  if (channel.type === 3 && user === world.bot.id) return 0n;
  if (!guild) return directPermissions;
  const member = guild.members.get(user);
  if (!member && user === world.bot.id) return 0n;
  const base = permissionsInGuild(guild, user);
  if (!member || base === all) return base;
  const isThread = channel.type === 11;
  const place = isThread ? (world.channels.get(channel.parentId ?? "") ?? channel) : channel;
  const overwriteOf = (id: Id) => place.overwrites.find((overwrite) => overwrite.id === id);
  const everyone = overwriteOf(guild.id);
  let bits = (base & ~(everyone?.deny ?? 0n)) | (everyone?.allow ?? 0n);
  let allow = 0n;
  let deny = 0n;
  for (const role of member.roles) {
    allow |= overwriteOf(role)?.allow ?? 0n;
    deny |= overwriteOf(role)?.deny ?? 0n;
  }
  bits = (bits & ~deny) | allow;
  const own = overwriteOf(user);
  return (bits & ~(own?.deny ?? 0n)) | (own?.allow ?? 0n);
}

export function may(world: World, channel: FakeChannel, user: Id, name: PermissionName): boolean {
  return (permissionsIn(world, channel, user) & PermissionFlagsBits[name]) !== 0n;
}

const directPermissions = bitsOf(everyoneDefaults);
