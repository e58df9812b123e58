import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { asked } from "../mentions.ts";

/** `/admin variations <do>`: whether other results come as messages of their own, so that nobody turns a picture that others look at. */
export const variationsCommand = defineCommand({
  name: "admin variations",
  options: [{ name: "do", kind: "choice", choices: ["show", "on", "off"], isRequired: true }],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action }) {
    const { event, services, words } = context;
    const scope = scopeOf(event.place);
    const change = asked[action];
    const isOn =
      change === null
        ? await services.settings.get(scope, "variations")
        : await services.settings.change(scope, "variations", () => change);
    if (change !== null) await recordAction(context, "variations", { do: action });
    await say(event.respond, words.say("admin.variations", { on: isOn ? "yes" : "no" }));
  },
});
