import { linesOf, type RichText } from "../../../locales/rich-text.ts";
import type { BotServices } from "../../context.ts";
import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** What a role is given where nothing is named. */
const standard = ["queue", "cancel", "move", "block", "unblock", "audit"];

/**
 * `/admin moderators <do> [group] [commands]`: which of the admins' commands the people of a role or user group may use.
 * Admins alone give them; what steers more than this place, what damages settings and this command itself cannot be given.
 */
export const moderatorsCommand = defineCommand({
  name: "admin moderators",
  options: [
    { name: "do", kind: "choice", choices: ["list", "set", "remove"], isRequired: true },
    { name: "group", kind: "group" },
    { name: "commands", kind: "text", maxLength: 200 },
  ],
  isForAdmins: true,
  async run(context, { do: action, group, commands: typed }) {
    const { event, services, words } = context;
    if (action !== "list" && group === null) return say(event.respond, words.say("admin.moderators.which"));
    const there = delegable(services);
    const named = typed === null ? standard : namesIn(typed);
    const unknown = named.find((name) => !there.includes(name));
    if (action === "set" && (unknown !== undefined || named.length === 0)) {
      const commands = there.join(", ");
      return say(event.respond, words.say("admin.moderators.unknown", { name: unknown ?? "-", commands }));
    }
    const after = await services.settings.change(scopeOf(event.place), "moderators", (before) => {
      if (action === "list" || group === null) return before;
      const { [group]: _, ...others } = before;
      return action === "remove" ? others : { ...others, [group]: named.map((name) => `admin ${name}`) };
    });
    if (action !== "list") {
      const given = action === "set" ? named.join(" ") : null;
      await recordAction(context, "moderators", { do: action, group, commands: given });
    }
    const lines = Object.entries(after).map(([id, given]): RichText => {
      const commands = given.map(bare).join(", ");
      return words.say("admin.moderators.line", { who: { group: id }, commands });
    });
    await say(event.respond, lines.length === 0 ? words.say("admin.moderators.none") : linesOf(...lines));
  },
});

/** Names of the commands that can be given, without `admin`. */
function delegable({ commands }: Pick<BotServices, "commands">): readonly string[] {
  return commands.filter(({ isDelegable }) => isDelegable).map(({ name }) => bare(name));
}

function namesIn(typed: string): readonly string[] {
  const words = typed.toLowerCase().split(/[\s,;/]+/);
  return [...new Set(words.filter((word) => word !== "" && word !== "admin"))];
}

function bare(name: string): string {
  return name.replace(/^admin /, "");
}
