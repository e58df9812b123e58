import { type Warning, warning } from "../../warnings.ts";
import type { Models } from "../models.ts";
import { required } from "../nets/required.ts";
import { rowOf } from "./features.ts";

/** CLIP embeddings of texts, one `[projection]` each; not normalised. */
export async function embedTexts(
  { clip, clipTokenizer }: Pick<Models, "clip" | "clipTokenizer">,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += textsPerRun) {
    const some = texts.slice(start, start + textsPerRun);
    const embeds = await clip.embedTexts(clipTokenizer.encode(some, clip.positions).ids);
    found.push(...some.map((_, index) => rowOf(embeds, index).data));
  }
  return found;
}

/** CLIP's embedding of one text, `[projection]`; not normalised. */
export async function embedText(
  models: Pick<Models, "clip" | "clipTokenizer">,
  text: string,
): Promise<Float32Array> {
  const [embedding] = await embedTexts(models, [text]);
  return required(embedding, "an embedding of a text");
}

/** A pack's 600 nouns at once would take, and keep, more than a gigabyte; so many fill all cores as well. */
const textsPerRun = 96;

/** The noun as CLIP was taught captions: with an article, unless it has one. */
export function withArticle(noun: string): string {
  if (/^(an?|the|two|three|some|many|my|his|her|their|our)\s/i.test(noun)) return noun;
  // "a unicorn", "a eucalyptus": what is said with a y at its start.
  return `${/^(?!uni[cfotv]|eu|us[eu])[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** A text as the networks are given it, and what a person should know of that before they wonder at the result. */
export interface Reading {
  readonly text: string;
  readonly warnings: readonly Warning[];
}

type World = Pick<Models, "words" | "synonyms" | "nouns" | "clipTokenizer" | "clip" | "pack">;

/** The text with the words outside a closed world replaced by what the world has for them, where it has something. */
export function readText(models: World, text: string): Reading {
  const unknown = unknownWords(text, models.words);
  const knownFor = createGuesser(models);
  const looked = unknown.slice(0, mostLookedUp).map((word) => ({ word, as: knownFor(word) }));
  const taken = looked.flatMap(({ word, as }) => (as === null ? [] : [{ word, as }]));
  const lost = looked.flatMap(({ word, as }) => (as === null ? [word] : []));
  const read = taken.reduce((sofar, { word, as }) => replace(sofar, word, as), text.normalize("NFC"));
  const warnings: Warning[] = [];
  const { positions } = models.clip;
  const cut = models.clipTokenizer.encode([read], positions).cut[0];
  if (cut) warnings.push(warning("prompt-cut", { cut, positions }));
  if (unknown.length > 0) {
    const named = { taken: taken.slice(0, mostNamed), unknown: lost.slice(0, mostNamed) };
    const more = unknown.length - named.taken.length - named.unknown.length;
    warnings.push(warning("words-unknown", { pack: models.pack.manifest.name, ...named, more }));
  }
  return { text: read, warnings };
}

/** More words than a text model reads: whoever sends hundreds that a pack does not know waits for none of them. */
const mostLookedUp = 80;
/** As many as a person reads in a warning, of each kind. */
const mostNamed = 8;

/** Gives the pack's synonym of a word, or the thing whose name shares most of its pieces with it; `null` for neither. */
function createGuesser({ synonyms, nouns, clipTokenizer }: World): (word: string) => string | null {
  const piecesOfNouns = nouns.map((noun) => ({
    noun,
    pieces: clipTokenizer.piecesOf(noun).filter((piece) => piece.length >= 3),
  }));
  return (word) => {
    const synonym = synonyms.get(word);
    if (synonym) return synonym;
    const pieces = new Set(clipTokenizer.piecesOf(word));
    let nearest: string | null = null;
    let most = leastShared;
    for (const { noun, pieces: its } of piecesOfNouns) {
      const shared = its.filter((piece) => pieces.has(piece)).reduce((sum, { length }) => sum + length, 0);
      const share = shared / Math.max(word.length, noun.length);
      if (share < most || (share === most && nearest !== null)) continue;
      nearest = noun;
      most = share;
    }
    return nearest;
  };
}

/** Letters in common pieces over those of the longer word: "catfish" and "fish" have 4 of 7. */
const leastShared = 0.5;

/** Every `word` of the text as `known`, with the article that goes with it. */
function replace(text: string, word: string, known: string): string {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])(an? )?${word}(?![\\p{L}\\p{N}\\p{M}])`, "giu");
  return text.replace(pattern, (_found, article?: string) => (article ? withArticle(known) : known));
}

/** Words outside a closed world, each once, in the order of the text; none where the world is open (`null`). */
export function unknownWords(text: string, world: ReadonlySet<string> | null): string[] {
  if (world === null) return [];
  const found = text.normalize("NFC").toLowerCase().replace(contraction, "").match(wordOrEmoji) ?? [];
  const words = found.flatMap((word) => (spaceless.test(word) ? segmentsOf(word) : [word]));
  return [...new Set(words.filter((word) => !world.has(word)))];
}

/** The end of "cat's" and "don't" is no word of its own. */
const contraction = /(?<=\p{L})['\u2019](?:s|t|d|m|ll|re|ve)(?![\p{L}\p{N}\p{M}])/gu;

/** Scripts that put no space between words. */
const spaceless = /[\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}]/u;
const segmenter = new Intl.Segmenter("en", { granularity: "word" });

function segmentsOf(phrase: string): string[] {
  return [...segmenter.segment(phrase)].map(({ segment }) => segment);
}

/**
 * A word is letters and digits with the marks that belong to them: vowel signs of Hindi, points of Arabic, accents that stand
 * apart. An emoji counts whole, with its joiners and skin tones.
 */
const wordOrEmoji = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*|\p{RGI_Emoji}|\p{Extended_Pictographic}/gv;
