import { linesOf } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { scopeOf, withValue } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin private <do> [channel]`: whether edits are private whose members do not say so. */
export const privateCommand = defineCommand({
  name: "admin private",
  options: [
    { name: "do", kind: "choice", choices: ["show", "on", "off", "clear"], isRequired: true },
    { name: "channel", kind: "channel" },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action, channel }) {
    const { event, platform, services, words } = context;
    const after = await services.settings.change(scopeOf(event.place), "private", (before) =>
      action === "show" ? before : withValue(before, channel, asked[action], false),
    );
    if (action !== "show") await recordAction(context, "private", { do: action, channel });
    const example = { code: platform.capabilities.typed("edit", "private:false") };
    const yes = (isOn: boolean) => (isOn ? "yes" : "no");
    const { all, channels } = after;
    const isAny = all || Object.values(channels).includes(true);
    await say(
      event.respond,
      linesOf(
        words.say("admin.private", { on: yes(all) }),
        ...Object.entries(channels).map(([id, isOn]) =>
          words.say("admin.private.channel", { channel: { channel: id }, on: yes(isOn) }),
        ),
        isAny ? words.say("admin.private.how", { example }) : null,
      ),
    );
  },
});

const asked: Readonly<Record<"on" | "off" | "clear", boolean | null>> = { on: true, off: false, clear: null };
