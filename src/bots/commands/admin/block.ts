import { type CommandEvent, type Context, say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

const options = [{ name: "member", kind: "member", isRequired: true }] as const;

/** `/admin block <member>`: takes no more jobs from a person here. */
export const blockCommand = defineCommand({
  name: "admin block",
  options,
  isForAdmins: true,
  run: (context, { member }) => setBlocked(context, member, true),
});

/** `/admin unblock <member>` */
export const unblockCommand = defineCommand({
  name: "admin unblock",
  options,
  isForAdmins: true,
  run: (context, { member }) => setBlocked(context, member, false),
});

async function setBlocked(context: Context<CommandEvent>, member: string, isBlocked: boolean): Promise<void> {
  const { event, services, words } = context;
  await services.settings.change(scopeOf(event.place), "blocked", (before) => {
    const others = before.filter((id) => id !== member);
    return isBlocked ? [...others, member] : others;
  });
  await recordAction(context, isBlocked ? "block" : "unblock", { member });
  await say(event.respond, words.say(isBlocked ? "admin.blocked" : "admin.unblocked", { who: { member } }));
}
