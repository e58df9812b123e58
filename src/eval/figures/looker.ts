import { join } from "node:path";
import type { Cache } from "../../pipeline/cache.ts";
import type { Picture } from "../../pipeline/image/picture.ts";
import { vitPixels } from "../../pipeline/image/preprocess.ts";
import type { Models } from "../../pipeline/models.ts";
import { viewPictures } from "../../pipeline/steps/features.ts";
import { embedText, readText } from "../../pipeline/steps/prompt.ts";
import { nounEmbeddingsOf } from "../../pipeline/steps/source-noun.ts";
import { embedSeen, readVitReader } from "./vit-reader.ts";

/** Pictures and texts in one space, in which cosines say what is like what. */
export interface Looker {
  /** As reports state it. */
  readonly name: string;
  /** Nouns that it knows. */
  readonly nouns: readonly string[];
  /** `[projection]` of each, in order. */
  view(pictures: readonly Picture[]): Promise<Float32Array[]>;
  embed(text: string): Promise<Float32Array>;
  nounEmbeddings(): Promise<readonly Float32Array[]>;
}

/** A pack's CLIP. */
export function clipLooker(models: Models, nouns: Cache<readonly Float32Array[]>): Looker {
  const { name, version } = models.pack.manifest;
  return {
    name: `CLIP of ${name} ${version}`,
    nouns: models.nouns,
    view: async (pictures) => (await viewPictures(models, pictures)).map(({ embedding }) => embedding),
    embed: (text) => embedText(models, readText(models, text).text),
    nounEmbeddings: () => nounEmbeddingsOf(models, nouns),
  };
}

/**
 * A pack's ViT, whose features a small network reads as CLIP's texts: it sees with none of what losses are made with. `null` where the
 * pack brings none.
 * @throws EditError `weights-*`, `pack-file-missing`
 */
export async function vitLooker(
  models: Models,
  nouns: Cache<readonly Float32Array[]>,
): Promise<Looker | null> {
  const { pack, vit, vitPreprocessor } = models;
  const { judge, features, name, version } = pack.manifest;
  if (judge === null) return null;
  const reader = await readVitReader(join(pack.folder, judge));
  const how = { ...vitPreprocessor, shortSide: features.shortSide, patch: vit.patchSize };
  return {
    ...clipLooker(models, nouns),
    name: `ViT of ${name} ${version}`,
    async view(pictures) {
      const seen: Float32Array[] = [];
      for (const picture of pictures) {
        const found = await vit.run(vitPixels(picture, how));
        seen.push(embedSeen(reader, found));
      }
      return seen;
    },
  };
}
