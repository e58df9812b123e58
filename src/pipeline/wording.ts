import type { Warning } from "../errors.ts";
import type { Models } from "./models.ts";
import { rowOf } from "./sight.ts";

/** CLIP embeddings of texts, one `[projection]` each; not normalised. */
export async function embedTexts(models: Models, texts: readonly string[]): Promise<Float32Array[]> {
  const { ids } = models.clipTokenizer.encode(texts, models.clip.positions);
  const embeds = await models.clip.embedTexts(ids);
  return texts.map((_, index) => rowOf(embeds, index).data);
}

/** The noun as CLIP was taught captions: with an article, unless it has one. */
export function withArticle(noun: string): string {
  if (/^(an?|the|two|three|some|many|my|his|her|their|our)\s/i.test(noun)) return noun;
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** What a person should know of their prompt before they wonder at the result. */
export function warningsAbout(models: Models, prompt: string): Warning[] {
  const warnings: Warning[] = [];
  const cut = models.clipTokenizer.encode([prompt], models.clip.positions).cut[0];
  if (cut) {
    warnings.push({
      code: "prompt-cut",
      text: `The prompt is longer than the ${models.clip.positions} positions of the text model; this was cut off: "${cut}".`,
    });
  }
  const unknown = unknownWords(prompt, models.words);
  if (unknown.length > 0) {
    const words = unknown.map((word) => `"${word}"`).join(", ");
    warnings.push({
      code: "words-unknown",
      text: `The pack ${models.pack.manifest.name} does not know ${words}. It may paint something else; lrbot packs list shows other packs.`,
    });
  }
  return warnings;
}

/** Words outside a closed world, each once, in the order of the text; none where the world is open (`null`). */
export function unknownWords(text: string, world: ReadonlySet<string> | null): string[] {
  if (world === null) return [];
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}/gu) ?? [];
  return [...new Set(words.filter((word) => !world.has(word)))];
}
