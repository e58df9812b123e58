import { basename } from "node:path";
import { EditError, throwIfCancelled } from "../errors.ts";
import type { EditRequest, EditResult, Losses, Progress } from "../types.ts";
import { type Warning, warning } from "../warnings.ts";
import type { Cache } from "./cache.ts";
import { opensMore } from "./editors/methods.ts";
import { readPicture, sha256OfPicture } from "./image/image.ts";
import type { Picture } from "./image/picture.ts";
import { marksOfResult } from "./image/xmp.ts";
import { type Marking, plainMarking } from "./marks/marking.ts";
import { readMarksOf } from "./marks/read-marks.ts";
import { planBudget } from "./regions/budget.ts";
import { createGivenBox } from "./regions/choosers/given.ts";
import { proposeAt } from "./regions/proposals.ts";
import { rankResults } from "./regions/rank.ts";
import { deliver } from "./steps/delivery.ts";
import { removeFirstResult, showFirstResult } from "./steps/first-result.ts";
import { createMasks } from "./steps/masks.ts";
import type { EditParts } from "./steps/parts.ts";
import { createPreviews, removePreviews } from "./steps/previews.ts";
import { createProgressMeter } from "./steps/progress.ts";
import { createSafetyCheck } from "./steps/safety.ts";
import type { SafetyModel } from "./steps/safety-model.ts";
import { checkBox, completeSettings, givenBoxOf, ignoresNegative } from "./steps/settings.ts";
import { createStopwatch } from "./steps/stopwatch.ts";
import { createTrials, drafterOf } from "./steps/trials.ts";

