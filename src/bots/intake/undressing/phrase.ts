// Pieces of the regular expressions that the languages are written in.

/** Any of these words, which may be expressions. */
export const of = (...words: readonly string[]) => `(?:${words.join("|")})`;
/** A phrase of these parts, as whole words. */
export const rule = (...parts: readonly string[]) =>
  new RegExp(`(?<![\\p{L}\\p{N}])${parts.join("")}(?![\\p{L}\\p{N}])`, "u");
/** So many words in between, at most. */
export const upTo = (count: number) => `(?: [\\p{L}'-]+){0,${count}} `;

/** Nothing follows that says where things lie. */
export const end =
  "(?= *(?:$|[.,;:!?)]| (?:and|please|now|completely|off|from (?:her|him|them|the (?:wom|m|girl|boy|lad|person|people))) ?))";
