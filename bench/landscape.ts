import { type Cache, createCache } from "../src/pipeline/cache.ts";
import type { Size } from "../src/pipeline/image/framing.ts";
import { readPicture } from "../src/pipeline/image/image.ts";
import type { Picture } from "../src/pipeline/image/picture.ts";
import type { Quality } from "../src/pipeline/inpainters/inpainter.ts";
import type { Models } from "../src/pipeline/models.ts";
import type { Tensor } from "../src/pipeline/nets/tensor.ts";
import { findAnchors } from "../src/pipeline/regions/anchors.ts";
import { boxKey, proposeBoxes } from "../src/pipeline/regions/proposals.ts";
import { findSourceNoun } from "../src/pipeline/regions/zero-shot.ts";
import { type BoxExpectation, createBoxExpectation } from "../src/pipeline/steps/box-expectation.ts";
import { extractFeatures, viewPictures } from "../src/pipeline/steps/features.ts";
import { createPatches, type Patch } from "../src/pipeline/steps/patches.ts";
import { embedTexts, withArticle } from "../src/pipeline/steps/prompt.ts";
import { createScorer } from "../src/pipeline/steps/scores.ts";
import { cutOut, findSource, nounEmbeddingsOf } from "../src/pipeline/steps/source-noun.ts";
import { packNetwork } from "../src/pipeline/steps/starting-network.ts";
import type { Box, EditResult } from "../src/types.ts";
import type { EvalPicture } from "./eval-pictures.ts";
import type { Trial, TrialBook } from "./trial-book.ts";

/** Everything that painting could say about one picture and prompt: a trial of every proposal of every anchor. */
export interface Landscape {
  readonly picture: EvalPicture;
  readonly source: EditResult["source"];
  readonly pictureT2i: number;
  /** F of the ViT, `[d, h, w]`. */
  readonly patchFeatures: Tensor;
  readonly size: Size;
  /** What the pack's network expects of boxes; `undefined` without one. */
  readonly expect: BoxExpectation["expect"];
  /** `[anchor][proposal]` */
  readonly boxes: readonly (readonly Box[])[];
  /** `[anchor][proposal]`, painted with `seed` in `steps`; coinciding boxes share a trial. */
  trials(seed: number, steps: number, how?: PaintedHow): Promise<Trial[][]>;
  /** That the book has all of these, so that asking for them paints nothing. */
  isKnown(seed: number, steps: number): boolean;
}

/** By default as the pack paints, and looked at as a draft in fewer steps than its own. */
export interface PaintedHow {
  readonly guidance?: number;
  readonly quality?: Quality;
}

export interface LandscapeOptions {
  readonly models: Models;
  readonly book: TrialBook;
  readonly anchors: number;
  readonly proposals: number;
  readonly nouns?: Cache<readonly Float32Array[]>;
}

/** Calls back with the landscape of one picture; what it paints with lives no longer than that. */
export async function withLandscape<Result>(
  picture: EvalPicture,
  options: LandscapeOptions,
  use: (landscape: Landscape) => Promise<Result>,
): Promise<Result> {
  const { models, book, nouns = createCache(1) } = options;
  const { manifest } = models.pack;
  const pixels = await readPicture(picture.path);
  const features = await extractFeatures(models, pixels);
  const anchors = findAnchors(features.attention, pixels, { anchors: options.anchors, spacing: null });
  const boxes = proposeBoxes(anchors, pixels, options.proposals);
  const request = { source: null, box: null };
  const source = await findSource({ request, models, picture: pixels, anchors, nouns });
  const [prompt, sourceText] = await embedTexts(models, [picture.prompt, withArticle(source.text)]);
  if (!prompt || !sourceText) throw new RangeError("Expected two text embeddings, got fewer.");
  const reference = { picture: features.clip, prompt, sourceText, structureNorm: "rms" } as const;
  const scorer = createScorer(models, reference);
  const learning = { network: await packNetwork(models.pack), book: null, made: "" };
  const { expect } = createBoxExpectation({
    ...{ models, picture: pixels, features, reference, learning },
    placeCost: () => 0,
  });

  async function paint(
    missing: readonly Box[],
    { seed, steps, how }: { readonly seed: number; readonly steps: number; readonly how: PaintedHow },
  ): Promise<Trial[]> {
    await using painting = await models.inpainter.begin({
      ...{ ...manifest.painting, guidance: how.guidance ?? manifest.painting.guidance },
      prompt: picture.prompt,
      negative: "",
      seed,
    });
    const { framing } = manifest;
    const patches = createPatches({
      picture: pixels,
      painting,
      inpainter: models.inpainter,
      framing,
      viewSide: models.clip.imageSize,
    });
    const painted = await patches.paint(missing, { steps });
    const quality = how.quality ?? (steps < manifest.painting.steps ? "draft" : "full");
    const allScores = await scorer.score(painted.map((patch) => patches.composeForScoring(patch, quality)));
    const recognised = await recognise(painted, patches.compose);
    return allScores.map((scores, index) => ({ ...scores, isRecognised: recognised[index] ?? false }));
  }

  async function recognise(patches: readonly Patch[], compose: (patch: Patch) => Promise<Picture>) {
    const crops = patches.map(async (patch) => cutOut(await compose(patch), patch.box));
    const views = await viewPictures(models, await Promise.all(crops));
    const nounEmbeddings = await nounEmbeddingsOf(models, nouns);
    return views.map(({ embedding }) => {
      const found = findSourceNoun({
        crops: [embedding],
        nounEmbeddings,
        nouns: models.nouns,
        logitScale: models.clip.logitScale,
      });
      return found.text === picture.target;
    });
  }

  const keyOf = (box: Box, seed: number, steps: number, how: PaintedHow = {}) => {
    const other = Object.entries(how).map(([name, value]) => `${name} ${value}`);
    return [picture.file, picture.prompt, source.text, boxKey(box), seed, steps, ...other].join(" ");
  };

  return use({
    picture,
    source: { text: source.text, from: source.from, confidence: source.confidence },
    pictureT2i: scorer.pictureT2i,
    patchFeatures: features.patchFeatures,
    size: pixels,
    expect,
    boxes,
    isKnown: (seed, steps) => boxes.flat().every((box) => book.get(keyOf(box, seed, steps)) !== undefined),
    async trials(seed, steps, how = {}) {
      const missing = new Map(
        boxes.flat().flatMap((box) => {
          const key = keyOf(box, seed, steps, how);
          return book.get(key) ? [] : [[key, box]];
        }),
      );
      const painted = missing.size > 0 ? await paint([...missing.values()], { seed, steps, how }) : [];
      for (const [index, key] of [...missing.keys()].entries()) {
        const trial = painted[index];
        if (trial) book.set(key, trial);
      }
      if (painted.length > 0) await book.save();
      return boxes.map((row) => row.map((box) => trialAt(book, keyOf(box, seed, steps, how))));
    },
  });
}

function trialAt(book: TrialBook, key: string): Trial {
  const trial = book.get(key);
  if (!trial) throw new RangeError(`Expected a trial of ${key}, got none.`);
  return trial;
}
