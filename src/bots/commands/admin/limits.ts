import { type Inline, linesOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import { say } from "../../context.ts";
import { type Limits, limitsOf, scopeOf, type WorkspaceSettings } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

type LimitSettings = WorkspaceSettings["limits"];

/** `/admin limits`: shows the limits, or sets those of everybody here, of one member or of one group. */
export const limitsCommand = defineCommand({
  name: "admin limits",
  options: [
    { name: "waiting", kind: "whole", range: [0, 1000] },
    { name: "per_day", kind: "whole", range: [0, 100_000] },
    { name: "member", kind: "member" },
    { name: "group", kind: "group" },
    { name: "clear", kind: "flag" },
  ],
  isForAdmins: true,
  async run(context, { waiting, per_day: perDay, member, group, clear }) {
    const { event, services, words } = context;
    const given = { ...(waiting === null ? {} : { waiting }), ...(perDay === null ? {} : { perDay }) };
    const isChange = clear || Object.keys(given).length > 0;
    const after = await services.settings.change(scopeOf(event.place), "limits", (before) =>
      isChange ? withLimits(before, { member, group }, clear ? null : given) : before,
    );
    if (isChange) await recordAction(context, "limits", { ...given, member, group, clear });
    await say(event.respond, limitLines(after, services.standardLimits, words));
  },
});

function withLimits(
  before: LimitSettings,
  whose: { readonly member: string | null; readonly group: string | null },
  given: Partial<Limits> | null,
): LimitSettings {
  if (whose.member !== null) return { ...before, members: withEntry(before.members, whose.member, given) };
  if (whose.group !== null) return { ...before, groups: withEntry(before.groups, whose.group, given) };
  return { ...before, all: given ? { ...before.all, ...given } : {} };
}

function withEntry(entries: LimitSettings["members"], id: string, given: Partial<Limits> | null) {
  const { [id]: old, ...others } = entries;
  return given ? { ...others, [id]: { ...old, ...given } } : others;
}

function limitLines(set: LimitSettings, standard: Limits, words: Words): RichText {
  const everybody = limitsOf({ id: "", name: "", locale: "", isAdmin: false, groups: [] }, set, standard);
  const overrides = [
    ...Object.entries(set.members).map(([id, limits]) => ({ who: { member: id } as Inline, limits })),
    ...Object.entries(set.groups).map(([id, limits]) => ({ who: { group: id } as Inline, limits })),
  ];
  return linesOf(
    words.say("admin.limits", { ...everybody }),
    ...overrides.map(({ who, limits }) =>
      words.say("admin.limits.exception", {
        who,
        waiting: limits.waiting ?? everybody.waiting,
        perDay: limits.perDay ?? everybody.perDay,
      }),
    ),
  );
}
