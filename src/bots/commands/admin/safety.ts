import type { SafetyPolicy } from "../../../types.ts";
import { type CommandEvent, type Handler, say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { note } from "./audit.ts";

/** What `do` of the command sets; `show` sets nothing. */
const policies: ReadonlyMap<unknown, SafetyPolicy> = new Map([
  ["off", "off"],
  ["spoiler", "mark"],
  ["refuse", "refuse"],
]);

/** `/admin safety`: what becomes of pictures that the safety model finds unsafe; without a model, how to get one. */
export const adminSafety: Handler<CommandEvent> = async (context) => {
  const { event, services, words } = context;
  if (!services.checksSafety) return say(event.respond, words.say("admin.safety.none"));
  const asked = policies.get(event.options.do);
  const after = await services.settings.change(scopeOf(event.place), "safety", (before) => asked ?? before);
  if (asked) await note(context, "safety", { do: String(event.options.do) });
  await say(event.respond, words.say("admin.safety", { policy: after }));
};
