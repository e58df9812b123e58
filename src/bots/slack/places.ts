import type { MessageRef, Place } from "../chat.ts";

/** Names this platform in places, messages and the store. */
export const platformName = "slack";
/** Names the message shortcut in the manifest. */
export const shortcutCallback = "edit_image";
/** Names the other one. */
export const markCheckCallback = "check_marks";

/** A channel, a thread in one, or a direct conversation, all of which belong to a workspace. */
export function placeIn(workspace: string, channel: string, thread: string | null): Place {
  return { platform: platformName, workspace, channel, thread, isDirect: isDirect(channel) };
}

export function messageRefIn(
  { workspace, channel }: Pick<Place, "workspace" | "channel">,
  message: string,
  thread: string | null,
): MessageRef {
  // A thread's first message names itself as its thread.
  return { platform: platformName, workspace, channel, message, thread: thread === message ? null : thread };
}

/** Conversations of two have ids of their own kind. */
export function isDirect(channel: string): boolean {
  return channel.startsWith("D");
}

/** A file of the bot that no message shows any more, as something that can be removed. */
export function fileRefIn(workspace: string, file: string): MessageRef {
  return { platform: platformName, workspace, channel: "", message: file, thread: null };
}

/** The id of such a file; `null` for a message. */
export function fileOf({ channel, message }: Pick<MessageRef, "channel" | "message">): string | null {
  return channel === "" ? message : null;
}
