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

/** A reading in which what stands several times in a row stands once: `nude` of "nuuude". */
export interface SqueezedReading extends Reading {
  /** How often each code unit stood there. */
  readonly runs: readonly number[];
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

/** The same reading without repetitions; `null` where it has too few to be more than what spelling knows. */
export function squeezed(reading: Reading): SqueezedReading | null {
  if (!repeated.test(reading.text)) return null;
  return squeezedOf(reading);
}

/** Three of a kind, or two pairs within a word. */
const repeated = /([\p{L}\p{M}\p{N}])\1\1|([\p{L}\p{M}])\2[\p{L}\p{M}\p{N}]*([\p{L}\p{M}])\3/u;

/** Without repetitions, also where it has none. */
export function squeezedOf({ text, origin, plain, segments }: Reading): SqueezedReading {
  let read = "";
  const from: number[] = [];
  const runs: number[] = [];
  for (const [index, unit] of text.split("").entries()) {
    if (unit === text[index - 1] && /[^\ud800-\udfff]/.test(unit)) {
      runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
      continue;
    }
    read += unit;
    from.push(origin[index] ?? plain.length);
    runs.push(1);
  }
  return { text: read, origin: from, plain, segments, runs };
}

function isWritten(letter: string): boolean {
  return alphanumeric.test(letter) || confusables.has(letter) || alike.has(letter);
}

/** Of what is neither letter nor number ASCII alone is told apart; an emoji between letters is a sign between them. */
function asciiOf(letter: string): string {
  if (letter >= " " && letter <= "~") return letter;
  if (letter === "’" || letter === "‘") return "'";
  if (letter === "·" || letter === "•") return ".";
  return /\p{S}/u.test(letter) ? "~" : " ";
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
  // Korean letters that make no syllable are laughter, sobs and the like.
  if (/[가-힣]/.test(before) && /[\u1100-\u11ff]/.test(after)) return true;
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
      // Korean letters that stand one by one; NFKD takes the last of a syllable for the first of the next.
      .replace(/[ㄱ-ㅎ][ㅏ-ㅣ][ㄱ-ㅎ](?![ㅏ-ㅣ])/gu, syllable)
      // What is typed for the mark of a long vowel.
      .replace(/(?<=[ァ-ヺ])[-\u2010-\u2015\u2212\uff0d一](?=[ァ-ヺ])/gu, "ー")
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

const lastConsonants = [..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];

/** Of a consonant, a vowel and a consonant. */
function syllable(letters: string): string {
  const last = lastConsonants.indexOf(letters[2] ?? "");
  if (last < 0) return letters;
  const open = letters.slice(0, 2).normalize("NFKD").normalize("NFC");
  return String.fromCharCode(open.charCodeAt(0) + last + 1);
}

function boxedLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const first = [0x1f1e6, 0x1f170, 0x1f150, 0x1f130].find((start) => code >= start) ?? code;
  return String.fromCharCode(0x61 + code - first);
}

/** Hiragana stand for both kana, and σ for both forms of it, as one form of a Hebrew letter does for that at the end. */
function small(letter: string): string {
  const lower = letter.toLowerCase();
  if (lower === "ς") return "σ";
  const last = "ךםןףץ".indexOf(lower);
  if (last >= 0) return "כמנפצ"[last] ?? lower;
  if (lower === "ß") return "ss";
  return /^[ァ-ヶ]$/.test(lower) ? String.fromCharCode(lower.charCodeAt(0) - 0x60) : lower;
}

function lookalike(letter: string): string {
  return confusables.get(letter) ?? alike.get(letter) ?? letter;
}

/** Besides those of Unicode: small capitals, letters with hooks, and signs that are used for their shape. */
const alike: ReadonlyMap<string, string> = new Map(
  `a ᴀ₳ | b ʙ₿ | c ᴄ | d ᴅ∂ | e ᴇɛ€ | f ꜰ | g ɢ₲ | h ʜ | j ᴊ | k ᴋⱪ | l ʟ£ | m ᴍ | n ɴɲ₦ | p ᴘ | r ʀ | s ꜱꞩ₴ | t ᴛ
  | u ᴜ | v ᴠ | w ᴡ₩ | x × | y ʏ¥ | z ᴢ`
    .split("|")
    .flatMap((line) => {
      const [letter = "", others = ""] = line.trim().split(" ");
      return [...others].map((other) => [other, letter] as const);
    }),
);
