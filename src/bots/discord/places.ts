import type { MessageRef, Place } from "../chat.ts";

/** Names this platform in places, messages and the store. */
export const platformName = "discord";

/** A channel, a thread (which is a channel here) or a direct conversation. */
export function placeIn(channel: string, guild: string | null | undefined): Place {
  const workspace = guild ?? null;
  return { platform: platformName, workspace, channel, thread: null, isDirect: workspace === null };
}

/** Where a member brought the bot along to: it can answer there, and do nothing else. */
export function placeOutside(channel: string): Place {
  return { ...placeIn(channel, null), isOutside: true };
}

export function messageRefIn(
  { workspace, channel }: Pick<Place, "workspace" | "channel">,
  message: string,
): MessageRef {
  return { platform: platformName, workspace, channel, message, thread: null };
}
