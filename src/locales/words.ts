import { IntlMessageFormat } from "intl-messageformat";
import { de } from "./de.ts";
import { type Catalogue, en, type MessageKey } from "./en.ts";
import { fr } from "./fr.ts";
import { deNouns } from "./nouns/de.ts";
import { frNouns } from "./nouns/fr.ts";
import { type Inline, plainTextOf, type RichText } from "./rich-text.ts";

/** The languages that there are, by their BCP 47 language tag; one file each. */
export const catalogues: Readonly<Record<string, Catalogue>> = { en, de, fr };

/** Tags of the languages that there are. */
export const languages: readonly string[] = Object.keys(catalogues);

/** What things are called that packs have English names for. */
const nouns: Readonly<Record<string, ReadonlyMap<string, string>>> = { de: deNouns, fr: frNouns };

/** The text of `command.NAME`, `option.NAME` or `action.edit`, as platforms list them; English where `null`. */
export function describe(key: string, locale: string | null): string {
  const catalogue = catalogues[locale ?? "en"] ?? en;
  const text = catalogue[key as MessageKey];
  if (text === undefined) throw new RangeError(`Expected a description of ${key}, got none.`);
  return text;
}

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

const made = new Map<string, Words>();

/** The words of a member's language, English where we lack it. */
export function wordsIn(locale: string): Words {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? "en";
  const tag = language in catalogues ? language : "en";
  const found = made.get(tag) ?? wordsOf(tag, catalogues[tag] ?? en);
  made.set(tag, found);
  return found;
}

function wordsOf(locale: string, catalogue: Catalogue): Words {
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
    noun: (english) => nouns[locale]?.get(english.toLowerCase().replace(/^(?:an?|the) /, "")) ?? english,
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
