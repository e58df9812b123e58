import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { asked } from "../mentions.ts";

/** `/admin mentions <do>`: whether results that took a while mention who asked for them. */
export const adminMentionsCommand = defineCommand({
  name: "admin mentions",
  options: [{ name: "do", kind: "choice", choices: ["show", "on", "off"], isRequired: true }],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action }) {
    const { event, platform, services, words } = context;
    const scope = scopeOf(event.place);
    const change = asked[action];
    const isOn =
      change === null
        ? await services.settings.get(scope, "mentions")
        : await services.settings.change(scope, "mentions", () => change);
    if (change !== null) await recordAction(context, "mentions", { do: action });
    const own = { code: `${platform.capabilities.typed("mentions")} off` };
    await say(event.respond, words.say("admin.mentions", { on: isOn ? "yes" : "no", command: own }));
  },
});
