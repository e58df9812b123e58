import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { requireOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";
import { sayNoLane } from "./pause.ts";

const options = [{ name: "lane", kind: "text", maxLength: 60 }] as const;

/**
 * `/admin drain [lane]`: what runs finishes, and nothing more is taken until the next start; on one lane or host, until it is
 * resumed.
 */
export const drainCommand = defineCommand({
  name: "admin drain",
  options,
  isForAdmins: true,
  async run(context, { lane: given }) {
    const { event, services, words } = context;
    requireOperator(context);
    if (given !== null && given !== "all") {
      if (!(await services.scheduler.pause(given, { givesBackLoading: true })))
        return sayNoLane(context, given);
      await recordAction(context, "drain", { lane: given });
      return say(event.respond, words.say("admin.drained.lane", { lane: given }));
    }
    void services.scheduler.drain().catch((error) => services.log("error", "drain", { error }));
    await recordAction(context, "drain", {});
    await say(event.respond, words.say("admin.drained"));
  },
});
