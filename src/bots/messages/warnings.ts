import type { RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { EditResult } from "../../types.ts";

/** The warnings that a member can do something about, in their language. */
export function warningLines({ warnings }: EditResult, words: Words): RichText[] {
  return warnings.flatMap(({ code, text }) => {
    if (code === "prompt-cut" || code === "source-uncertain") return [words.say(`warning.${code}`)];
    const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
    if (code === "results-unsafe") return [words.say(`warning.${code}`)];
    return code === "words-unknown" && quoted.length > 0
      ? [words.say("warning.words-unknown", { words: quoted.join(", ") })]
      : [];
  });
}
