import { PermissionFlagsBits } from "discord.js";
import type { Context } from "../payloads/context.ts";
import { channelPayload, memberPayload, rolePayload, userPayload } from "../payloads/payloads.ts";
import type { FakeChannel, FakeUser, Id, Json } from "../types.ts";
import { permissionsIn } from "../world/permissions.ts";
import { isMemberFile, type MemberFile, upload } from "./files.ts";
import { isOutside } from "./interaction.ts";

/** What a member fills into a command: text, numbers, choices, files, and ids (or things with an id). */
export type SlashValue = string | number | boolean | MemberFile | { readonly id: Id };

/** Option types: https://discord.com/developers/docs/interactions/application-commands */
const optionType = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
} as const;

/**
 * The command that this member finds in this channel.
 * @throws Error where it is not registered, or hidden from the member
 */
export function findCommand(
  context: Context,
  channel: FakeChannel,
  user: FakeUser,
  name: string,
  type: 1 | 3,
): Json {
  const own = channel.guildId === null ? [] : (context.commands.guilds.get(channel.guildId) ?? []);
  const command = [...own, ...context.commands.global].find(
    (each) => each.type === type && isNamed(each, name),
  );
  if (!command) throw new Error(`Expected a registered command, got ${JSON.stringify(name)}`);
  const contexts = command.contexts as number[] | null;
  const isDirect = channel.guildId === null;
  const where = channel.type === 3 ? 2 : isDirect ? 1 : 0;
  const isThere = contexts === null ? !isDirect || command.dm_permission !== false : contexts.includes(where);
  const isBrought = !isOutside(context, channel) || (command.integration_types as number[]).includes(1);
  const isOffered = isThere && isBrought;
  if (!isOffered) throw new Error(`Expected a command that is offered here, got ${JSON.stringify(name)}`);
  const bits = permissionsIn(context.world, channel, user.id);
  const needed = command.default_member_permissions as string | null;
  const isAdministrator = (bits & PermissionFlagsBits.Administrator) !== 0n;
  const isAllowed =
    needed === null || isDirect || (needed !== "0" && (bits & BigInt(needed)) === BigInt(needed));
  const said = permissionSaid(context, channel, user, name);
  if (!(said ?? isAllowed) && !isAdministrator) {
    throw new Error(`Expected a command that ${user.name} may use, got ${JSON.stringify(name)}`);
  }
  return command;
}

/** What the guild's admins said of a command and a member or their roles; a member's own goes first, then any role's yes. */
function permissionSaid(
  { commands, world }: Context,
  { guildId }: FakeChannel,
  user: FakeUser,
  command: string,
): boolean | null {
  const said = (id: string) => commands.permissions.get(`${guildId} ${command} ${id}`);
  const own = said(user.id);
  if (own !== undefined) return own;
  const roles = world.guilds.get(guildId ?? "")?.members.get(user.id)?.roles ?? [];
  const ofRoles = [guildId ?? "", ...roles].flatMap((id) => said(id) ?? []);
  return ofRoles.length === 0 ? null : ofRoles.includes(true);
}

/**
 * `data` of a slash command; `path` is the name with its subcommands, such as `admin pause`.
 * @throws Error where the client would not let a member send it
 */
export function slashData(
  context: Context,
  channel: FakeChannel,
  command: Json,
  path: readonly string[],
  values: Readonly<Record<string, SlashValue | undefined>>,
): Json {
  const resolved: Json = {};
  const options = fill(context, channel, command, path.slice(1), values, resolved);
  return {
    id: command.id,
    name: command.name,
    type: 1,
    ...(command.guild_id === undefined ? {} : { guild_id: command.guild_id }),
    options,
    ...(Object.keys(resolved).length === 0 ? {} : { resolved }),
  };
}

