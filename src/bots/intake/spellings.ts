import { readingsOf, spaceless, squeezedOf } from "./readings.ts";

// How a refused word may be written: with signs for letters, signs between them, endings, articles.

/** A word that an admin refuses, with all ways to write it. */
export interface RefusedWord {
  /** Of each way to write it. */
  readonly patterns: readonly RegExp[];
  /** Of each spelling without repetitions; how often each of its letters stands in a row. */
  readonly drawnOut: readonly { readonly pattern: RegExp; readonly runs: readonly number[] }[];
  /** What may stand before it or after it and leave it the same word. */
  readonly beginnings: readonly string[];
  readonly endings: readonly string[];
  readonly isNumber: boolean;
  /** Has Latin letters alone, for which others stand by their shape. */
  readonly isLatin: boolean;
  readonly isOpenBefore: boolean;
  readonly isOpenAfter: boolean;
}

/** What stands for a letter, besides itself. */
const signs: Readonly<Record<string, string>> = {
  a: "4@",
  b: "8",
  e: "3",
  g: "69",
  i: "1!|",
  l: "1|",
  o: "0",
  s: "5$",
  t: "7+",
  z: "2",
};
/** Letters of other scripts that stand for a Latin one by their shape, where Latin ones stand beside them. */
const shapes: Readonly<Record<string, string>> = {
  b: "вь",
  d: "д",
  e: "єεəәэξ",
  h: "н",
  k: "кκ",
  m: "м",
  n: "пπи",
  r: "яг",
  t: "тτ",
  u: "ицμ",
  w: "шщω",
};
/** One of these letters. */
export const shape = new RegExp(`[${Object.values(shapes).join("")}]`, "u");
/** What hides a letter within a word. */
const mask = "*#@%&";

/** Between the letters of a word; no sign that stands for a letter is among them, so that a text is read in one way alone. */
const between = "[-._~/:,;=^`\\\\]{0,2}";
const spelledOut = "[ \"#%&'()*,\\-./:;<=>?[\\]^_`{}~\\\\]{1,3}";
const betweenWords = "[ -/:-@[-`{-~]{1,9}";

const known = new Map<string, RefusedWord | null>();
const mostKnown = 5000;

/** `null` of what has no letter or number. Kept for the next text. */
export function refusedWordOf(word: string): RefusedWord | null {
  const found = known.get(word);
  if (found !== undefined) return found;
  const made = makeRefusedWord(word);
  if (known.size >= mostKnown) known.clear();
  known.set(word, made);
  return made;
}

function makeRefusedWord(given: string): RefusedWord | null {
  const word = given.trim();
  const readings = readingsOf(word.replace(/^\*+|\*+$/g, ""));
  const spellings = new Set(readings.flatMap(({ text }) => spellingsOf(text)));
  if (spellings.size === 0) return null;
  return {
    patterns: [...spellings].flatMap(patternsOf),
    drawnOut: [...spellings].map(drawnOutOf),
    beginnings: beginningsOf(readings[0]?.text ?? ""),
    endings: endingsOf(readings[0]?.text ?? ""),
    isLatin: !/(?!\p{Script=Latin})[\p{L}\p{M}]/u.test(word.normalize("NFC")),
    isNumber: !/[\p{L}\p{M}]/u.test(readings[0]?.text ?? ""),
    isOpenBefore: word.startsWith("*"),
    isOpenAfter: word.endsWith("*"),
  };
}

/** The word, and the plural that changes its end: `bodies`, `knives`. */
function spellingsOf(text: string): readonly string[] {
  const word = text.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim();
  if (word === "") return [];
  if (/[^aeiou\W]y$/.test(word)) return [word, `${word.slice(0, -1)}ies`];
  if (/[lnai]fe?$/.test(word)) return [word, `${word.replace(/fe?$/, "")}ves`];
  return [word];
}

