import { ownerOf, say } from "../context.ts";
import { memberScopeOf } from "../intake/settings.ts";
import { defineCommand } from "./define-command.ts";
import { switchOption, turn } from "./switch.ts";

/** `/avatar <do>`: whether others may edit the member's avatar, wherever the chat's bot is. */
export const avatarCommand = defineCommand({
  name: "avatar",
  options: [switchOption],
  isForAdmins: false,
  async run({ event, platform, services, words }, { do: asked }) {
    await event.respond.acknowledge();
    const isOn = await turn(services.settings, memberScopeOf(ownerOf(event)), "avatar", asked);
    if (asked !== "show") services.homes.changed(ownerOf(event));
    const state = platform.capabilities.avatars ? (isOn ? "yes" : "no") : "none";
    await say(event.respond, words.say("answer.avatar", { on: state }));
  },
});