function fill(
  context: Context,
  channel: FakeChannel,
  parent: Json,
  path: readonly string[],
  values: Readonly<Record<string, SlashValue | undefined>>,
  resolved: Json,
): Json[] {
  const known = (parent.options ?? []) as Json[];
  const [next, ...rest] = path;
  const branches = known.filter(({ type }) => type === optionType.subcommand || type === optionType.group);
  if (branches.length > 0 || next !== undefined) {
    const branch = branches.find((each) => isNamed(each, next ?? ""));
    if (!branch) throw new Error(`Expected a subcommand of ${parent.name}, got ${JSON.stringify(next)}`);
    const options = fill(context, channel, branch, rest, values, resolved);
    return [{ name: branch.name, type: branch.type, options }];
  }
  for (const name of Object.keys(values)) {
    if (!known.some((each) => isNamed(each, name)))
      throw new Error(`Expected an option of ${parent.name}, got ${name}`);
  }
  return known.flatMap((option) => {
    const value = Object.entries(values).find(([name]) => isNamed(option, name))?.[1];
    if (value === undefined) {
      if (option.required === true) throw new Error(`Expected a value for ${option.name}, got none`);
      return [];
    }
    const sent = optionValue(context, channel, option, value, resolved);
    return [{ name: option.name, type: option.type, value: sent }];
  });
}

function optionValue(
  context: Context,
  channel: FakeChannel,
  option: Json,
  value: SlashValue,
  resolved: Json,
): string | number | boolean {
  const wrong = (expected: string) =>
    new Error(`Expected ${expected} for ${option.name}, got ${JSON.stringify(value)}`);
  switch (option.type) {
    case optionType.attachment: {
      if (!isMemberFile(value)) throw new Error(`Expected a file for ${option.name}, got ${typeof value}`);
      const attachment = upload(context, channel, value, true);
      put(resolved, "attachments", attachment.id, context.attachments.payload(attachment));
      return attachment.id;
    }
    case optionType.user:
    case optionType.channel:
    case optionType.role:
    case optionType.mentionable: {
      const id = typeof value === "object" && "id" in value ? value.id : String(value);
      resolve(context, channel, id, resolved);
      return id;
    }
    case optionType.boolean:
      if (typeof value !== "boolean") throw wrong("true or false");
      return value;
    case optionType.integer:
    case optionType.number: {
      if (typeof value !== "number") throw wrong("a number");
      if (option.type === optionType.integer && !Number.isInteger(value)) throw wrong("a whole number");
      const { min_value: min, max_value: max } = option;
      if (value < Number(min ?? -Infinity) || value > Number(max ?? Infinity))
        throw wrong(`${min} to ${max}`);
      return chosen(option, value);
    }
    default: {
      if (typeof value !== "string") throw wrong("text");
      const { min_length: min, max_length: max } = option;
      const { length } = value;
      if (length < Number(min ?? 0) || length > Number(max ?? 6000))
        throw wrong(`${min} to ${max} characters`);
      return chosen(option, value);
    }
  }
}

/** With choices a member picks one, by its name or its value. */
function chosen(option: Json, value: string | number): string | number {
  const choices = (option.choices ?? []) as { name: string; value: string | number }[];
  if (choices.length === 0) return value;
  const choice = choices.find((each) => each.value === value || each.name === value);
  if (!choice) throw new Error(`Expected a choice of ${option.name}, got ${JSON.stringify(value)}`);
  return choice.value;
}

/** Puts what an id names into `resolved`. */
export function resolve(context: Context, channel: FakeChannel, id: Id, resolved: Json): void {
  const { world } = context;
  const guild = world.guilds.get(channel.guildId ?? "");
  const user = world.users.get(id);
  const named = world.channels.get(id);
  const role = guild?.roles.get(id);
  if (user) {
    put(resolved, "users", id, userPayload(user));
    if (guild?.members.has(id))
      put(resolved, "members", id, {
        ...memberPayload(world, guild, id, false),
        permissions: permissionsIn(world, channel, id).toString(),
      });
  } else if (named) {
    put(resolved, "channels", id, { ...channelPayload(world, named), permissions: "0" });
  } else if (role) {
    put(resolved, "roles", id, rolePayload(role, 1));
  } else {
    throw new Error(`Expected the id of a member, channel or role, got ${id}`);
  }
}

export function put(resolved: Json, kind: string, id: Id, payload: Json): void {
  resolved[kind] = { ...(resolved[kind] as Json | undefined), [id]: payload };
}

/** Members type the name as they read it, in their language or in the command's own. */
function isNamed(thing: Json, name: string): boolean {
  const localized = Object.values((thing.name_localizations ?? {}) as Json);
  return thing.name === name || localized.includes(name);
}
