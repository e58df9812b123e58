import { ownerOf, say } from "../context.ts";
import { memberScopeOf, scopeOf } from "../intake/settings.ts";
import { defineCommand } from "./define-command.ts";

/** `/mentions <do>`: whether results that took a while mention the member, wherever the chat's bot is. */
export const mentionsCommand = defineCommand({
  name: "mentions",
  options: [{ name: "do", kind: "choice", choices: ["show", "on", "off"], isRequired: true }],
  isForAdmins: false,
  async run({ event, services, words }, { do: action }) {
    await event.respond.acknowledge();
    const { settings } = services;
    const own = memberScopeOf({ platform: event.place.platform, user: event.member.id });
    const change = asked[action];
    const isOn =
      change === null
        ? await settings.get(own, "mentions")
        : await settings.change(own, "mentions", () => change);
    if (change !== null) services.homes.changed(ownerOf(event));
    const isOnHere = await settings.get(scopeOf(event.place), "mentions");
    await say(
      event.respond,
      words.say("answer.mentions", { on: isOn ? "yes" : "no", here: isOnHere ? "yes" : "no" }),
    );
  },
});

/** What is asked for; `null` leaves it as it is. */
export const asked: Readonly<Record<"show" | "on" | "off", boolean | null>> = {
  show: null,
  on: true,
  off: false,
};
