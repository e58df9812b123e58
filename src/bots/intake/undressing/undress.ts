import { readingsOf } from "../readings.ts";
import { english } from "./english.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { others } from "./others.ts";

// Sentences that ask to undress people, in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Chinese and
// Japanese. A rule of phrases, not of words: "remove the coat from the chair" and "a nude lipstick" ask for nothing of the kind.

/**
 * True of a text that asks to show somebody with less on: without clothes or underwear, or in what shows the body beneath. Outer things
 * such as hats, shoes and coats may go. It knows phrases and no pictures, so it errs both ways; texts are read as `readingsOf` does.
 */
export function asksToUndress(text: string): boolean {
  return readingsOf(text).some((reading) => {
    const read = ` ${reading.text.replace(/0(?=\p{L})|(?<=\p{L})0/gu, "o").replace(/\s+/g, " ")} `;
    return !isOfFigures.test(read) && rules.some((rule) => rule.test(read));
  });
}

/** A figure of a person is nobody. */
const isOfFigures =
  /\b(?:statue|sculpture|mannequin|marble bust|oil painting|schaufensterpuppe|skulptur|estatua|escultura|statua) (?:of|of a|of an|von|d'un|d'une|de|di)\b/;

const rules: readonly RegExp[] = [...english, ...german, ...french, ...others];
