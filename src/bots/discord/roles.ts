import {
  type APIGuildMember,
  RESTJSONErrorCodes as Code,
  DiscordAPIError,
  type REST,
  Routes,
} from "discord.js";
import { ChatError } from "../chat.ts";
import { attempt } from "./failures.ts";

/**
 * Ids of the roles that somebody has in a guild; `null` of who is not in it, or where the bot is not. It takes no privileged intent.
 * https://discord.com/developers/docs/resources/guild#get-guild-member
 * @throws ChatError
 */
export async function rolesIn(
  rest: REST,
  guild: string,
  user: string,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const look = async (own: AbortSignal) => {
    try {
      return (await rest.get(Routes.guildMember(guild, user), { signal: own })) as APIGuildMember;
    } catch (error) {
      if (error instanceof DiscordAPIError && unknown.includes(Number(error.code))) return null;
      throw error;
    }
  };
  try {
    return (await attempt({ to: "show a member", signal }, look))?.roles ?? null;
  } catch (error) {
    if (error instanceof ChatError && error.failure === "unknown-place") return null;
    throw error;
  }
}

const unknown: readonly number[] = [Code.UnknownMember, Code.UnknownUser];
