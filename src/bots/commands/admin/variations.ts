import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { switchOption, turn } from "../switch.ts";

/** `/admin variations <do>`: whether other results come as messages of their own, so that nobody turns a picture that others look at. */
export const variationsCommand = defineCommand({
  name: "admin variations",
  options: [switchOption],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: asked }) {
    const { event, services, words } = context;
    const isOn = await turn(services.settings, scopeOf(event.place), "variations", asked);
    if (asked !== "show") await recordAction(context, "variations", { do: asked });
    await say(event.respond, words.say("admin.variations", { on: isOn ? "yes" : "no" }));
  },
});
