import { type Inline, linesOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import { say } from "../../context.ts";
import {
  type Limits,
  type LimitsByWhom,
  limitsOf,
  limitsWithin,
  scopeOf,
  type WorkspaceSettings,
} from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { Refusal } from "../../refusal.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

type LimitSettings = WorkspaceSettings["limits"];

/**
 * `/admin limits`: shows the limits, or sets those of everybody here, of one member or of one group. An admin stays below
 * what the operator grants, which is what the configuration says or an operator set by this command.
 */
export const limitsCommand = defineCommand({
  name: "admin limits",
  options: [
    { name: "waiting", kind: "whole", range: [0, 1000] },
    { name: "per_day", kind: "whole", range: [0, 100_000] },
    { name: "member", kind: "member" },
    { name: "group", kind: "group" },
    { name: "pack", kind: "text", maxLength: 60, isNamed: true },
    { name: "clear", kind: "flag" },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { waiting, per_day: perDay, member, group, pack, clear }) {
    const { event, services, words } = context;
    const { settings, standardLimits } = services;
    const scope = scopeOf(event.place);
    const given = { ...(waiting === null ? {} : { waiting }), ...(perDay === null ? {} : { perDay }) };
    if (pack !== null) requirePack(pack, services.packNames);
    const isChange = clear || Object.keys(given).length > 0;
    const change = (before: LimitSettings) =>
      isChange ? withLimits(before, { member, group, pack }, clear ? null : given) : before;
    const ceilings =
      isOperator(context) && pack === null
        ? await settings.change(scope, "ceilings", change)
        : await settings.get(scope, "ceilings");
    const most = limitsOf(whoIs({ member, group }), ceilings, standardLimits);
    if (!clear && pack === null && ((waiting ?? 0) > most.waiting || (perDay ?? 0) > most.perDay)) {
      return say(event.respond, words.say("admin.limits.ceiling", { ...most }));
    }
    const limits = await settings.change(scope, "limits", change);
    if (isChange) await recordAction(context, "limits", { ...given, member, group, pack, clear });
    await say(event.respond, limitLines({ limits, ceilings }, standardLimits, words));
  },
});

/** Somebody of whom nothing but this is known. */
function whoIs({ member, group }: { readonly member: string | null; readonly group: string | null }) {
  return { id: member ?? "", groups: member === null && group !== null ? [group] : [] };
}

/** @throws Refusal `choice-not-offered` */
function requirePack(pack: string, choices: readonly string[]): void {
  if (choices.includes(pack)) return;
  throw new Refusal(
    { code: "choice-not-offered", option: "pack", got: pack, choices },
    `Expected one of the packs ${choices.join(", ")}, got ${JSON.stringify(pack)}.`,
  );
}

interface Whose {
  readonly member: string | null;
  readonly group: string | null;
}

function withLimits(
  before: LimitSettings,
  { pack, ...whose }: Whose & { readonly pack: string | null },
  given: Partial<Limits> | null,
): LimitSettings {
  if (pack === null) return { ...before, ...withLimitsOf(before, whose, given) };
  const { [pack]: old = { all: {}, members: {}, groups: {} }, ...others } = before.packs;
  return { ...before, packs: { ...others, [pack]: withLimitsOf(old, whose, given) } };
}

function withLimitsOf(before: LimitsByWhom, whose: Whose, given: Partial<Limits> | null): LimitsByWhom {
  if (whose.member !== null) return { ...before, members: withEntry(before.members, whose.member, given) };
  if (whose.group !== null) return { ...before, groups: withEntry(before.groups, whose.group, given) };
  return { ...before, all: given ? { ...before.all, ...given } : {} };
}

function withEntry(entries: LimitsByWhom["members"], id: string, given: Partial<Limits> | null) {
  const { [id]: old, ...others } = entries;
  return given ? { ...others, [id]: { ...old, ...given } } : others;
}

/** As they are applied. */
function limitLines(
  set: Pick<WorkspaceSettings, "limits" | "ceilings">,
  standard: Limits,
  words: Words,
): RichText {
  const { members, groups } = set.limits;
  const applied = (whose: { readonly member: string | null; readonly group: string | null }) =>
    limitsWithin(whoIs(whose), set, standard);
  const overrides = [
    ...Object.keys(members).map((member) => ({
      who: { member } as Inline,
      limits: applied({ member, group: null }),
    })),
    ...Object.keys(groups).map((group) => ({
      who: { group } as Inline,
      limits: applied({ member: null, group }),
    })),
  ];
  return linesOf(
    words.say("admin.limits", { ...applied({ member: null, group: null }) }),
    ...overrides.map(({ who, limits }) => words.say("admin.limits.exception", { who, ...limits })),
    ...Object.entries(set.limits.packs).flatMap(([pack, own]) => packLines(pack, own, words)),
  );
}

/** As they are set; what is not set is not bounded by them. */
function packLines(pack: string, { all, members, groups }: LimitsByWhom, words: Words): RichText[] {
  const line = (who: Inline | "all", { waiting, perDay }: LimitsByWhom["all"]) =>
    words.say("admin.limits.pack", { pack, who, waiting: waiting ?? "–", perDay: perDay ?? "–" });
  return [
    ...(Object.keys(all).length > 0 ? [line("all", all)] : []),
    ...Object.entries(members).map(([member, own]) => line({ member }, own)),
    ...Object.entries(groups).map(([group, own]) => line({ group }, own)),
  ];
}
