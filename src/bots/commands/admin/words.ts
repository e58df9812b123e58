import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/** `/admin words <do> [word]`: words and phrases that prompts may not have, `*word*` also within others. */
export const wordsCommand = defineCommand({
  name: "admin words",
  options: [
    { name: "do", kind: "choice", choices: ["list", "add", "remove"], isRequired: true },
    { name: "word", kind: "text", maxLength: 100 },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action, word }) {
    const { event, services, words } = context;
    if (action !== "list" && !hasLetter(word)) return say(event.respond, words.say("admin.word.which"));
    const after = await services.settings.change(scopeOf(event.place), "words", (before) => {
      if (action === "list" || word === null) return before;
      const others = before.filter((each) => each.toLowerCase() !== word.toLowerCase());
      return action === "add" ? [...others, word] : others;
    });
    if (action !== "list") await recordAction(context, "words", { do: action, word });
    await say(event.respond, words.say("admin.words", { list: after.join(", ") || "none" }));
  },
});

/** Stars and signs alone would be refused nowhere. */
function hasLetter(word: string | null): boolean {
  return word !== null && /[\p{L}\p{N}]/u.test(word);
}
