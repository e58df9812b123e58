import { join } from "node:path";
import type { Pack } from "./pack.ts";
import { linesOf, readTextFile } from "./text-file.ts";

/**
 * The words that a pack's own lists have, in lower case: its nouns, and of a small world all its words and what it takes for
 * them. What cannot be read adds none: opening the networks says so.
 */
export async function vocabularyOf({ folder, manifest }: Pack): Promise<ReadonlySet<string>> {
  const files = [manifest.nouns, manifest.words, manifest.synonyms].flatMap((file) => file ?? []);
  const texts = await Promise.all(files.map((file) => readTextFile(join(folder, file)).catch(() => "")));
  const words = texts.flatMap(linesOf).flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? []);
  return new Set(words);
}
