import type { ChatEvent } from "./chat.ts";
import { type Settings, scopeOf } from "./intake/settings.ts";

// Moderators: people whose role or user group admins gave some of their commands, and nothing else of what admins may.

type Asker = Pick<ChatEvent, "member" | "place">;

/** True where a role or user group of the member was given an admin's command here. @throws EditError `settings-unreadable` */
export async function moderatesBy(
  command: string,
  { member, place }: Asker,
  settings: Pick<Settings, "get">,
): Promise<boolean> {
  const given = await settings.get(scopeOf(place), "moderators");
  return rolesOf(member.groups, given).some((role) => given[role]?.includes(command));
}

/** True where a role or user group of the member was given any command here. @throws EditError `settings-unreadable` */
export async function isModerator(
  { member, place }: Asker,
  settings: Pick<Settings, "get">,
): Promise<boolean> {
  return rolesOf(member.groups, await settings.get(scopeOf(place), "moderators")).length > 0;
}

function rolesOf(groups: readonly string[], given: Readonly<Record<string, readonly string[]>>) {
  return groups.filter((group) => Object.hasOwn(given, group));
}
