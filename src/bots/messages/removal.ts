import type { RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { Removed } from "../../store/jobs.ts";

/** Beside what is gone: what went of others, and what is still being removed. Each a line, or `null`. */
export function removalLines(
  { copies }: Pick<Removed, "copies">,
  { messages, folders }: { readonly messages: number; readonly folders: number },
  words: Words,
): readonly (RichText | null)[] {
  return [
    copies.length > 0 ? words.say("answer.removal.copies", { count: copies.length }) : null,
    messages > 0 ? words.say("answer.removal.messages", { count: messages }) : null,
    folders > 0 ? words.say("answer.removal.pictures", { count: folders }) : null,
  ];
}
