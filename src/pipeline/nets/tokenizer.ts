import { Tokenizer as BytePairTokenizer } from "@huggingface/tokenizers";
import { required } from "./required.ts";
import type { TokenIds } from "./tensor.ts";
import { readTokenizerFiles, type SpecialTokens, type Vocabulary } from "./tokenizer-files.ts";

/** Texts as a text tower reads them. */
export interface Encoded {
  /** `[texts, positions]`: start token, the text's pieces, end token, padding. */
  readonly ids: TokenIds;
  /** Ids of each row from the start token to the end token, both included. */
  readonly lengths: readonly number[];
  /** The end of each text that found no place, from the first word that is not whole; `null` where all fitted. */
  readonly cut: readonly (string | null)[];
  /**
   * Words of each text, in lower case and each once, that the vocabulary holds in pieces only. That means
   * something for the vocabulary of a small closed world; a large one has many good words in pieces.
   */
  readonly unknown: readonly (readonly string[])[];
}

/** CLIP's tokenizer. */
export interface Tokenizer {
  encode(texts: readonly string[], positions: number): Encoded;
  /** The pieces that a text falls into, in order, without the mark of a word's end. */
  piecesOf(text: string): string[];
}

/**
 * Loads a `tokenizer/` folder of CLIP's or Stable Diffusion's repositories, in any form that `readTokenizerFiles` knows.
 * @throws EditError `pack-file-missing`, `pack-invalid`, `network-unsupported`.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const { vocabulary, merges, special } = await readTokenizerFiles(folder);
  const pieces = createBytePairs(vocabulary, merges, special);
  const literals = [special.start.text, special.end.text];
  const split = splitter(literals);
  const wordsOf = wordSplitter(literals);

  /** Ids of a text, without start and end. */
  const idsOf = (text: string) =>
    split(text).flatMap((part) =>
      part.special
        ? [required(vocabulary[part.text], `an id of ${part.text}`)]
        : wordsOf(part.text).flatMap(pieces),
    );

  const written = new Map(Object.entries(vocabulary).map(([piece, id]) => [id, piece]));

  return {
    piecesOf: (text) =>
      idsOf(text).map((id) => required(written.get(id), `a piece for the id ${id}`).replace(/<\/w>$/, "")),
    encode(texts, positions) {
      const data = new BigInt64Array(texts.length * positions).fill(BigInt(special.pad.id));
      const lengths: number[] = [];
      const cut = texts.map((text, row) => {
        const ids = idsOf(text);
        const kept = ids.slice(0, positions - 2);
        const framed = [special.start.id, ...kept, special.end.id];
        data.set(framed.map(BigInt), row * positions);
        lengths.push(framed.length);
        return kept.length < ids.length ? withoutWhatFits(text, idsOf, positions - 2) : null;
      });
      const unknown = texts.map((text) => {
        const parts = split(text).filter((part) => !part.special);
        const words = parts.flatMap((part) => wordsOf(part.text)).filter((word) => /\p{L}/u.test(word));
        return [...new Set(words.filter((word) => pieces(word).length > 1))];
      });
      return { ids: { data, shape: [texts.length, positions] }, lengths, cut, unknown };
    },
  };
}

/** Ids of one word. The word is cut into bytes, joined by the merges, its last piece marked as an end. */
function createBytePairs(
  vocabulary: Vocabulary,
  merges: readonly string[],
  special: SpecialTokens,
): (word: string) => number[] {
  const tokenizer = new BytePairTokenizer(
    {
      // Words come already normalised and split.
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: false },
      post_processor: null,
      decoder: null,
      added_tokens: [],
      model: {
        type: "BPE",
        vocab: vocabulary,
        merges,
        end_of_word_suffix: "</w>",
        unk_token: special.end.text,
      },
    },
    {},
  );
  return (word) => tokenizer.encode(word, { add_special_tokens: false }).ids;
}

/**
 * Composed (NFC), and each code point in lower case by itself, as transformers does it: a capital sigma at the end
 * of a word gives a plain small one.
 */
function normalise(text: string): string {
  return Array.from(text.normalize("NFC"), (character) => character.toLowerCase()).join("");
}

/**
 * Words of a text: English contractions, runs of letters, single digits, runs of other signs. A special token's
 * literal that only lower-casing made, and that stands at a word's start, is a word that falls into its parts.
 */
function wordSplitter(literals: readonly string[]): (text: string) => string[] {
  const word = String.raw`'(?:s|t|re|ve|m|ll|d)|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+`;
  const pattern = new RegExp(word, "gu");
  const patternWithLiterals = new RegExp(`${literals.map(literalPattern).join("|")}|${word}`, "gu");
  return (text) => {
    const words = normalise(text).match(patternWithLiterals) ?? [];
    return words.flatMap((found) => found.match(pattern) ?? []);
  };
}

/** Cuts a text at the special tokens' literals, which are tokens where they stand before lower-casing. */
function splitter(literals: readonly string[]): (text: string) => { text: string; special: boolean }[] {
  const pattern = new RegExp(`(${literals.map(literalPattern).join("|")})`, "u");
  return (text) => text.split(pattern).map((part) => ({ text: part, special: literals.includes(part) }));
}

/** A text as a regular expression that matches it alone. */
function literalPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** What is left of a text after its longest beginning of whole words that has at most `room` ids. */
function withoutWhatFits(text: string, idsOf: (text: string) => number[], room: number): string {
  const segments = [...new Intl.Segmenter("en", { granularity: "word" }).segment(text)];
  const ends = segments.map(({ index, segment }) => index + segment.length);
  let fits = 0;
  let tooLong = ends.length;
  while (fits < tooLong) {
    const middle = (fits + tooLong) >> 1;
    if (idsOf(text.slice(0, ends[middle])).length <= room) fits = middle + 1;
    else tooLong = middle;
  }
  return text.slice(ends[fits - 1] ?? 0).trim();
}
