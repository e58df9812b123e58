import type { SafetyPolicy } from "../../../types.ts";
import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin safety <do>`: what becomes of pictures that the safety model finds unsafe; without a model, how to get one. */
export const safetyCommand = defineCommand({
  name: "admin safety",
  options: [{ name: "do", kind: "choice", choices: ["show", "off", "spoiler", "refuse"], isRequired: true }],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action }) {
    const { event, services, words } = context;
    if (!services.checksSafety) return say(event.respond, words.say("admin.safety.none"));
    const asked = policies[action];
    const after = await services.settings.change(scopeOf(event.place), "safety", (before) => asked ?? before);
    if (asked) await recordAction(context, "safety", { do: action });
    await say(event.respond, words.say("admin.safety", { policy: after }));
  },
});

const policies: Record<"show" | "off" | "spoiler" | "refuse", SafetyPolicy | null> = {
  show: null,
  off: "off",
  spoiler: "mark",
  refuse: "refuse",
};
