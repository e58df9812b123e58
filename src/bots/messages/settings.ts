import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";

const lines = {
  me: "answer.settings.me",
  channel: "answer.settings.channel",
  workspace: "answer.settings.workspace",
} as const;
type Whose = keyof typeof lines;

/** What edits are asked for with where nothing is chosen, as it is typed: set by the member, for the channel, for all. */
export function settingsText(typed: Readonly<Record<Whose, string>>, words: Words): RichText {
  const line = (whose: Whose) => settingsLine(whose, typed[whose], words);
  return linesOf(words.say("answer.settings"), line("me"), line("channel"), line("workspace"));
}

/** @param typed Empty where nothing is set. */
export function settingsLine(whose: Whose, typed: string, words: Words): RichText {
  return words.say(lines[whose], { any: typed === "" ? "no" : "yes", set: { code: typed || "-" } });
}
