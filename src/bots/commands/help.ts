import { linesOf, type RichText } from "../../locales/rich-text.ts";
import { describe } from "../../locales/words.ts";
import { type Context, menuEntry, say } from "../context.ts";
import { defineCommand } from "./define-command.ts";

/** `/help`: how to ask for an edit, what can be done with a result, and the other commands that every member has. */
export const helpCommand = defineCommand({
  name: "help",
  options: [],
  isForAdmins: false,
  async run(context) {
    const { event, platform, services, words } = context;
    await event.respond.acknowledge();
    const { typed, asksForOptions } = platform.capabilities;
    const example = words.plain("modal.prompt.example");
    const command = { code: asksForOptions ? typed("edit") : typed("edit", example) };
    await say(
      event.respond,
      words.say("help.text", {
        start: words.say("help.start", { command }),
        menu: words.say("help.menu", { action: menuEntry(context) }),
        mention: words.say("help.mention", { example: { code: example } }),
        commands: otherCommands(context),
        days: services.keepDays,
      }),
    );
  },
});

/** A line each: how it is typed, and what the platforms say of it too. */
function otherCommands({ platform, services, words }: Context): RichText {
  const lines = services.commands
    .filter(({ name, isForAdmins }) => !isForAdmins && name !== "edit" && name !== "help")
    .map(({ name }) =>
      words.say("help.command", {
        command: { code: platform.capabilities.typed(name) },
        description: describe(`command.${name}`, words.locale),
      }),
    );
  return linesOf(...lines);
}
