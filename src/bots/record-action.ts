import type { JobRecord } from "../store/jobs.ts";
import type { Context } from "./context.ts";
import { scopeOf } from "./intake/settings.ts";
import { isOwner } from "./rights.ts";

/** Writes down who steered what, and tells it in the log channel, for the admins of here or of another scope; options that were left out are left out too. */
export async function recordAction(
  { event, services }: Context,
  action: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
  scope: string = scopeOf(event.place),
): Promise<void> {
  const given = Object.entries(details).filter(([, value]) => value !== null && value !== false);
  const entry = {
    at: services.clock(),
    scope,
    actor: event.member.id,
    action,
    details: Object.fromEntries(given),
  };
  await services.store.audit.append(entry);
  services.logChannel.acted(entry);
}

/** Writes down what an admin did with somebody else's job; what becomes of one's own is nobody's affair. */
export async function recordActionOnJob(
  context: Context,
  action: "cancel" | "delete",
  job: JobRecord,
): Promise<void> {
  if (isOwner(job, context.event)) return;
  await recordAction(context, action, { job: job.id, member: job.owner.user });
}
