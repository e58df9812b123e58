import { basename } from "node:path";
import { throwIfCancelled } from "../errors.ts";
import type { EditRequest, EditResult, Losses, Progress } from "../types.ts";
import { type Warning, warning } from "../warnings.ts";
import { type Cache, createCache } from "./cache.ts";
import { readPicture, sha256OfPicture } from "./image/image.ts";
import type { Models } from "./models.ts";
import { findAnchors } from "./regions/anchors.ts";
import { planBudget } from "./regions/budget.ts";
import { learnChoices } from "./regions/choosers/learned.ts";
import type { LearningBackend } from "./regions/learning/backend.ts";
import { proposeBoxes } from "./regions/proposals.ts";
import { rankResults } from "./regions/rank.ts";
import { deliver } from "./steps/delivery.ts";
import { extractFeatures, type PictureFeatures } from "./steps/features.ts";
import { createPatches } from "./steps/patches.ts";
import { createProgressMeter } from "./steps/progress.ts";
import { embedTexts, readText, withArticle } from "./steps/prompt.ts";
import { createSafetyCheck } from "./steps/safety.ts";
import type { SafetyModel } from "./steps/safety-model.ts";
import { createScorer } from "./steps/scores.ts";
import { checkBox, completeSettings } from "./steps/settings.ts";
import { findSource } from "./steps/source-noun.ts";
import { createStopwatch } from "./steps/stopwatch.ts";
import { createTrials } from "./steps/trials.ts";

/** What is kept between the edits of one set of models: nothing here is computed twice for the same input. */
export interface EditCaches {
  /** By the picture's sha256. */
  readonly features: Cache<PictureFeatures>;
  /** By all that a loss hangs on: picture, texts, how it is painted and compared, box and steps. */
  readonly losses: Cache<Losses>;
  /** CLIP embeddings of the pack's nouns. */
  readonly nouns: Cache<readonly Float32Array[]>;
}

