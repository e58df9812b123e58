import type { ChatPlatform, Member, Place } from "../chat.ts";
import { type Settings, scopeOf } from "./settings.ts";

export interface PackRulesParts {
  readonly settings: Settings;
  readonly platforms: ReadonlyMap<string, Pick<ChatPlatform, "workspaces" | "groupsIn">>;
  readonly signal: AbortSignal;
}

/** Which packs admins keep to roles or user groups. */
export interface PackRules {
  /**
   * Those of the packs that a member may use in a place. Where the place belongs to no workspace, those that one of the workspaces that
   * they are in keeps to groups are theirs by their groups there: nobody gets round a rule by a direct message.
   * @throws EditError `settings-unreadable`; ChatError where the platform does not tell their groups
   */
  packsFor(member: Member, place: Place, packs: readonly string[]): Promise<readonly string[]>;
}

export function createPackRules({ settings, platforms, signal }: PackRulesParts): PackRules {
  /** The packs that are kept to groups in workspaces of the member, and whether one of them is the member's own. */
  async function keptFrom({ id }: Member, place: Place): Promise<ReadonlyMap<string, boolean>> {
    const kept = new Map<string, boolean>();
    const platform = platforms.get(place.platform);
    if (!platform?.groupsIn) return kept;
    for (const workspace of platform.workspaces ?? []) {
      const rules = Object.entries(await settings.get(scopeOf({ ...place, workspace }), "packs"));
      const groups = rules.length > 0 ? await platform.groupsIn(workspace, id, { signal }) : null;
      if (groups === null) continue;
      for (const [pack, allowed] of rules)
        kept.set(pack, kept.get(pack) === true || allowed.some((group) => groups.includes(group)));
    }
    return kept;
  }

  return {
    async packsFor(member, place, packs) {
      const rules = await settings.get(scopeOf(place), "packs");
      const here = packs.filter((pack) => {
        const allowed = Object.hasOwn(rules, pack) ? rules[pack] : undefined;
        return allowed === undefined || allowed.some((group) => member.groups.includes(group));
      });
      if (place.workspace !== null && place.isOutside !== true) return here;
      const kept = await keptFrom(member, place);
      return here.filter((pack) => kept.get(pack) !== false);
    },
  };
}
