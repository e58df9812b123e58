import { createWords, type Words } from "./create-words.ts";
import { de } from "./de.ts";
import { type Catalogue, en, type MessageKey } from "./en.ts";
import { fr } from "./fr.ts";
import { deNouns } from "./nouns/de.ts";
import { frNouns } from "./nouns/fr.ts";

export type { Value, Values, Words } from "./create-words.ts";

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

/** What a choice of an option is called: `choice.OPTION.CHOICE` where there is such a text, else as it is typed. */
export function choiceLabel(option: string, choice: string, locale: string | null): string {
  const catalogue = catalogues[locale ?? "en"] ?? en;
  return catalogue[`choice.${option}.${choice}` as MessageKey] ?? choice;
}

const made = new Map<string, Words>();

/** The words of a member's language, English where we lack it. */
export function wordsIn(locale: string): Words {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? "en";
  const tag = language in catalogues ? language : "en";
  const found = made.get(tag) ?? createWords(tag, catalogues[tag] ?? en, nouns[tag]);
  made.set(tag, found);
  return found;
}