export interface EditContext {
  /** Networks, or what stands in for them. */
  readonly parts: EditParts;
  /** Checks picture and results as the request's policy says. None by default. */
  readonly safetyModel?: SafetyModel | null;
  /** What results are marked with. Default `plainMarking`. */
  readonly marking?: Marking;
  /** Exists and is empty; takes the pictures. */
  readonly folder: string;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/**
 * Edits a picture from a sentence: the eight steps of "Text-Driven Image Editing via Learnable Regions", with a
 * box of each anchor chosen for this picture and prompt. Writes `result-N.png` and `overlay-N.png` into the folder, `mask-N.png` where
 * masks are chosen, and `first-result.png` and `preview-N.jpg` while it is at work.
 *
 * @throws EditError whatever is wrong with the picture (`picture-*`), `box-outside-picture`, `inpainter-unknown`, `method-unknown`,
 *   `picture-refused`, `cancelled`, `out-of-memory`, `output-unwritable`, `disk-full`
 */
export async function edit(request: EditRequest, context: EditContext): Promise<EditResult> {
  const { parts, folder, signal } = context;
  const { manifest } = parts;
  const stopwatch = createStopwatch();
  const meter = createProgressMeter(context.onProgress);

  // 0. Input: settings, prompt and picture are checked before anything is spent.
  const settings = completeSettings(request.settings, manifest, parts.available);
  const reading = parts.read(request.prompt);
  const warnings: Warning[] = [...reading.warnings];
  if (request.negative && ignoresNegative(settings, manifest)) warnings.push(warning("negative-unused", {}));
  const picture = await readPicture(request.image, { signal });
  const reference = await readReference(request, parts, signal);
  const marks = marksOfResult(await readMarksOf(request.image, { signal }));
  const { watermark, ...marking } = context.marking ?? plainMarking;
  const imprint = marking.imprint(marks, "PNG");
  if (request.box) checkBox(request.box, picture);
  const given = givenBoxOf(request.box, settings, picture);
  const isWhole = given !== null && request.box === null;
  const sha256 = sha256OfPicture(picture);
  throwIfCancelled(signal);
  const { safety: policy = "off", refusesNewlyUnsafe = false } = request;
  const safetyCheck = createSafetyCheck({
    ...{ model: context.safetyModel ?? null, policy, refusesNewlyUnsafe, signal },
  });
  const safety = await safetyCheck.checkPicture(picture);

  // 1. Features: what the ViT and CLIP see in the picture.
  const seen = await parts.see(picture, sha256);

  // 2. Anchors: where T_ROI lies and what else draws attention, as many as the budget can serve.
  const { draftShare } = parts;
  const budget = planBudget({ ...settings, draftShare });
  const wanted = given ? 0 : budget.anchors;
  const spaced = { anchors: budget.anchors, spacing: settings.anchorSpacing, where: settings.where };
  const comparison = await seen.compare({ request, prompt: reading.text, anchors: spaced });
  const anchors = wanted > 0 ? comparison.findAnchors({ ...spaced, from: settings.anchorsFrom }) : [];
  if (!given) warnings.push(...budget.warnings);
  if (anchors.length < wanted) warnings.push(warning("anchors-fewer", { found: anchors.length, wanted }));

  // 3. Proposals: M sizes around each anchor, in the shape of T_ROI or square.
  const proposals = proposeAt(anchors, picture, settings.proposals);
  meter.report({ phase: "features", attention: seen.attention, anchors, proposals });

  // 4. Chooser: how a box of each anchor is chosen, and with what its paintings are compared.
  const { source } = comparison;
  warnings.push(...comparison.warnings);
  const chooser = given ? createGivenBox(given) : await comparison.chooser(settings, picture);
  stopwatch.lap("features");

  // 5. Learning: drafts say which box of each anchor serves the prompt best.
  if (opensMore(settings.method)) meter.report({ phase: "loading" });
  await using patches = await parts.paint({
    ...{ picture, sha256, signal },
    request: { ...request, ...settings, prompt: reading.text, shown: reference },
    method: settings.method,
    source: source.text,
  });
  if (patches.painted) warnings.push(warning("class-painted", patches.painted));
  const scorer = comparison.scorer(settings.structureNorm);
  const { seed, strength, guidance, inpainter, structureNorm, method } = settings;
  const shownHash = reference ? [sha256OfPicture(reference)] : [];
  const paintedFor = [sha256, request.prompt, request.negative, source.text, ...shownHash];
  const losses = lossesOf(parts.losses, [
    ...paintedFor,
    seed,
    strength,
    guidance,
    inpainter,
    structureNorm,
    method,
  ]);
  const placeCost = comparison.placeCost(settings.anchorsFrom);
  const previews = request.previews
    ? createPreviews({ patches, safetyCheck, folder, show: meter.show, placeCost, imprint })
    : null;
  const trials = createTrials({
    ...(previews && { onDrafts: previews.note }),
    patches,
    scorer,
    meter,
    losses,
    fullSteps: settings.steps,
    draftShare,
    signal,
  });
  meter.plan(chooser.plannedSteps({ proposals, budget }));
  const { choices } = await chooser.choose({
    ...{ proposals, budget, seed, signal },
    draft: drafterOf(trials, proposals),
    onRound: (round) => meter.report({ phase: "round", ...round }),
  });
  if (choices.length < anchors.length)
    warnings.push(warning("results-fewer", { results: choices.length, anchors: anchors.length }));
  stopwatch.lap("learn");

  // 6. Edit: every anchor's box in full quality; the most promising one first, to be seen while the others are painted.
  //    Of each box the picture keeps what the painting does not need.
  const mode = isWhole ? "box" : (settings.mask ?? "box");
  const masks = createMasks({ mode, patches, scorer, meter, signal });
  await showFirstResult(choices, {
    trials,
    masks,
    patches,
    safetyCheck,
    folder,
    meter,
    placeCost,
    picture,
    imprint,
    watermark,
  });
  const masked = await masks.fit(await trials.paint(choices));
  const { kept: painted, ...sifted } = await safetyCheck.sift(masked, patches.compose);
  warnings.push(...sifted.warnings);
  stopwatch.lap("paint");

  // 7. Rank: the best first, edits that the prompt did not gain from last.
  const ranked = rankResults(
    painted.map(({ scores, box }) => ({ ...scores, place: placeCost(box) })),
    { rule: settings.rank, pictureT2i: scorer.pictureT2i, margin: manifest.ranking.margin },
  );
  if (ranked.every(({ weak }) => weak)) warnings.push(warning("results-weak", {}));

  // 8. Deliver: the picture's own pixels outside the mask, a soft seam inside it.
  const results = await deliver({
    picture,
    before: isWhole ? picture : null,
    decided: isWhole ? (patches.decided ?? null) : null,
    painted,
    ranked,
    anchors,
    patches,
    folder,
    meter,
    signal,
    imprint,
    watermark,
  });
  await removeFirstResult(folder);
  if (previews) await removePreviews(folder);
  stopwatch.lap("rank");
  meter.report({ phase: "done" });

  return {
    image: { file: basename(request.image), width: picture.width, height: picture.height, sha256 },
    prompt: request.prompt,
    source: { text: source.text, from: source.from, confidence: source.confidence },
    pack: manifest.name,
    inpainter: parts.inpainter,
    device: parts.device,
    seed: settings.seed,
    settings: { ...settings, negative: request.negative },
    method,
    edited: isWhole ? "whole picture" : "box",
    chooser: chooser.name,
    ...(patches.painted && { painted: patches.painted }),
    network: request.box ? null : comparison.network(settings),
    anchors: anchors.map(({ x, y, attention }) => ({ x, y, attention })),
    proposals: trials.proposals,
    results,
    calls: method === "regions" ? trials.calls : { drafts: 0, full: 1, equivalent: 1 },
    warnings,
    safety,
    marks,
    milliseconds: { load: 0, ...stopwatch.milliseconds },
  };
}

/** The losses as seen by one edit: all that a loss hangs on besides box and steps is in the key. */
function lossesOf(
  losses: Pick<Cache<Losses>, "get" | "set">,
  owner: readonly unknown[],
): Pick<Cache<Losses>, "get" | "set"> {
  const prefix = JSON.stringify(owner);
  return { get: (key) => losses.get(prefix + key), set: (key, value) => losses.set(prefix + key, value) };
}

/** The picture that shows what is meant, if there is one. @throws EditError `setting-out-of-range` where what paints is shown none */
async function readReference(
  { reference }: EditRequest,
  { inpainter, takesReference }: EditParts,
  signal: AbortSignal,
): Promise<Picture | null> {
  if (reference === undefined) return null;
  if (takesReference) return readPicture(reference, { signal });
  throw new EditError(
    "setting-out-of-range",
    `Expected no reference, as ${inpainter} paints from words and the picture alone here, got ${reference}.`,
    { setting: "reference" },
  );
}
