import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { MisreadEvent } from "../context.ts";

/** What was wrong with a command, `null` where something is missing, and how it is typed. */
export function misreadText(
  { got, usages, unknown }: Pick<MisreadEvent, "got" | "usages" | "unknown">,
  words: Words,
): RichText {
  const problem = unknown
    ? words.say("error.unknown-command", { typed: unknown.typed, meant: unknown.meant ?? "none" })
    : words.say("error.misread", { got: got ?? "none" });
  return linesOf(problem, ...usages.map((usage): RichText => [{ code: usage }]));
}
