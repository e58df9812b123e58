import { linesOf } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin packs <do> [pack] [group]`: who may use which model pack; the first group that is named makes it theirs alone. */
export const packsCommand = defineCommand({
  name: "admin packs",
  options: [
    { name: "do", kind: "choice", choices: ["list", "allow", "deny", "everybody"], isRequired: true },
    { name: "group", kind: "group" },
    { name: "pack", kind: "text", maxLength: 100 },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action, group, pack }) {
    const { event, services, words } = context;
    const names = services.packNames;
    const isOfOne = action === "allow" || action === "deny";
    if (action !== "list" && (pack === null || !names.includes(pack)))
      return say(event.respond, words.say("admin.packs.which", { packs: names.join(", ") }));
    if (isOfOne && group === null) return say(event.respond, words.say("admin.packs.group"));
    const after = await services.settings.change(scopeOf(event.place), "packs", (before) => {
      if (action === "list" || pack === null) return before;
      const { [pack]: groups = [], ...others } = before;
      if (!isOfOne || group === null) return others;
      const left = groups.filter((each) => each !== group);
      return { ...others, [pack]: action === "allow" ? [...left, group] : left };
    });
    if (action !== "list") await recordAction(context, "packs", { do: action, pack, group });
    const lines = names.map((name) => {
      const groups = Object.hasOwn(after, name) ? after[name] : undefined;
      return words.say("admin.packs.line", {
        pack: name,
        who: groups === undefined ? "all" : groups.length === 0 ? "none" : namesOf(groups),
      });
    });
    await say(event.respond, linesOf(...lines));
  },
});

function namesOf(groups: readonly string[]) {
  return groups.flatMap((group, index) => (index === 0 ? [{ group }] : [", ", { group }]));
}
