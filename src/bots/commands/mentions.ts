import { ownerOf, say } from "../context.ts";
import { memberScopeOf, scopeOf } from "../intake/settings.ts";
import { defineCommand } from "./define-command.ts";
import { switchOption, turn } from "./switch.ts";

/** `/mentions <do>`: whether results that took a while mention the member, wherever the chat's bot is. */
export const mentionsCommand = defineCommand({
  name: "mentions",
  options: [switchOption],
  isForAdmins: false,
  async run({ event, services, words }, { do: asked }) {
    await event.respond.acknowledge();
    const isOn = await turn(services.settings, memberScopeOf(ownerOf(event)), "mentions", asked);
    if (asked !== "show") services.homes.changed(ownerOf(event));
    const isOnHere = await services.settings.get(scopeOf(event.place), "mentions");
    await say(
      event.respond,
      words.say("answer.mentions", { on: isOn ? "yes" : "no", here: isOnHere ? "yes" : "no" }),
    );
  },
});
