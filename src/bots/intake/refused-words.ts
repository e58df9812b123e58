import { isEdge, type Reading, readingsOf, type SqueezedReading, squeezed } from "./readings.ts";
import { type RefusedWord, refusedWordOf, shape } from "./spellings.ts";

// Words that an admin refuses, found in what a member types however it is spelled: in other letters that look the same
// (Unicode Technical Standard 39), with digits or signs for letters, with dots or spaces between them, in the plural.

/**
 * True where a refused word or phrase stands in the text as words of its own. Case, accents and what cannot be seen do not
 * matter. Where a script puts no spaces between words, the words are those of `Intl.Segmenter`. A word that is given with
 * `*` before or after it is also found at the end or the beginning of a longer one: `*gun*` in "handgunner".
 */
export function hasRefusedWord(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const readings = [text, withoutMarkup(text)].filter((each) => each !== null).flatMap(readingsOf);
  const drawnOut = readings.map(squeezed).filter((reading) => reading !== null);
  return words.some((word) => {
    const refused = refusedWordOf(word);
    if (refused === null) return false;
    return (
      readings.some((reading) => isIn(reading, refused)) ||
      drawnOut.some((reading) => isDrawnOutIn(reading, refused))
    );
  });
}

/** With signs that may stand for letters taken for what is between them, as in `nu**de**` and `n|u|d|e`; `null` where there are none. */
function withoutMarkup(text: string): string | null {
  const plain = text.replace(/(?<=[\p{L}\p{M}])(?:[*|]{1,2}|\+)(?=[\p{L}\p{M}])/gu, "-");
  return plain === text ? null : plain;
}

function isIn(reading: Reading, refused: RefusedWord): boolean {
  return refused.patterns.some((each) =>
    matchesIn(reading, each, (start, match) => isWordAt(reading, start, match, refused)),
  );
}

function isDrawnOutIn(reading: SqueezedReading, refused: RefusedWord): boolean {
  if (refused.isNumber) return false;
  return refused.drawnOut.some(({ pattern: each, runs }) =>
    matchesIn(
      reading,
      each,
      (start, match) =>
        isDrawnOut(runsAt(reading, start, match, runs.length), runs) &&
        isWordAt(reading, start, match, refused),
    ),
  );
}

/** Of the letters; between words are others. */
function runsAt(reading: SqueezedReading, start: number, match: string, letters: number): readonly number[] {
  const runs = reading.runs.slice(start, start + match.length);
  return runs.length === letters
    ? runs
    : runs.filter((_, index) => /[\p{L}\p{M}\p{N}]/u.test(match[index] ?? ""));
}

/** No letter is missing, and one stands thrice or two stand twice: one that is doubled makes other words, such as "good" of "god". */
function isDrawnOut(typed: readonly number[], runs: readonly number[]): boolean {
  if (typed.length !== runs.length || typed.some((run, index) => run < (runs[index] ?? 0))) return false;
  const longer = typed.filter((run, index) => run > (runs[index] ?? 0));
  return longer.length >= 2 || longer.some((run) => run >= 3);
}

function matchesIn(
  { text }: Reading,
  each: RegExp,
  isFound: (start: number, match: string) => boolean,
): boolean {
  each.lastIndex = 0;
  for (let match = each.exec(text); match; match = each.exec(text)) {
    if (isFound(match.index, match[0])) return true;
    // The next one may begin within this one.
    each.lastIndex = match.index + 1;
  }
  return false;
}

function isWordAt(reading: Reading, start: number, match: string, refused: RefusedWord): boolean {
  if (!refused.isNumber && !isSpelling(match)) return false;
  const { text, origin, plain } = reading;
  const end = start + match.length;
  const typed = plain.slice(origin[start], origin[end] ?? plain.length);
  if (refused.isLatin && shape.test(match) && !/\p{Script=Latin}/u.test(typed)) return false;
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
  const hidden = match.match(/[*#%&]/g)?.length ?? 0;
  const digits = match.match(/\d/g)?.length ?? 0;
  // F49 is a road or a number of base 16.
  if (digits > letters && /[69]/.test(match)) return false;
  return hidden <= letters && (letters > 0 || /[@$]/.test(match));
}
