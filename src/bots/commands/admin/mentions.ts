import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { switchOption, turn } from "../switch.ts";

/** `/admin mentions <do>`: whether results that took a while mention who asked for them. */
export const adminMentionsCommand = defineCommand({
  name: "admin mentions",
  options: [switchOption],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: asked }) {
    const { event, platform, services, words } = context;
    const isOn = await turn(services.settings, scopeOf(event.place), "mentions", asked);
    if (asked !== "show") await recordAction(context, "mentions", { do: asked });
    const own = { code: `${platform.capabilities.typed("mentions")} off` };
    await say(event.respond, words.say("admin.mentions", { on: isOn ? "yes" : "no", command: own }));
  },
});
