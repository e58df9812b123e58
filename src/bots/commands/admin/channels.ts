import type { RichText } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin channels <do> [channel]`: where the bot answers, which is everywhere or only in the channels that are allowed. */
export const channelsCommand = defineCommand({
  name: "admin channels",
  options: [
    { name: "do", kind: "choice", choices: ["list", "allow", "deny", "everywhere"], isRequired: true },
    { name: "channel", kind: "channel" },
  ],
  isForAdmins: true,
  async run(context, { do: action, channel }) {
    const { event, services, words } = context;
    const isOfOne = action === "allow" || action === "deny";
    if (isOfOne && channel === null) return say(event.respond, words.say("admin.channel.which"));
    const after = await services.settings.change(scopeOf(event.place), "channels", (before) => {
      if (action === "everywhere") return null;
      if (!isOfOne || channel === null) return before;
      const others = (before ?? []).filter((id) => id !== channel);
      // The last one that is denied leaves none, which is nowhere, not everywhere.
      return action === "allow" ? [...others, channel] : others;
    });
    if (action !== "list") await recordAction(context, "channels", { do: action, channel });
    const list: RichText = (after ?? []).flatMap((id, index) =>
      index === 0 ? [{ channel: id }] : [", ", { channel: id }],
    );
    const key = after === null ? "admin.channels.everywhere" : "admin.channels";
    await say(event.respond, words.say(key, { list, count: list.length }));
  },
});
