import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin log <do> [channel]`: where admins are told of edits and of what other admins do. */
export const logCommand = defineCommand({
  name: "admin log",
  options: [
    { name: "do", kind: "choice", choices: ["show", "set", "off"], isRequired: true },
    { name: "channel", kind: "channel" },
  ],
  isForAdmins: true,
  async run(context, { do: action, channel }) {
    const { event, platform, services, words } = context;
    const { settings, logChannel, signal } = services;
    const scope = scopeOf(event.place);
    if (action === "set") {
      if (channel === null) return say(event.respond, words.say("admin.channel.which"));
      const { workspace } = event.place;
      const place = { platform: platform.name, workspace, channel, thread: null, isDirect: false };
      // What cannot be written to is refused before anything is set.
      await logChannel.open(
        platform,
        place,
        words.say("log.opened", { who: { member: event.member.id } }),
        signal,
      );
      const { locale } = words;
      await settings.change(scope, "log", () => ({ channel, locale, trouble: "none" }));
    } else if (action === "off") await settings.change(scope, "log", () => null);
    if (action !== "show") await recordAction(context, "log", { do: action, channel });
    const set = await settings.get(scope, "log");
    const where = set ? [{ channel: set.channel }] : "none";
    await say(
      event.respond,
      words.say("admin.log", { where, works: set?.trouble === "none" ? "yes" : "no" }),
    );
  },
});
