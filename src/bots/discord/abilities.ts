import {
  type Channel,
  ChannelType,
  type Client,
  GuildPremiumTier,
  PermissionFlagsBits,
  PermissionsBitField,
} from "discord.js";
import { ChatError, type Permission, type Place, type PlaceAbilities } from "../chat.ts";
import { attempt } from "./failures.ts";
import { permissionsIn } from "./incoming/interactions.ts";

const mebibyte = 2 ** 20;

/** What any bot may upload anywhere. */
export const standardUploadLimit = 10 * mebibyte;

/** What a server's boosts raise the limit to: https://support.discord.com/hc/en-us/articles/360028038352 */
const uploadLimits: Readonly<Record<GuildPremiumTier, number>> = {
  [GuildPremiumTier.None]: standardUploadLimit,
  [GuildPremiumTier.Tier1]: standardUploadLimit,
  [GuildPremiumTier.Tier2]: 50 * mebibyte,
  [GuildPremiumTier.Tier3]: 100 * mebibyte,
};

export interface Abilities {
  /** @throws ChatError `unknown-place` */
  in(place: Place, signal: AbortSignal): Promise<PlaceAbilities>;
  /** From what the gateway has told so far, without asking; empty where it has told nothing. */
  missingAtOnce(channel: string): readonly Permission[];
  /** An interaction tells what the bot may do where it happens, and how much it may upload. */
  learn(channel: string, told: { readonly bytes?: number; readonly permissions?: string }): void;
}

/** What an interaction said: the limit holds until another one says otherwise. */
interface Told {
  readonly bytes?: number;
  readonly permissions?: string;
  readonly at: number;
}

/** How long permissions are believed: what the gateway tells later is newer. */
const believedMilliseconds = 5000;

/** Computed from the roles and overwrites that the gateway keeps current; only channels it did not tell of are asked for. */
export function createAbilities(client: Client): Abilities {
  const told = new Map<string, Told>();

  /** As an interaction told lately; `null` where none did. */
  function toldPermissions(channel: string): PermissionsBitField | null {
    const { permissions, at = 0 } = told.get(channel) ?? {};
    if (!permissions || Date.now() - at > believedMilliseconds) return null;
    return new PermissionsBitField(permissionsIn(permissions));
  }

  async function missing(place: Place, signal: AbortSignal): Promise<readonly Permission[]> {
    const guild = client.guilds.cache.get(place.workspace ?? "");
    // Then nothing is known of it but what an interaction told; whatever is refused will say so.
    if (!guild) return missingOf(toldPermissions(place.channel));
    const aim = { to: "show a channel", signal, needs: ["view"] } as const;
    try {
      if (!guild.members.me) await attempt(aim, () => guild.members.fetchMe());
      const known = client.channels.cache.get(place.channel);
      const channel = known ?? (await attempt(aim, () => client.channels.fetch(place.channel)));
      return channel ? missingIn(channel, toldPermissions(place.channel)) : [];
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.failure === "missing-permission") return allPermissions;
      if (error.isPassing || error.failure === "unknown-place") throw error;
      return missingOf(toldPermissions(place.channel));
    }
  }

  return {
    async in(place, signal) {
      const boosted = uploadLimits[client.guilds.cache.get(place.workspace ?? "")?.premiumTier ?? 0];
      const maxUploadBytes = Math.min(boosted, told.get(place.channel)?.bytes ?? boosted);
      return { missing: place.isDirect ? [] : await missing(place, signal), maxUploadBytes };
    },
    missingAtOnce(id) {
      const channel = client.channels.cache.get(id);
      return channel ? missingIn(channel, null) : missingOf(toldPermissions(id));
    },
    learn(channel, { bytes, permissions }) {
      const before = told.get(channel);
      told.delete(channel);
      told.set(channel, {
        ...before,
        ...(bytes ? { bytes } : {}),
        ...(permissions ? { permissions } : {}),
        at: Date.now(),
      });
      const [oldest] = told.keys();
      if (told.size > 1000 && oldest !== undefined) told.delete(oldest);
    },
  };
}

const allPermissions: readonly Permission[] = ["view", "post", "attach", "react", "read-history"];

/** What an unknown channel's permissions leave out; nothing where they are unknown too. */
function missingOf(
  permissions: Readonly<PermissionsBitField> | null,
  isThread = false,
): readonly Permission[] {
  if (!permissions) return [];
  const post = isThread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages;
  const flags: Partial<Record<Permission, bigint>> = {
    view: PermissionFlagsBits.ViewChannel,
    post,
    attach: PermissionFlagsBits.AttachFiles,
    react: PermissionFlagsBits.AddReactions,
    "read-history": PermissionFlagsBits.ReadMessageHistory,
  };
  return allPermissions.filter((name) => !permissions.has(flags[name] ?? 0n));
}

function missingIn(channel: Channel, told: PermissionsBitField | null): readonly Permission[] {
  if (channel.isDMBased()) return [];
  const { me } = channel.guild.members;
  const permissions = told ?? (me && channel.permissionsFor(me));
  if (!permissions) return [];
  const isThread = channel.isThread();
  const missing = missingOf(permissions, isThread);
  if (!me) return missing;
  const may = (flag: bigint) => permissions.has(flag);
  const mayManageThreads = may(PermissionFlagsBits.ManageThreads);
  const isOutside =
    isThread && channel.type === ChannelType.PrivateThread && !channel.joined && !mayManageThreads;
  // Somebody who was timed out may read and nothing else.
  const isSilenced = me.isCommunicationDisabled() && !may(PermissionFlagsBits.Administrator);
  const isLocked = isThread && channel.locked === true && !mayManageThreads;
  const closed: readonly Permission[] = isSilenced || isLocked ? ["post", "attach", "react"] : [];
  const hidden: readonly Permission[] = isOutside ? ["view"] : [];
  return allPermissions.filter((name) => [...missing, ...closed, ...hidden].includes(name));
}
