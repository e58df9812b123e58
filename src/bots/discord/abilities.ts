import { type Channel, ChannelType, type Client, GuildPremiumTier, PermissionFlagsBits } from "discord.js";
import { ChatError, type Permission, type Place, type PlaceAbilities } from "../chat.ts";
import { attempt } from "./failures.ts";

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
  /** An interaction tells the upload limit of where it happens. */
  learnUploadLimit(channel: string, bytes: number | undefined): void;
}

/** Computed from the roles and overwrites that the gateway keeps current; only channels it did not tell of are asked for. */
export function createAbilities(client: Client): Abilities {
  const toldLimits = new Map<string, number>();

  async function missing(place: Place, signal: AbortSignal): Promise<readonly Permission[]> {
    const guild = client.guilds.cache.get(place.workspace ?? "");
    if (!guild) return allPermissions;
    const aim = { to: "show a channel", signal, needs: ["view"] } as const;
    try {
      if (!guild.members.me) await attempt(aim, () => guild.members.fetchMe());
      const known = client.channels.cache.get(place.channel);
      const channel = known ?? (await attempt(aim, () => client.channels.fetch(place.channel)));
      return channel ? missingIn(channel) : allPermissions;
    } catch (error) {
      if (error instanceof ChatError && error.failure === "missing-permission") return allPermissions;
      throw error;
    }
  }

  return {
    async in(place, signal) {
      const boosted = uploadLimits[client.guilds.cache.get(place.workspace ?? "")?.premiumTier ?? 0];
      const maxUploadBytes = Math.min(boosted, toldLimits.get(place.channel) ?? boosted);
      return { missing: place.isDirect ? [] : await missing(place, signal), maxUploadBytes };
    },
    missingAtOnce(id) {
      const channel = client.channels.cache.get(id);
      return channel ? missingIn(channel) : [];
    },
    learnUploadLimit(channel, bytes) {
      if (bytes === undefined) return;
      toldLimits.delete(channel);
      toldLimits.set(channel, bytes);
      const [oldest] = toldLimits.keys();
      if (toldLimits.size > 1000 && oldest !== undefined) toldLimits.delete(oldest);
    },
  };
}

const allPermissions: readonly Permission[] = ["view", "post", "attach", "react", "read-history"];

function missingIn(channel: Channel): readonly Permission[] {
  if (channel.isDMBased()) return [];
  const { me } = channel.guild.members;
  const permissions = me && channel.permissionsFor(me);
  if (!permissions) return allPermissions;
  const isThread = channel.isThread();
  const may = (flag: bigint) => permissions.has(flag);
  const mayManageThreads = may(PermissionFlagsBits.ManageThreads);
  const isOutside =
    isThread && channel.type === ChannelType.PrivateThread && !channel.joined && !mayManageThreads;
  // Somebody who was timed out may read and nothing else.
  const isSilenced = me.isCommunicationDisabled() && !may(PermissionFlagsBits.Administrator);
  const isLocked = isThread && channel.locked === true && !mayManageThreads;
  const isClosed = isSilenced || isLocked;
  const post = isThread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages;
  const has: Readonly<Record<Permission, boolean>> = {
    view: may(PermissionFlagsBits.ViewChannel) && !isOutside,
    post: may(post) && !isClosed,
    attach: may(PermissionFlagsBits.AttachFiles) && !isClosed,
    react: may(PermissionFlagsBits.AddReactions) && !isClosed,
    "read-history": may(PermissionFlagsBits.ReadMessageHistory),
    join: true,
  };
  return allPermissions.filter((permission) => !has[permission]);
}
