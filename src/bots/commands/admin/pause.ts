import { type CommandEvent, type Context, say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { requireOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

const options = [{ name: "lane", kind: "text", maxLength: 60 }] as const;

/** `/admin pause [lane]`: one lane, or all, claim no more jobs. */
export const pauseCommand = defineCommand({
  name: "admin pause",
  options,
  isForAdmins: true,
  run: (context, { lane }) => switchLanes(context, "pause", lane),
});

/** `/admin resume [lane]` */
export const resumeCommand = defineCommand({
  name: "admin resume",
  options,
  isForAdmins: true,
  run: (context, { lane }) => switchLanes(context, "resume", lane),
});

/** There is none of the name; which there are. */
export function sayNoLane({ event, services, words }: Context<CommandEvent>, lane: string): Promise<void> {
  const lanes = services.scheduler.lanes.map(({ name }) => name).join(", ");
  return say(event.respond, words.say("admin.no-lane", { lane, lanes }));
}

async function switchLanes(
  context: Context<CommandEvent>,
  action: "pause" | "resume",
  given: string | null,
): Promise<void> {
  const { event, services, words } = context;
  requireOperator(context);
  const lane = given === "all" ? null : given;
  if (!(await services.scheduler[action](lane))) {
    return sayNoLane(context, lane ?? "");
  }
  await recordAction(context, action, { lane: lane ?? "all" });
  const key = action === "pause" ? "admin.paused" : "admin.resumed";
  await say(event.respond, words.say(key, { lane: lane ?? "all" }));
}
