import type { CommandEvent, Context } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";

/** Writes down who steered what; options that were left out are left out here too. */
export async function recordAction(
  { event, services }: Context<CommandEvent>,
  action: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
): Promise<void> {
  const given = Object.entries(details).filter(([, value]) => value !== null && value !== false);
  await services.store.audit.append({
    at: services.clock(),
    scope: scopeOf(event.place),
    actor: event.member.id,
    action,
    details: Object.fromEntries(given),
  });
}
