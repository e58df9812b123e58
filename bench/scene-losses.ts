import type { SetPicture } from "../src/eval/set.ts";
import { createCache } from "../src/pipeline/cache.ts";
import { readPicture } from "../src/pipeline/image/image.ts";
import type { Models } from "../src/pipeline/models.ts";
import { createRandom } from "../src/pipeline/random.ts";
import { findAnchors } from "../src/pipeline/regions/anchors.ts";
import { planBudget } from "../src/pipeline/regions/budget.ts";
import type { RegionChooser } from "../src/pipeline/regions/choosers/chooser.ts";
import { distinctBoxes } from "../src/pipeline/regions/distinct-boxes.ts";
import type { LossBook } from "../src/pipeline/regions/prior/loss-book.ts";
import { proposeBoxes } from "../src/pipeline/regions/proposals.ts";
import { createBoxExpectation } from "../src/pipeline/steps/box-expectation.ts";
import { extractFeatures } from "../src/pipeline/steps/features.ts";
import { createPatches } from "../src/pipeline/steps/patches.ts";
import { embedTexts, withArticle } from "../src/pipeline/steps/prompt.ts";
import { createScorer } from "../src/pipeline/steps/scores.ts";
import { findSource } from "../src/pipeline/steps/source-noun.ts";

export interface SceneRecorderOptions {
  readonly models: Models;
  readonly book: LossBook;
  /** As the records state it. */
  readonly made: string;
  /** Drafts a scene. */
  readonly boxes: number;
}

/** Adds the draft losses of some boxes of a scene, drawn at random, to a book, as an edit with LRBOT_LEARN=on does. */
export function createSceneRecorder({ models, book, made, boxes }: SceneRecorderOptions) {
  const nouns = createCache<readonly Float32Array[]>(1);
  const { painting: settings, framing } = models.pack.manifest;
  const budget = planBudget({
    anchors: 8,
    budget: 14,
    steps: settings.steps,
    draftSteps: settings.draftSteps,
  });
  return async (scene: SetPicture, seed: number): Promise<void> => {
    const picture = await readPicture(scene.path);
    const features = await extractFeatures(models, picture);
    const anchors = findAnchors(features.attention, picture, { anchors: 8, spacing: null });
    const request = { source: null, box: null };
    const source = await findSource({ request, models, picture, anchors, nouns });
    const [prompt, sourceText] = await embedTexts(models, [scene.prompt, withArticle(source.text)]);
    if (!prompt || !sourceText) throw new RangeError("Expected two text embeddings, got fewer.");
    const reference = { picture: features.clip, prompt, sourceText, structureNorm: "rms" as const };
    const scorer = createScorer(models, reference);
    const proposals = proposeBoxes(anchors, picture, 7);
    await using painting = await models.inpainter.begin({
      ...settings,
      ...{ prompt: scene.prompt, negative: "", seed },
    });
    const { inpainter, clip } = models;
    const patches = createPatches({ picture, painting, inpainter, framing, viewSide: clip.imageSize });
    const learning = { network: null, book, made };
    const { keeping } = createBoxExpectation({ models, picture, features, reference, learning });
    await keeping(createRandomDrafts(boxes)).choose({
      ...{ proposals, budget, seed, signal: new AbortController().signal, onRound: () => {} },
      async draft(requests) {
        const wanted = requests.flatMap(({ anchor, proposal }) => proposals[anchor]?.[proposal] ?? []);
        const painted = await patches.paint(wanted, { steps: settings.draftSteps, quality: "draft" });
        const scores = await scorer.score(painted.map((patch) => patches.composeForScoring(patch, "draft")));
        return scores.map(({ losses }) => losses.total);
      },
    });
  };
}

/** Drafts so many distinct boxes at random, and chooses none. */
function createRandomDrafts(count: number): RegionChooser {
  return {
    name: "random-drafts",
    plannedSteps: ({ budget }) => count * budget.draftSteps,
    async choose({ proposals, budget, seed, draft }) {
      const random = createRandom(seed, "drafts");
      const drawn = [...distinctBoxes(proposals).first]
        .map((place) => ({ place, order: random.uniform() }))
        .sort((a, b) => a.order - b.order)
        .slice(0, count);
      await draft(drawn.map(({ place }) => ({ ...place, steps: budget.draftSteps })));
      return { order: [], choices: [], probabilities: [] };
    },
  };
}
