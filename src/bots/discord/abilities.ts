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
  /** From what the gateway has said so far, without asking; empty where it has said nothing. */
  missingAtOnce(channel: string): readonly Permission[];
  /** An interaction says what the bot may do where it happens, and how much it may upload. */
  learn(channel: string, report: { readonly bytes?: number; readonly permissions?: string }): void;
}

/** What an interaction said: the limit holds until another one says otherwise. */
interface Report {
  readonly bytes?: number;
  readonly permissions?: string;
  readonly at: number;
}

/** How long permissions are believed, in milliseconds: what the gateway says later is newer. */
const believedMilliseconds = 5000;

/**
 * Computed from the roles and overwrites that the gateway keeps current; only channels that it did not list are asked for.
 * `now` is monotonic.
 */
export function createAbilities(client: Client, now: () => number): Abilities {
  const reports = new Map<string, Report>();

  /** As an interaction reported lately; `null` where none did. */
  function reportedPermissions(channel: string): PermissionsBitField | null {
    const { permissions, at = 0 } = reports.get(channel) ?? {};
    if (!permissions || now() - at > believedMilliseconds) return null;
    return new PermissionsBitField(permissionsIn(permissions));
  }

  async function missing(place: Place, signal: AbortSignal): Promise<readonly Permission[]> {
    const guild = client.guilds.cache.get(place.workspace ?? "");
    // Then nothing is known of it but what an interaction said; whatever is refused will say so.
    if (!guild) return missingOf(reportedPermissions(place.channel));
    const aim = { to: "show a channel", signal, needs: ["view"] } as const;
    try {
      if (!guild.members.me) await attempt(aim, () => guild.members.fetchMe());
      const known = client.channels.cache.get(place.channel);
      const channel = known ?? (await attempt(aim, () => client.channels.fetch(place.channel)));
      return channel ? missingIn(channel, reportedPermissions(place.channel)) : [];
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.failure === "missing-permission") return allPermissions;
      if (error.isPassing || error.failure === "unknown-place") throw error;
      return missingOf(reportedPermissions(place.channel));
    }
  }

  return {
    async in(place, signal) {
      const boosted = uploadLimits[client.guilds.cache.get(place.workspace ?? "")?.premiumTier ?? 0];
      const maxUploadBytes = Math.min(boosted, reports.get(place.channel)?.bytes ?? boosted);
      return { missing: place.isDirect ? [] : await missing(place, signal), maxUploadBytes };
    },
    missingAtOnce(id) {
      const channel = client.channels.cache.get(id);
      return channel ? missingIn(channel, null) : missingOf(reportedPermissions(id));
    },
    learn(channel, { bytes, permissions }) {
      const before = reports.get(channel);
      reports.delete(channel);
      reports.set(channel, {
        ...before,
        ...(bytes ? { bytes } : {}),
        ...(permissions ? { permissions } : {}),
        at: now(),
      });
      const [oldest] = reports.keys();
      if (reports.size > 1000 && oldest !== undefined) reports.delete(oldest);
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

function missingIn(channel: Channel, reported: PermissionsBitField | null): readonly Permission[] {
  if (channel.isDMBased()) return [];
  const { me } = channel.guild.members;
  const permissions = reported ?? (me && channel.permissionsFor(me));
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
