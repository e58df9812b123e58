import { isEdge, type Reading, readingsOf, spaceless } from "./readings.ts";

// Words that an admin refuses, found in what a member types however it is spelled: in other letters that look the same
// (Unicode Technical Standard 39), with digits or signs for letters, with dots or spaces between them, in the plural.

/**
 * True where a refused word or phrase stands in the text as words of its own. Case, accents and what cannot be seen do not
 * matter. Where a script puts no spaces between words, the words are those of `Intl.Segmenter`. A word that is given with
 * `*` before or after it is also found at the end or the beginning of a longer one: `*gun*` in "handgunner".
 */
export function hasRefusedWord(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const said = readingsOf(text);
  return words.some((word) => {
    const refused = refusedWordOf(word);
    return refused !== null && said.some((reading) => isIn(reading, refused));
  });
}

interface RefusedWord {
  /** Of each way to write it. */
  readonly patterns: readonly RegExp[];
  /** What may stand before it or after it and leave it the same word. */
  readonly beginnings: readonly string[];
  readonly endings: readonly string[];
  readonly isNumber: boolean;
  readonly isOpenBefore: boolean;
  readonly isOpenAfter: boolean;
}

/** What stands for a letter, besides itself. */
const signs: Readonly<Record<string, string>> = {
  a: "4@",
  b: "8",
  e: "3",
  g: "9",
  i: "1!|",
  l: "1|",
  o: "0",
  s: "5$",
  t: "7+",
  z: "2",
};
/** Between the letters of a word; no sign that stands for a letter is among them, so that a text is read in one way alone. */
const between = "[-._~/:,;=^\\\\]{0,2}";
const spelledOut = "[ \"#%&'()*,\\-./:;<=>?[\\]^_`{}~\\\\]{1,3}";
const betweenWords = "[ -/:-@[-`{-~]{1,9}";

const known = new Map<string, RefusedWord | null>();
const mostKnown = 5000;

function refusedWordOf(word: string): RefusedWord | null {
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
    beginnings: beginningsOf(readings[0]?.text ?? ""),
    endings: endingsOf(readings[0]?.text ?? ""),
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
  const last = letters.length - 1;
  const classes = letters.map((letter, index) =>
    oneOf(letter, `${signsFor(letter)}${letters.length >= 4 && index > 0 && index < last ? "*" : ""}`),
  );
  const written = pattern(classes.join(between));
  if (letters.length < (spaceless.test(spelling) ? 2 : 3)) return [written];
  return [written, pattern(letters.map((letter) => oneOf(letter, signsFor(letter))).join(spelledOut))];
}

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
const hebrewBeginnings = ["", ..."ה ו ב ל מ ש כ וה שה כש".split(" ")];

/** Articles and particles that Arabic and Hebrew write in one with the word. */
function beginningsOf(text: string): readonly string[] {
  if ([...text.trim()].length < 3) return [""];
  if (/^\p{Script=Arabic}/u.test(text)) return arabicBeginnings;
  return /^\p{Script=Hebrew}/u.test(text) ? hebrewBeginnings : [""];
}

const latinPlurals = ["", "s", "5", "$", "es", "'s", "en"];
const russianEndings = ["", ..."а ы и у е ом ем ов ев ам ами ах".split(" ")];
const koreanParticles = ["", ..."은 는 이 가 을 를 의 에 에서 로 으로 와 과 도 만 들".split(" ")];

/** Plurals of European languages, particles of Korean. Words of two letters have none: `as` is not in `ass`. */
function endingsOf(text: string): readonly string[] {
  const word = text.trim();
  if (/\p{Script=Hangul}$/u.test(word)) return koreanParticles;
  if ([...word].length < 3) return [""];
  if (/\p{Script=Cyrillic}$/u.test(word)) return russianEndings;
  if (!/\p{Script=Latin}$/u.test(word)) return [""];
  const more = [...(/e[lr]?$/.test(word) ? ["n"] : []), ...(/[ae]u$/.test(word) ? ["x"] : [])];
  return [...latinPlurals, ...more];
}

function isIn(reading: Reading, refused: RefusedWord): boolean {
  return refused.patterns.some((each) => {
    each.lastIndex = 0;
    for (let match = each.exec(reading.text); match; match = each.exec(reading.text)) {
      if (isWordAt(reading, match.index, match[0], refused)) return true;
      // The next one may begin within this one.
      each.lastIndex = match.index + 1;
    }
    return false;
  });
}

function isWordAt(reading: Reading, start: number, match: string, refused: RefusedWord): boolean {
  if (!refused.isNumber && !isSpelling(match)) return false;
  const { text } = reading;
  const end = start + match.length;
  const begins = refused.beginnings.some(
    (before) => text.slice(0, start).endsWith(before) && isEdge(reading, start - before.length, "start"),
  );
  if (!refused.isOpenBefore && !begins) return false;
  const ends = refused.endings.some(
    (after) => text.startsWith(after, end) && isEdge(reading, end + after.length, "end"),
  );
  return refused.isOpenAfter || ends;
}

/** What has no letter is a number or a price, unless it has signs that are read as letters; no more letters are hidden than shown. */
function isSpelling(match: string): boolean {
  const letters = match.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
  const hidden = match.match(/\*/g)?.length ?? 0;
  return hidden <= letters && (letters > 0 || /[@$]/.test(match));
}
