import { personOf } from "../../../store/jobs.ts";
import { type CommandEvent, type Context, say } from "../../context.ts";
import { everywhere, scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

const options = [{ name: "member", kind: "member", isRequired: true }] as const;

/** `/admin block <member>`: does nothing more for a person here; an operator's block holds everywhere. */
export const blockCommand = defineCommand({
  name: "admin block",
  options,
  isForAdmins: true,
  isDelegable: true,
  run: (context, { member }) => block(context, member),
});

/** `/admin unblock <member>`: an operator lifts the block of here and the one of everywhere. */
export const unblockCommand = defineCommand({
  name: "admin unblock",
  options,
  isForAdmins: true,
  isDelegable: true,
  run: (context, { member }) => unblock(context, member),
});

async function block(context: Context<CommandEvent>, member: string): Promise<void> {
  const { event, services, words } = context;
  // Nobody else may be there to lift it.
  if (member === event.member.id) return say(event.respond, words.say("admin.block.self"));
  const isEverywhere = isOperator(context);
  const [scope, entry] = isEverywhere
    ? [everywhere, personIn(context, member)]
    : [scopeOf(event.place), member];
  await services.settings.change(scope, "blocked", (before) => [...without(before, entry), entry]);
  await recordAction(context, "block", { member, everywhere: isEverywhere });
  const everywhereKey = services.isPart ? "admin.blocked.part" : "admin.blocked.everywhere";
  const key = isEverywhere ? everywhereKey : "admin.blocked";
  await say(event.respond, words.say(key, { who: { member } }));
}

async function unblock(context: Context<CommandEvent>, member: string): Promise<void> {
  const { event, services, words } = context;
  const { settings } = services;
  const person = personIn(context, member);
  await settings.change(scopeOf(event.place), "blocked", (before) => without(before, member));
  if (isOperator(context)) {
    await settings.change(everywhere, "blocked", (before) => without(before, person));
  }
  await recordAction(context, "unblock", { member });
  const isBlocked = (await settings.get(everywhere, "blocked")).includes(person);
  const key = isBlocked ? "admin.unblocked.not-everywhere" : "admin.unblocked";
  await say(event.respond, words.say(key, { who: { member } }));
}

function personIn({ event }: Context<CommandEvent>, member: string): string {
  return personOf({ platform: event.place.platform, user: member });
}

function without(list: readonly string[], entry: string): readonly string[] {
  return list.filter((each) => each !== entry);
}
