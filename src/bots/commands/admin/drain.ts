import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { requireOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin drain`: what runs finishes, and nothing more is taken until the next start. */
export const drainCommand = defineCommand({
  name: "admin drain",
  options: [],
  isForAdmins: true,
  async run(context) {
    const { event, services, words } = context;
    requireOperator(context);
    void services.scheduler.drain().catch((error) => services.log("error", "drain", { error }));
    await recordAction(context, "drain", {});
    await say(event.respond, words.say("admin.drained"));
  },
});
