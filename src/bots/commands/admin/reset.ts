import { type CommandEvent, type Context, say } from "../../context.ts";
import { everywhere, isUnreadable, scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { isOperator } from "../../rights.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin reset <setting>`: back to how it was at first, which also mends what cannot be read. */
export const resetCommand = defineCommand({
  name: "admin reset",
  options: [
    {
      name: "setting",
      kind: "choice",
      choices: [
        "limits",
        "channels",
        "words",
        "blocked",
        "safety",
        "mentions",
        "variations",
        "cooldown",
        "private",
        "moderators",
        "packs",
        "log",
        "edit",
      ],
      isRequired: true,
    },
  ],
  isForAdmins: true,
  async run(context, { setting }) {
    const { event, services, words } = context;
    const scope = scopeOf(event.place);
    await services.settings.reset(scope, setting);
    if (isOperator(context)) {
      if (setting === "limits") await services.settings.reset(scope, "ceilings");
      if (setting === "blocked") await mendBlocksEverywhere(context);
    }
    await recordAction(context, "reset", { setting });
    await say(event.respond, words.say("admin.reset", { setting }));
  },
});

/** Those who are blocked everywhere stay so as long as anybody can tell who they are. */
async function mendBlocksEverywhere({ services: { settings } }: Context<CommandEvent>): Promise<void> {
  try {
    await settings.get(everywhere, "blocked");
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await settings.reset(everywhere, "blocked");
  }
}