/** As it is written, and spelled out letter by letter. */
function patternsOf(spelling: string): readonly RegExp[] {
  const words = spelling.split(" ").map((word) => [...word]);
  const [letters = []] = words;
  if (words.length > 1) {
    const each = words.map((word) => word.map((letter) => oneOf(letter, digitsFor(letter))).join(""));
    return [pattern(each.join(betweenWords))];
  }
  const written = pattern(classesOf(letters).join(between));
  const parts = [...graphemes.segment(spelling)].map(({ segment }) => segment);
  if (parts.length < (spaceless.test(spelling) ? 2 : 3)) return [written];
  const spelled = parts.map((part) => [...part].map((letter) => oneOf(letter, signsFor(letter))).join(""));
  return [written, pattern(spelled.join(spelledOut))];
}

/** What may be written for each letter of a word. */
function classesOf(letters: readonly string[]): readonly string[] {
  const isLong = letters.length >= 4;
  return letters.map((letter, index) => {
    const isInner = index > 0 && index < letters.length - 1;
    const others = `${signsFor(letter)}${shapes[letter] ?? ""}${isLong && letter === "u" ? "v" : ""}`;
    return oneOf(letter, `${others}${isLong && isInner ? mask : ""}`);
  });
}

/** Without repetitions, and how often each letter has to stand in a row. */
function drawnOutOf(spelling: string): RefusedWord["drawnOut"][number] {
  const { text, runs } = squeezedOf({ text: spelling, origin: [], plain: spelling, segments: new Set() });
  const words = text.split(" ").map((word) => classesOf([...word]).join(""));
  return {
    pattern: pattern(words.join(betweenWords)),
    runs: runs.filter((_, index) => text[index] !== " "),
  };
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function pattern(source: string): RegExp {
  return new RegExp(source, "gu");
}

function oneOf(letter: string, others: string): string {
  return others === "" ? letter : `[${letter}${others}]`;
}

function signsFor(letter: string): string {
  return signs[letter] ?? "";
}

/** Among words the other signs are what is between them. */
function digitsFor(letter: string): string {
  return signsFor(letter).replace(/\D/g, "");
}

const arabicBeginnings = ["", ..."ال و ف ب ك ل وال فال بال كال لل ولل".split(" ")];
const hebrewBeginnings = ["", ..."ה ו ב ל מ ש כ וה שה כש כשה".split(" ")];

/** Articles and particles that Arabic and Hebrew write in one with the word. */
function beginningsOf(text: string): readonly string[] {
  if ([...text.trim()].length < 3) return [""];
  if (/^\p{Script=Arabic}/u.test(text)) return arabicBeginnings;
  return /^\p{Script=Hebrew}/u.test(text) ? hebrewBeginnings : [""];
}

const latinPlurals = ["", "s", "5", "$", "'s"];
const arabicEndings = ["", ..."ا ه ها هم نا ات ين ون".split(" ")];
// As letters read, without their forms at the end.
const hebrewEndings = ["", ..."ימ ות".split(" ")];
const russianEndings = ["", ..."а ы и у е ом ем ов ев ам ами ах".split(" ")];
const koreanParticles = ["", ..."은 는 이 가 을 를 의 에 에서 로 으로 와 과 도 만 들".split(" ")];

/** Plurals of European languages, particles of Korean. Words of two letters have none: `as` is not in `ass`. */
function endingsOf(text: string): readonly string[] {
  const word = text.trim();
  if (/\p{Script=Hangul}$/u.test(word)) return koreanParticles;
  if ([...word].length < 3) return [""];
  if (/\p{Script=Cyrillic}$/u.test(word)) return russianEndings;
  if (/\p{Script=Arabic}$/u.test(word)) return arabicEndings;
  if (/\p{Script=Hebrew}$/u.test(word)) return hebrewEndings;
  if (!/\p{Script=Latin}$/u.test(word)) return [""];
  return [
    ...latinPlurals,
    ...(/([sxzo]|[cs]h)$/.test(word) || word.length >= 5 ? ["es"] : []),
    ...(germanFeminine.test(word) ? ["en"] : []),
    ...(/e[lr]?$/.test(word) ? ["n"] : []),
    ...(/[ae]u$/.test(word) ? ["x"] : []),
  ];
}

const germanFeminine = /([ae]u|ei|ung|[hk]eit|schaft|tat|ion|ist|[ae]nt|or)$/;
