import type { JobRecord } from "../../../store/jobs.ts";
import { type CommandEvent, type Context, say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";
import { findSteerable, noJobText } from "./jobs.ts";

/** `/admin cancel`: one job of here, all of a person here, or all of here; an operator's "all" is everywhere. */
export const cancelCommand = defineCommand({
  name: "admin cancel",
  options: [
    { name: "job", kind: "text", maxLength: 40 },
    { name: "member", kind: "member" },
    { name: "all", kind: "flag" },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { job: id, member, all }) {
    const { event, services, words } = context;
    if (!id && !member && !all) return say(event.respond, words.say("admin.cancel.which"));
    const found = id ? await findSteerable(id, context) : null;
    if (id && !found) return say(event.respond, noJobText(id, context));
    const jobs = found ? [found] : await unfinishedJobs(context, member);
    /** How many of each place's jobs; here is named also where there were none. */
    const counts = new Map([[scopeOf(event.place), 0]]);
    for (const { id: job, owner } of jobs) {
      const scope = scopeOf(owner);
      // People of other places are not told who an operator is.
      const by = scope === scopeOf(event.place) ? event.member.id : undefined;
      if (await services.scheduler.cancel(job, by)) counts.set(scope, (counts.get(scope) ?? 0) + 1);
    }
    const whose = member ?? found?.owner.user ?? null;
    for (const [scope, count] of counts)
      await recordAction(context, "cancel", { job: id, member: whose, all, count }, scope);
    const count = [...counts.values()].reduce((sum, each) => sum + each, 0);
    await say(event.respond, words.say("admin.cancelled", { count }));
  },
});

function unfinishedJobs(
  context: Context<CommandEvent>,
  member: string | null,
): Promise<readonly JobRecord[]> {
  const { place } = context.event;
  const here = { platform: place.platform, workspace: place.workspace };
  return context.services.store.jobs.list({
    ...(isOperator(context) && member === null ? {} : here),
    ...(member === null ? {} : { user: member }),
    states: ["waiting", "running"],
    limit: 100_000,
  });
}
