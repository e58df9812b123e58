import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { findSteerable, noJobText } from "./jobs.ts";

/** `/admin move <job>`: a waiting job is the next. */
export const moveCommand = defineCommand({
  name: "admin move",
  options: [{ name: "job", kind: "text", maxLength: 40, isRequired: true }],
  isForAdmins: true,
  async run(context, { job: id }) {
    const { event, services, words } = context;
    if (!(await findSteerable(id, context))) return say(event.respond, noJobText(id, context));
    const isMoved = await services.store.jobs.moveToFront(id);
    if (isMoved) await recordAction(context, "move", { job: id });
    services.scheduler.wake();
    services.delivery.queueChanged();
    await say(event.respond, words.say(isMoved ? "admin.moved" : "admin.not-waiting", { job: id }));
  },
});
