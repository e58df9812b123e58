import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { SettingsStore } from "../../store/settings.ts";
import type { ChatEvent } from "../chat.ts";
import { memberScopeOf } from "./settings.ts";

type Asker = Pick<ChatEvent, "member" | "place">;

const toldSchema = z.array(z.string()).catch([]);

/** Notes that a member was told something; false where they had been told before. */
export async function tellOnce(settings: SettingsStore, asker: Asker, what: string): Promise<boolean> {
  const scope = scopeOfMember(asker);
  const told = toldSchema.parse(await settings.get(scope, "told").catch(nothingReadable));
  if (told.includes(what)) return false;
  await settings.set(scope, "told", [...told, what]);
  return true;
}

/** What is damaged is said once more, and written anew. @throws every other failure of the store */
function nothingReadable(error: unknown): readonly string[] {
  if (error instanceof EditError && error.code === "store-unreadable") return [];
  throw error;
}

/** As if the member had been told nothing yet. */
export async function forgetTold(settings: SettingsStore, asker: Asker): Promise<void> {
  await settings.set(scopeOfMember(asker), "told", undefined);
}

function scopeOfMember({ member, place }: Asker): string {
  return memberScopeOf({ platform: place.platform, user: member.id });
}
