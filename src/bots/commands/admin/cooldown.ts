import { linesOf, type RichText } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import { say } from "../../context.ts";
import { type ByPlace, longestCooldown, scopeOf, withValue } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin cooldown [seconds] [channel] [clear]`: how long a member waits from one edit to the next. */
export const cooldownCommand = defineCommand({
  name: "admin cooldown",
  options: [
    { name: "seconds", kind: "whole", range: [0, longestCooldown] },
    { name: "channel", kind: "channel" },
    { name: "clear", kind: "flag" },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { seconds, channel, clear }) {
    const { event, services, words } = context;
    const isChange = clear || seconds !== null;
    const after = await services.settings.change(scopeOf(event.place), "cooldown", (before) =>
      isChange ? withValue(before, channel, clear ? null : seconds, 0) : before,
    );
    if (isChange)
      await recordAction(context, "cooldown", { seconds: clear ? null : seconds, channel, clear });
    await say(event.respond, cooldownLines(after, words));
  },
});

function cooldownLines({ all, channels }: ByPlace<number>, words: Words): RichText {
  const text = (seconds: number) => (seconds === 0 ? "none" : words.duration(seconds));
  return linesOf(
    words.say("admin.cooldown", { every: text(all) }),
    ...Object.entries(channels).map(([channel, seconds]) =>
      words.say("admin.cooldown.channel", { channel: { channel }, every: text(seconds) }),
    ),
  );
}
