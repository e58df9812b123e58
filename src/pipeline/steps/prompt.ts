import type { Warning } from "../../errors.ts";
import type { Models } from "../models.ts";
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
  const replaced = unknown.map((word) => ({ word, known: knownFor(word, models) }));
  const read = replaced.reduce(
    (sofar, { word, known }) => (known ? replace(sofar, word, known) : sofar),
    text,
  );
  const warnings: Warning[] = [];
  const cut = models.clipTokenizer.encode([read], models.clip.positions).cut[0];
  if (cut) {
    warnings.push({
      code: "prompt-cut",
      text: `The prompt is longer than the ${models.clip.positions} positions of the text model; this was cut off: "${opening(cut)}".`,
    });
  }
  if (unknown.length > 0) {
    const guesses = replaced.filter(({ known }) => known !== null);
    const words = replaced.filter(({ known }) => known === null).map(({ word }) => `"${word}"`);
    const { name } = models.pack.manifest;
    const sentences = [
      ...guesses.map(
        ({ word, known }) => `The pack ${name} does not know "${word}" and takes it for "${known}".`,
      ),
      ...(words.length > 0 ? [`The pack ${name} does not know ${words.join(", ")}.`] : []),
    ];
    const advice = "It may paint something else; lrbot packs list shows other packs.";
    warnings.push({ code: "words-unknown", text: `${sentences.join(" ")} ${advice}` });
  }
  return { text: read, warnings };
}

/** The text, or its first words where it is long: enough to find the place in a prompt. */
function opening(text: string): string {
  const letters = [...text];
  return letters.length <= 80 ? text : `${letters.slice(0, 80).join("").trimEnd()} ...`;
}

/** The pack's synonym of a word, or the thing whose name shares most of its pieces with it; `null` for neither. */
function knownFor(word: string, { synonyms, nouns, clipTokenizer }: World): string | null {
  const synonym = synonyms.get(word);
  if (synonym) return synonym;
  const pieces = clipTokenizer.piecesOf(word);
  let nearest: string | null = null;
  let most = leastShared;
  for (const noun of nouns) {
    const shared = clipTokenizer
      .piecesOf(noun)
      .filter((piece) => piece.length >= 3 && pieces.includes(piece))
      .reduce((letters, piece) => letters + piece.length, 0);
    const share = shared / Math.max(word.length, noun.length);
    if (share < most || (share === most && nearest !== null)) continue;
    nearest = noun;
    most = share;
  }
  return nearest;
}

/** Letters in common pieces over those of the longer word: "catfish" and "fish" have 4 of 7. */
const leastShared = 0.5;

/** Every `word` of the text as `known`, with the article that goes with it. */
function replace(text: string, word: string, known: string): string {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(an? )?${word}(?![\\p{L}\\p{N}])`, "giu");
  return text.replace(pattern, (_found, article?: string) => (article ? withArticle(known) : known));
}

/** Words outside a closed world, each once, in the order of the text; none where the world is open (`null`). */
export function unknownWords(text: string, world: ReadonlySet<string> | null): string[] {
  if (world === null) return [];
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}/gu) ?? [];
  return [...new Set(words.filter((word) => !world.has(word)))];
}
