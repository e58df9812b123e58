import { type Inline, linesOf, type RichText } from "../../../locales/rich-text.ts";
import { type CommandEvent, type Context, type Handler, say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";

/** Writes down who steered what. */
export async function note(
  { event, services }: Context<CommandEvent>,
  action: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
): Promise<void> {
  const kept = Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== "" && value !== false),
  );
  await services.store.audit.append({
    at: services.clock(),
    scope: scopeOf(event.place),
    actor: event.member.id,
    action,
    details: kept,
  });
}

/** Details that are ids of members, groups and channels, which are shown by their names. */
function isNamed(detail: string): boolean {
  return detail === "member" || detail === "group" || detail === "channel";
}

/** `/admin audit`: newest first. */
export const adminAudit: Handler<CommandEvent> = async ({ event, services, words }) => {
  const last = typeof event.options.last === "number" ? event.options.last : 15;
  const entries = await services.store.audit.list(scopeOf(event.place), last);
  const time = new Intl.DateTimeFormat(words.locale, { dateStyle: "short", timeStyle: "short" });
  const lines = entries.map(({ at, actor, action, details }) =>
    words.say("admin.audit.line", {
      time: time.format(at),
      who: { member: actor },
      action,
      details: Object.entries(details).flatMap(([name, value], index): RichText => {
        const before = `${index === 0 ? "" : ", "}${name} `;
        return [before, isNamed(name) ? ({ [name]: String(value) } as Inline) : String(value)];
      }),
    }),
  );
  await say(event.respond, lines.length === 0 ? words.say("admin.audit.none") : linesOf(...lines));
};
