import type { JobRecord } from "../../../store/jobs.ts";
import { type Context, say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";
import { findSteerable, noJobText } from "./jobs.ts";

/**
 * `/admin move <job>`: a waiting job is the next of all where an operator says so, else the next of its workspace: it changes
 * places with those of there, and nobody else's place changes.
 */
export const moveCommand = defineCommand({
  name: "admin move",
  options: [{ name: "job", kind: "text", maxLength: 40, isRequired: true }],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { job: id }) {
    const { event, services, words } = context;
    const job = await findSteerable(id, context);
    if (!job) return say(event.respond, noJobText(id, context));
    const isOfAll = isOperator(context);
    const isMoved = isOfAll ? await services.store.jobs.moveToFront(id) : await moveWithin(job, context);
    if (isMoved) await recordAction(context, "move", { job: id });
    services.scheduler.wake();
    services.delivery.queueChanged();
    const key = isOfAll ? "admin.moved" : "admin.moved.here";
    await say(event.respond, words.say(isMoved ? key : "admin.not-waiting", { job: id }));
  },
});

/** False where the job, or one that stands before it, waits no more. */
async function moveWithin({ id, owner }: JobRecord, { services }: Context): Promise<boolean> {
  const { jobs } = services.store;
  const { platform, workspace } = owner;
  const filter = { platform, workspace, states: ["waiting"], limit: 100_000 } as const;
  const ofHere = new Set((await jobs.list(filter)).map((job) => job.id));
  const line = [...(await services.scheduler.standings()).keys()].filter((each) => ofHere.has(each));
  return jobs.moveWithin(line.slice(0, line.indexOf(id) + 1));
}
