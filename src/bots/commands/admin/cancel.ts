import type { JobRecord } from "../../../store/jobs.ts";
import { type CommandEvent, type Context, say } from "../../context.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";
import { findSteerable, noJobText } from "./jobs.ts";
import { recordAction } from "./record-action.ts";

/** `/admin cancel`: one job of here, all of a person here, or all of here; an operator's "all" is everywhere. */
export const cancelCommand = defineCommand({
  name: "admin cancel",
  options: [
    { name: "job", kind: "text", maxLength: 40 },
    { name: "member", kind: "member" },
    { name: "all", kind: "flag" },
  ],
  isForAdmins: true,
  async run(context, { job: id, member, all }) {
    const { event, services, words } = context;
    if (!id && !member && !all) return say(event.respond, words.say("admin.cancel.which"));
    const found = id ? await findSteerable(id, context) : null;
    if (id && !found) return say(event.respond, noJobText(id, context));
    const jobs = found ? [found] : await unfinishedJobs(context, member);
    let count = 0;
    for (const each of jobs) if (await services.scheduler.cancel(each.id)) count += 1;
    await recordAction(context, "cancel", { job: id, member, all, count });
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
