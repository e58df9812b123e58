import type { Member, Place } from "../chat.ts";
import { type EditChoices, type EditOption, isShown } from "./edit-options.ts";
import type { OfferedPack } from "./painter.ts";
import { memberScopeOf, type Settings, scopeOf } from "./settings.ts";

/** What edits are asked for with where their member says nothing. */
export interface DefaultsParts {
  readonly settings: Settings;
  readonly editOptions: readonly EditOption[];
  readonly packs: readonly OfferedPack[];
}

/**
 * What was chosen, and for the rest what is set: by the member for themselves, else for the thread, its channel or its category, else for
 * the workspace. What was set and is not offered any more, or does not go with what was chosen, is left out.
 * @throws EditError `settings-unreadable`
 */
export async function withDefaults(
  chosen: EditChoices,
  asker: { readonly member: Pick<Member, "id">; readonly place: Place },
  { settings, editOptions, packs }: DefaultsParts,
): Promise<EditChoices> {
  const { member, place } = asker;
  const [here, own] = await Promise.all([
    settings.get(scopeOf(place), "edit"),
    settings.get(memberScopeOf({ platform: place.platform, user: member.id }), "edit"),
  ]);
  const layers = [place.category, place.parent, place.channel].map((id) => (id && here.channels[id]) || {});
  const set: EditChoices = Object.assign({}, here.all, ...layers, own.all);
  const standing = Object.fromEntries(
    editOptions.filter(isShown).flatMap((option) => {
      const value = set[option.spec.name];
      return value !== undefined && canBeHad(option, value) ? [[option.spec.name, value]] : [];
    }),
  );
  const all = { ...standing, ...chosen };
  const pack = packs.find(({ name }) => name === all.pack) ?? packs[0];
  const isKept = (name: string, offered: readonly string[] | undefined) =>
    name in chosen || all[name] === undefined || offered?.includes(String(all[name])) === true;
  const { style, method, strength, ...others } = all;
  return {
    ...others,
    ...(style !== undefined && isKept("style", pack?.styles) && { style }),
    ...(method !== undefined && isKept("method", pack?.methods) && { method }),
    ...(strength !== undefined && ("strength" in chosen || pack?.takesStrength !== false) && { strength }),
  };
}

function canBeHad(option: EditOption, value: string | number): boolean {
  try {
    option.part(value);
    return true;
  } catch {
    return false;
  }
}
