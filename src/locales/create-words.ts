import { IntlMessageFormat } from "intl-messageformat";
import type { Catalogue, MessageKey } from "./en.ts";
import { type Inline, plainTextOf, type RichText } from "./rich-text.ts";

// How a catalogue's messages become texts: of one language alone, so that a page need not load the others.

export type Value = string | number | Inline | RichText;
export type Values = Readonly<Record<string, Value>>;

/** What the bot says, in one language. */
export interface Words {
  /** The catalogue's own tag: `de` for a member with `de-AT`. */
  readonly locale: string;
  /** A message with its values put in; a value is never read as markup. */
  say(key: MessageKey, values?: Values): RichText;
  /** The same without form, for labels and alt texts. */
  plain(key: MessageKey, values?: Readonly<Record<string, string | number>>): string;
  /** The name of a thing that a pack has an English one for; the English one where it is not known. */
  noun(english: string): string;
  /** Seconds in words, rounded as a person would: `40 seconds`, `3 minutes`. */
  duration(seconds: number): string;
}

/** The words of one catalogue. @param nouns What things are called that packs have English names for. */
export function createWords(
  locale: string,
  catalogue: Catalogue,
  nouns: ReadonlyMap<string, string> | undefined,
): Words {
  const formats = new Map<MessageKey, IntlMessageFormat>();
  const formatOf = (key: MessageKey) => {
    const format = formats.get(key) ?? new IntlMessageFormat(catalogue[key], locale);
    formats.set(key, format);
    return format;
  };
  const words: Words = {
    locale,
    say(key, values = {}) {
      const formatted = formatOf(key).format<Inline | RichText>({ ...tags, ...values } as never);
      return flat(formatted);
    },
    plain(key, values = {}) {
      return plainTextOf(words.say(key, values));
    },
    noun: (english) => nouns?.get(english.toLowerCase().replace(/^(?:an?|the) /, "")) ?? english,
    duration(seconds) {
      if (seconds < 90) {
        const count = seconds < 20 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5;
        return words.plain("time.seconds", { count });
      }
      return seconds < 5400
        ? words.plain("time.minutes", { count: Math.round(seconds / 60) })
        : words.plain("time.hours", { count: Math.round(seconds / 3600) });
    },
  };
  return words;
}

type Formatted = string | Inline | RichText | readonly (string | Inline | RichText)[];

const tags = {
  b: (chunks: Formatted) => ({ bold: flat(chunks) }),
  i: (chunks: Formatted) => ({ italic: flat(chunks) }),
  c: (chunks: Formatted) => ({ code: plainTextOf(flat(chunks)) }),
};

function flat(formatted: Formatted): RichText {
  return Array.isArray(formatted) ? (formatted.flat(5) as RichText) : [formatted as Inline];
}
