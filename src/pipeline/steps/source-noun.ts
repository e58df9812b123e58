import type { Anchor, Box, EditRequest, EditResult } from "../../types.ts";
import { type Warning, warning } from "../../warnings.ts";
import type { Cache } from "../cache.ts";
import type { Picture } from "../image/picture.ts";
import type { Models } from "../models.ts";
import { findSourceNoun, type SourceNoun, sourceCrop } from "../regions/zero-shot.ts";
import { viewPictures } from "./features.ts";
import { embedTexts, withArticle } from "./prompt.ts";

export type Source = EditResult["source"] & { readonly warnings: readonly Warning[] };

export interface SourceOptions {
  readonly request: Pick<EditRequest, "source" | "box">;
  readonly models: Models;
  readonly picture: Picture;
  readonly anchors: readonly Anchor[];
  readonly nouns: Cache<readonly Float32Array[]>;
}

/** Below this zero-shot probability a found noun is a guess, and the person is told that naming it helps. */
export const certainFrom = 0.5;

/**
 * T_ROI as every pack can have it: the noun that was given, or the one that CLIP finds in the given box or around the
 * strongest anchors. See `locateSource` for packs that can tell more.
 */
export async function findSource(options: SourceOptions): Promise<Source> {
  const { request, picture, anchors } = options;
  if (request.source !== null) return { text: request.source, from: "given", confidence: 1, warnings: [] };
  const { text, confidence } = await nounIn(request.box ?? sourceCrop(anchors, picture), options);
  return foundSource({ text, confidence }, certainFrom);
}

/** A noun that was found, with a warning where it is a guess. */
export function foundSource(
  { text, confidence }: Pick<SourceNoun, "text" | "confidence">,
  least: number,
): Source {
  return {
    text,
    from: "found",
    confidence,
    warnings: confidence < least ? [warning("source-uncertain", { noun: text, confidence })] : [],
  };
}

/** What CLIP takes the pixels of a box for. */
export async function nounIn(
  box: Box,
  { models, picture, nouns }: Pick<SourceOptions, "models" | "picture" | "nouns">,
): Promise<SourceNoun> {
  const { manifest } = models.pack;
  const [view] = await viewPictures(models, [cutOut(picture, box)]);
  if (!view) throw new RangeError("Expected one view of one crop, got none.");
  return findSourceNoun({
    crops: [view.embedding],
    nounEmbeddings: await nounEmbeddingsOf(models, nouns),
    nouns: models.nouns,
    logitScale: models.clip.logitScale / (manifest.source?.temperature ?? 1),
  });
}

/** CLIP embeddings of the pack's nouns, one `[projection]` each; made once for each pack that the cache holds. */
export function nounEmbeddingsOf(
  models: Models,
  cache: Cache<readonly Float32Array[]>,
): Promise<readonly Float32Array[]> {
  return cache.getOrMake(models.pack.manifest.name, () => embedTexts(models, models.nouns.map(withArticle)));
}

/** The pixels of one box, as a picture of its own. */
export function cutOut(picture: Picture, box: Box): Picture {
  const rgb = new Uint8Array(box.width * box.height * 3);
  for (let row = 0; row < box.height; row++) {
    const from = ((box.top + row) * picture.width + box.left) * 3;
    rgb.set(picture.rgb.subarray(from, from + box.width * 3), row * box.width * 3);
  }
  return { width: box.width, height: box.height, rgb, alpha: null };
}