export interface EditContext {
  readonly models: Models;
  readonly caches: EditCaches;
  /** Trains the region network. */
  readonly backend: LearningBackend;
  /** Checks source and results as the request's policy says. None by default. */
  readonly safetyModel?: SafetyModel | null;
  /** Exists and is empty; takes the result and overlay pictures. */
  readonly folder: string;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export function createEditCaches(): EditCaches {
  return { features: createCache(16), losses: createCache(20_000), nouns: createCache(1) };
}

/**
 * Edits a picture from a sentence: the eight steps of "Text-Driven Image Editing via Learnable Regions", with the
 * region network trained for this picture and prompt. Writes `result-N.png` and `overlay-N.png` into the folder.
 *
 * @throws EditError whatever is wrong with the picture (`picture-*`), `box-outside-picture`, `inpainter-unknown`,
 *   `picture-refused`, `cancelled`, `out-of-memory`, `output-unwritable`, `disk-full`
 */
export async function edit(request: EditRequest, context: EditContext): Promise<EditResult> {
  const { models, caches, folder, signal } = context;
  const { manifest } = models.pack;
  const clock = createStopwatch();
  const meter = createProgressMeter(context.onProgress);
  const settings = completeSettings(request.settings, manifest, models.inpainter.name);
  const reading = readText(models, request.prompt);
  const warnings: Warning[] = [...reading.warnings];

  const picture = await readPicture(request.image, { signal });
  if (request.box) checkBox(request.box, picture);
  const sha256 = sha256OfPicture(picture);
  throwIfCancelled(signal);
  const { safety: policy = "off" } = request;
  const safetyCheck = createSafetyCheck({ model: context.safetyModel ?? null, policy, signal });
  const safety = await safetyCheck.checkPicture(picture);

  // 1. Features: what the ViT and CLIP see in the picture.
  const features = await caches.features.getOrMake(sha256, () => extractFeatures(models, picture));

  // 2. Anchors: the places that draw attention, as many as the budget can serve.
  const budget = planBudget({ ...settings, draftSteps: manifest.painting.draftSteps });
  const anchors = request.box
    ? []
    : findAnchors(features.attention, picture, { anchors: budget.anchors, spacing: settings.anchorSpacing });
  if (!request.box) warnings.push(...budget.warnings);
  const wanted = request.box ? 0 : budget.anchors;
  if (anchors.length < wanted) warnings.push(warning("anchors-fewer", { found: anchors.length, wanted }));

  // 3. Proposals: squares of M sizes around each anchor.
  const proposals = proposeBoxes(anchors, picture, settings.proposals);
  meter.report({ phase: "features", attention: rowsOf(features.attention), anchors, proposals });

  const source = await findSource({ request, models, picture, anchors, nouns: caches.nouns });
  warnings.push(...source.warnings);
  const sourceRead = withArticle(readText(models, source.text).text);
  const [prompt, sourceText] = await embedTexts(models, [reading.text, sourceRead]);
  if (!prompt || !sourceText) throw new RangeError("Expected two text embeddings, got fewer.");
  clock.lap("features");

  await using painting = await models.inpainter.begin(
    { ...request, ...settings, prompt: reading.text },
    signal,
  );
  const patches = createPatches({
    picture,
    painting,
    inpainter: models.inpainter,
    framing: manifest.framing,
    viewSide: models.clip.imageSize,
  });
  const scorer = createScorer(models, {
    source: features.clip,
    prompt,
    sourceText,
    structureNorm: settings.structureNorm,
  });
  const { seed, strength, guidance, inpainter, structureNorm } = settings;
  const paintedFor = [sha256, request.prompt, request.negative, source.text];
  const losses = lossesOf(caches.losses, [...paintedFor, seed, strength, guidance, inpainter, structureNorm]);
  const trials = createTrials({ patches, scorer, meter, losses, fullSteps: settings.steps, signal });
  meter.plan(settings.steps * (request.box ? 1 : settings.budget));

  // 4. and 5. Region network and learning: drafts teach it which box of each anchor serves the prompt best.
  const choices = request.box
    ? [{ anchor: null, proposal: null, box: request.box }]
    : await learnChoices({ ...context, features, picture, proposals, settings, budget, trials, meter });
  if (choices.length < anchors.length)
    warnings.push(warning("results-fewer", { results: choices.length, anchors: anchors.length }));
  clock.lap("learn");

  // 6. Edit: every anchor's box in full quality.
  const { kept: painted, ...sifted } = await safetyCheck.sift(await trials.paint(choices), patches.compose);
  warnings.push(...sifted.warnings);
  clock.lap("paint");

  // 7. Rank: the best first, edits that the prompt did not gain from last.
  const ranked = rankResults(
    painted.map(({ scores }) => scores),
    { rule: settings.rank, pictureT2i: scorer.pictureT2i, margin: manifest.ranking.margin },
  );
  if (ranked.every(({ weak }) => weak)) warnings.push(warning("results-weak", {}));

  // 8. Deliver: the picture's own pixels outside the box, a soft seam inside it.
  const results = await deliver({ picture, painted, ranked, anchors, patches, folder, meter, signal });
  clock.lap("rank");
  meter.report({ phase: "done" });

  return {
    image: { file: basename(request.image), width: picture.width, height: picture.height, sha256 },
    prompt: request.prompt,
    source: { text: source.text, from: source.from, confidence: source.confidence },
    pack: manifest.name,
    inpainter: models.inpainter.name,
    device: models.runtime.device,
    seed: settings.seed,
    settings: { ...settings, negative: request.negative },
    network: null,
    anchors: anchors.map(({ x, y, attention }) => ({ x, y, attention })),
    proposals: trials.proposals,
    results,
    calls: trials.calls,
    warnings,
    safety,
    milliseconds: { load: 0, ...clock.milliseconds },
  };
}

function rowsOf({ data, shape: [, columns = 1] }: PictureFeatures["attention"]): number[][] {
  return Array.from({ length: data.length / columns }, (_, row) => [
    ...data.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** The cache of losses as seen by one edit: all that a loss hangs on besides box and steps is in the key. */
function lossesOf(cache: Cache<Losses>, owner: readonly unknown[]): Pick<Cache<Losses>, "get" | "set"> {
  const prefix = JSON.stringify(owner);
  return { get: (key) => cache.get(prefix + key), set: (key, value) => cache.set(prefix + key, value) };
}
