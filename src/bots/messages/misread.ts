import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";

/** What was wrong with a command, `null` where something is missing, and how it is typed. */
export function misreadText(got: string | null, usages: readonly string[], words: Words): RichText {
  return linesOf(
    words.say("error.misread", { got: got ?? "none" }),
    ...usages.map((usage): RichText => [{ code: usage }]),
  );
}
