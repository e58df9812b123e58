import type { MessageRef, Place } from "../chat.ts";

/** Name of the platform, in the store and in `LRBOT_ADMINS`. */
export const platformName = "web";

/** The room that everybody reads, where there is one. */
export const sharedRoom = "everybody";

/** The room that one person reads. */
export function ownRoomOf(member: string): string {
  return `own-${member}`;
}

/** A room as a place of the bot: one's own is a direct conversation. */
export function placeOf(room: string): Place {
  return {
    platform: platformName,
    workspace: null,
    channel: room,
    thread: null,
    isDirect: room !== sharedRoom,
  };
}

/** A message of a room. */
export function messageRefIn(room: string, message: string): MessageRef {
  return { platform: platformName, workspace: null, channel: room, message, thread: null };
}

/** The number of a message by its id; `null` of what is no id. */
export function messageNumber(id: string): number | null {
  return /^\d{1,15}$/.test(id) ? Number(id) : null;
}
