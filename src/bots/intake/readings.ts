import { confusables } from "./confusables.ts";

// What a text says however it is written: the same letters in any script that looks like them, without what cannot be seen.

/** A text as somebody may read it, in small letters; `origin` is where in `plain` each code unit of it comes from. */
export interface Reading {
  readonly text: string;
  readonly origin: readonly number[];
  readonly plain: string;
  /** Where the segmenter sees words of `plain` begin or end. */
  readonly segments: ReadonlySet<number>;
}

/**
 * The readings of a text: as it stands; and with letters that look like Latin ones taken for them (Unicode Technical Standard
 * 39, without its ASCII lookalikes: `rn` is no `m` here).
 */
export function readingsOf(text: string): readonly Reading[] {
  const plain = plainOf(text);
  const segments = new Set([...segmenter.segment(plain)].map(({ index }) => index));
  const read = (letterOf: (letter: string) => string): Reading => {
    let read = "";
    const origin: number[] = [];
    let index = 0;
    for (const letter of plain) {
      const letters = isWritten(letter) ? letterOf(letter) : asciiOf(letter);
      for (let unit = 0; unit < letters.length; unit++) origin.push(index);
      read += letters;
      index += letter.length;
    }
    return { text: read, origin, plain, segments };
  };
  // Letters of other scripts look like Latin ones as capitals or as small ones, and some as both: В is B and в is not b.
  return [
    read(small),
    read((letter) => lookalike(small(letter))),
    read((letter) => small(lookalike(letter))),
  ];
}

function isWritten(letter: string): boolean {
  return alphanumeric.test(letter) || confusables.has(letter);
}

/** Of what is neither letter nor number ASCII alone is told apart. */
function asciiOf(letter: string): string {
  if (letter >= " " && letter <= "~") return letter;
  if (letter === "’" || letter === "‘") return "'";
  return letter === "·" || letter === "•" ? "." : " ";
}

/** True where a word starts or ends at this place of a reading. */
export function isEdge({ origin, plain, segments }: Reading, index: number, edge: "start" | "end"): boolean {
  const at = origin[index] ?? plain.length;
  // Within what stands for several letters, such as æ.
  if (index > 0 && origin[index - 1] === at) return false;
  const before = /.$/su.exec(plain.slice(Math.max(0, at - 2), at))?.[0] ?? "";
  const after = /^./su.exec(plain.slice(at, at + 2))?.[0] ?? "";
  if (!alphanumeric.test(before) || !alphanumeric.test(after)) return true;
  if (spaceless.test(before) && spaceless.test(after)) return segments.has(at);
  if (spaceless.test(before) || spaceless.test(after)) return true;
  const [inside, outside] = edge === "start" ? [after, before] : [before, after];
  if (/\p{N}/u.test(outside)) return !/\p{N}/u.test(inside);
  return /\p{Ll}/u.test(before) && /\p{Lu}/u.test(after);
}

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** Scripts that write words without spaces between them. */
export const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々]/u;
const alphanumeric = /[\p{L}\p{N}\p{M}]/u;

/** Without accents, vowel points and what cannot be seen; letters in boxes and flags are letters. */
function plainOf(text: string): string {
  return (
    text
      .normalize("NFKD")
      .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
      .replace(points, "")
      .replace(
        /[\u{1f130}-\u{1f149}\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}\u{1f1e6}-\u{1f1ff}]/gu,
        boxedLetter,
      )
      // The vowel AM of Thai and Lao is one letter to the segmenter.
      .replaceAll("\u0e4d\u0e32", "\u0e33")
      .replaceAll("\u0ecd\u0eb2", "\u0eb3")
      .normalize("NFC")
  );
}

/** Combining marks of Latin, Greek and Cyrillic letters; vowel points of Hebrew and Arabic, and the latter's stretching. */
const points =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each mark stands for itself, after what NFKD decomposed
  /[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u0640]/gu;

function boxedLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const first = [0x1f1e6, 0x1f170, 0x1f150, 0x1f130].find((start) => code >= start) ?? code;
  return String.fromCharCode(0x61 + code - first);
}

/** Hiragana stand for both kana, and σ for both forms of it. */
function small(letter: string): string {
  const lower = letter.toLowerCase();
  if (lower === "ς") return "σ";
  if (lower === "ß") return "ss";
  return /^[ァ-ヶ]$/.test(lower) ? String.fromCharCode(lower.charCodeAt(0) - 0x60) : lower;
}

function lookalike(letter: string): string {
  return confusables.get(letter) ?? letter;
}
