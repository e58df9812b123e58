import { ownerOf, say } from "../context.ts";
import { memberScopeOf } from "../intake/settings.ts";
import { defineCommand } from "./define-command.ts";
import { asked } from "./mentions.ts";

/** `/avatar <do>`: whether others may edit the member's avatar, wherever the chat's bot is. */
export const avatarCommand = defineCommand({
  name: "avatar",
  options: [{ name: "do", kind: "choice", choices: ["show", "on", "off"], isRequired: true }],
  isForAdmins: false,
  async run({ event, platform, services, words }, { do: action }) {
    await event.respond.acknowledge();
    const { settings } = services;
    const own = memberScopeOf({ platform: event.place.platform, user: event.member.id });
    const change = asked[action];
    const isOn =
      change === null
        ? await settings.get(own, "avatar")
        : await settings.change(own, "avatar", () => change);
    if (change !== null) services.homes.changed(ownerOf(event));
    const state = platform.capabilities.avatars ? (isOn ? "yes" : "no") : "none";
    await say(event.respond, words.say("answer.avatar", { on: state }));
  },
});
