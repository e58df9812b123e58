import type { RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { EditResult } from "../../types.ts";
import type { WarningData } from "../../warnings.ts";

/** The warnings that a member can do something about, in their language. */
export function warningLines({ warnings }: Pick<EditResult, "warnings">, words: Words): RichText[] {
  return warnings.flatMap((warning) => {
    switch (warning.code) {
      case "prompt-cut":
      case "negative-unused":
      case "source-unknown":
      case "results-unsafe":
        return [words.say(`warning.${warning.code}`)];
      case "class-painted":
        return warning.data
          ? [
              words.say("warning.class-painted", {
                class: warning.data.class,
                percent: Math.round(warning.data.confidence * 100),
              }),
            ]
          : [];
      case "source-uncertain":
        return [
          warning.data
            ? words.say("warning.source-uncertain", { source: words.noun(warning.data.noun) })
            : words.say("warning.source-uncertain.unnamed"),
        ];
      case "words-unknown":
        // Results of before were stored without the words.
        return [warning.data ? unknownText(warning.data, words) : words.say("warning.words-unknown.unnamed")];
      default:
        return [];
    }
  });
}

/** What each word was taken for, and those that were taken for nothing. */
function unknownText({ taken, unknown, more }: WarningData["words-unknown"], words: Words): RichText {
  const pairs = taken.map((pair) => words.say("warning.words-unknown.pair", pair));
  const lost = unknown.map((word): RichText => [{ italic: [word] }]);
  if (more > 0) lost.push(words.say("warning.words-unknown.more", { count: more }));
  const [first = { word: "", as: "" }] = taken;
  return words.say("warning.words-unknown", {
    count: taken.length,
    ...first,
    pairs: listOf(pairs, words.locale),
    unknown: lost.length === 0 ? "none" : listOf(lost, words.locale),
  });
}

/** `a, b, and c`, as the language has it. */
function listOf(items: readonly RichText[], locale: string): RichText {
  const parts = new Intl.ListFormat(locale).formatToParts(items.map((_, index) => String(index)));
  return parts.flatMap(({ type, value }) => (type === "element" ? (items[Number(value)] ?? []) : [value]));
}
