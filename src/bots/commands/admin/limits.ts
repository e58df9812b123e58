import type { Inline, RichText } from "../../../locales/rich-text.ts";
import { linesOf } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import { type CommandEvent, type Context, type Handler, say } from "../../context.ts";
import { type Limits, limitsOf, scopeOf, type WorkspaceSettings } from "../../intake/settings.ts";
import { note } from "./audit.ts";

// /admin limits, block, unblock, channels, words: the rules of one guild or workspace, kept in the store.

type LimitSettings = WorkspaceSettings["limits"];

/** Shows the limits, or sets those of everybody here, of one member or of one group. */
export const adminLimits: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const { waiting, per_day: perDay, member, group, clear } = event.options;
  const given = {
    ...(typeof waiting === "number" ? { waiting } : {}),
    ...(typeof perDay === "number" ? { perDay } : {}),
  };
  const scope = scopeOf(event.place);
  const isChange = clear === true || Object.keys(given).length > 0;
  const after = await services.settings.change(scope, "limits", (before) =>
    isChange ? withLimits(before, { member, group }, clear === true ? null : given) : before,
  );
  if (isChange) {
    await note(context, "limits", {
      ...given,
      member: String(member ?? ""),
      group: String(group ?? ""),
      clear: clear === true,
    });
  }
  await say(event.respond, limitLines(after, services.standardLimits, words));
};

function withLimits(
  before: LimitSettings,
  whose: { readonly member: unknown; readonly group: unknown },
  given: Partial<Limits> | null,
): LimitSettings {
  if (typeof whose.member === "string")
    return { ...before, members: withEntry(before.members, whose.member, given) };
  if (typeof whose.group === "string")
    return { ...before, groups: withEntry(before.groups, whose.group, given) };
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

export const adminBlock: Handler<CommandEvent> = (context) => setBlocked(context, true);
export const adminUnblock: Handler<CommandEvent> = (context) => setBlocked(context, false);

async function setBlocked(context: Context<CommandEvent>, isBlocked: boolean): Promise<void> {
  const { event, services, words } = context;
  const member = String(event.options.member ?? "");
  await services.settings.change(scopeOf(event.place), "blocked", (before) => {
    const others = before.filter((id) => id !== member);
    return isBlocked ? [...others, member] : others;
  });
  await note(context, isBlocked ? "block" : "unblock", { member });
  await say(event.respond, words.say(isBlocked ? "admin.blocked" : "admin.unblocked", { who: { member } }));
}

/** Where the bot answers: everywhere, or only in the channels that are allowed. */
export const adminChannels: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const { do: what, channel } = event.options;
  const needsChannel = what === "allow" || what === "deny";
  if (needsChannel && typeof channel !== "string")
    return say(event.respond, words.say("admin.channel.which"));
  const after = await services.settings.change(scopeOf(event.place), "channels", (before) => {
    if (what === "everywhere") return null;
    const others = (before ?? []).filter((id) => id !== channel);
    if (what === "allow") return [...others, String(channel)];
    // The last one that is denied leaves none, which is nowhere, not everywhere.
    return what === "deny" ? others : before;
  });
  if (what !== "list") await note(context, "channels", { do: String(what), channel: String(channel ?? "") });
  const list: RichText = (after ?? []).flatMap((id, index) =>
    index === 0 ? [{ channel: id }] : [", ", { channel: id }],
  );
  await say(
    event.respond,
    words.say(after === null ? "admin.channels.everywhere" : "admin.channels", { list, count: list.length }),
  );
};

export const adminWords: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  const { do: what, word } = event.options;
  if (what !== "list" && typeof word !== "string") return say(event.respond, words.say("admin.word.which"));
  const after = await services.settings.change(scopeOf(event.place), "words", (before) => {
    const others = before.filter((each) => each.toLowerCase() !== String(word).toLowerCase());
    if (what === "add") return [...others, String(word)];
    return what === "remove" ? others : before;
  });
  if (what !== "list") await note(context, "words", { do: String(what), word: String(word ?? "") });
  await say(event.respond, words.say("admin.words", { list: after.join(", ") || "none" }));
};
