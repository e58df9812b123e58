import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config.ts";
import { readSet, type SetPicture } from "../src/eval/set.ts";
import { meanOf, meanWithInterval } from "../src/eval/statistics/bootstrap.ts";
import { openPack } from "../src/packs/open.ts";
import { edit } from "../src/pipeline/edit.ts";
import { readPicture, sha256OfPicture } from "../src/pipeline/image/image.ts";
import type { Picture } from "../src/pipeline/image/picture.ts";
import { writeOutput } from "../src/pipeline/image/write-file.ts";
import { loadModels, type Models } from "../src/pipeline/models.ts";
import { findSourceNoun } from "../src/pipeline/regions/zero-shot.ts";
import { viewPictures } from "../src/pipeline/steps/features.ts";
import { createMasks } from "../src/pipeline/steps/masks.ts";
import { createEditCaches, createNetworkParts, type EditCaches } from "../src/pipeline/steps/networks.ts";
import type { EditParts } from "../src/pipeline/steps/parts.ts";
import { createProgressMeter } from "../src/pipeline/steps/progress.ts";
import { cutOut, nounEmbeddingsOf } from "../src/pipeline/steps/source-noun.ts";
import { createTrials, type PaintedChoice } from "../src/pipeline/steps/trials.ts";
import { parseEditRequest } from "../src/request.ts";
import type { Box } from "../src/types.ts";
import { type EdgeCrop, edgeCrops, judgeAccuracies } from "./edge-judge.ts";
import type { BenchOptions } from "./main.ts";
import { type MaskContender, maskContenders } from "./mask-contenders.ts";

/** The boxes are those that the first result of an edit has that does a third of the standard work. */
const work = { anchors: 3, budget: 4 } as const;

/** One result of one picture under one contender. */
interface Outcome {
  readonly contender: string;
  /** Of the box's pixels, and of the picture's: those that are not bit for bit the picture's own. */
  readonly shareOfBox: number;
  readonly shareOfPicture: number;
  readonly isWholeBox: boolean;
  readonly loss: number;
  readonly isRecognised: boolean;
  /** Levels that the correction of tone adds, in the mean over the mask. */
  readonly tone: number;
  /** Processor seconds of choosing the mask. */
  readonly seconds: number;
  readonly crops: readonly (readonly number[])[];
}

/**
 * How little of its box a result needs: for the whole box and for each way to choose a mask, the share of changed pixels, the
 * editing loss, how often the pack's CLIP recognises the prompted thing, and how often a judge of crops around the box's edges
 * tells results from sources. Arguments: `--pictures N` (30), and `--boxes FILE`, where the boxes are kept for the next run.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...args],
    options: { pictures: { type: "string", default: "30" }, boxes: { type: "string" } },
  });
  const boxes = await readBoxes(values.boxes);
  const pack = await openPack("mini", { roots: loadConfig().packRoots });
  // One thread, so that processor seconds count work alone.
  await using models = await loadModels(pack, { device: "cpu", threads: 1 });
  const caches = createEditCaches();
  const parts = createNetworkParts({ models, caches });
  const contenders = maskContenders(models);
  const outcomes: Outcome[] = [];
  const sources: (readonly number[])[][] = [];
  const paintSeconds: number[] = [];
  for (const picture of (await readSet(`${pack.folder}/eval`)).slice(0, Number(values.pictures))) {
    const box = boxes.get(picture.file) ?? (await boxOf(picture, parts));
    boxes.set(picture.file, box);
    const pixels = await readPicture(picture.path);
    sources.push(edgeCrops(pixels, box));
    const measured = await measure({ picture, pixels, box, parts, models, caches, contenders });
    outcomes.push(...measured.outcomes);
    paintSeconds.push(measured.paintSeconds);
    const shares = measured.outcomes.map(
      ({ contender, shareOfBox }) => `${contender} ${shareOfBox.toFixed(2)}`,
    );
    log(`${picture.file}  ${shares.join("  ")}  ${JSON.stringify(picture.prompt)}`);
  }
  if (values.boxes !== undefined) await writeOutput(values.boxes, JSON.stringify([...boxes]));
  const figures = contenders.map(({ name }) => {
    const own = outcomes.filter(({ contender }) => contender === name);
    return [name, summaryOf(own, sources)] as const;
  });
  for (const [name, figure] of figures) log(`${name.padEnd(14)} ${JSON.stringify(figure)}`);
  return { pictures: sources.length, paintSeconds: meanOf(paintSeconds), ...Object.fromEntries(figures) };
}

async function readBoxes(path: string | undefined): Promise<Map<string, Box>> {
  const text = path === undefined ? "[]" : await readFile(path, "utf8").catch(() => "[]");
  return new Map<string, Box>(JSON.parse(text));
}

async function boxOf({ path, prompt }: SetPicture, parts: EditParts): Promise<Box> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-bench-"));
  try {
    const request = parseEditRequest({ image: path, prompt, settings: { ...work, mask: "box" } });
    const { signal } = new AbortController();
    const { results } = await edit(request, { parts, folder, signal, onProgress() {} });
    if (!results[0]) throw new RangeError(`Expected a result for ${path}, got none.`);
    return results[0].box;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measuring {
  readonly picture: SetPicture;
  readonly pixels: Picture;
  readonly box: Box;
  readonly parts: EditParts;
  readonly models: Models;
  readonly caches: EditCaches;
  readonly contenders: readonly MaskContender[];
}

async function measure(options: Measuring): Promise<{ outcomes: Outcome[]; paintSeconds: number }> {
  const { picture, pixels, box, parts, contenders } = options;
  const { signal } = new AbortController();
  const sha256 = sha256OfPicture(pixels);
  const { steps, strength, guidance } = parts.manifest.painting;
  const request = { prompt: picture.prompt, negative: "", seed: 0, steps, strength, guidance };
  await using patches = await parts.paint({
    ...{ picture: pixels, sha256, request, signal },
    ...{ method: "regions", source: "" },
  });
  const seen = await parts.see(pixels, sha256);
  const comparison = await seen.compare({
    request: { source: null, box: null },
    prompt: picture.prompt,
    anchors: { anchors: work.anchors, spacing: null },
  });
  const scorer = comparison.scorer("rms");
  const meter = createProgressMeter(() => {});
  const losses = new Map<string, PaintedChoice["scores"]["losses"]>();
  const keep = {
    get: (key: string) => losses.get(key),
    set: (key: string, one: never) => void losses.set(key, one),
  };
  const trials = createTrials({ patches, scorer, meter, losses: keep, fullSteps: steps, signal });
  const paintStart = process.cpuUsage();
  const painted = await trials.paint([{ anchor: null, proposal: null, box }]);
  const paintSeconds = secondsSince(paintStart);

  const outcomes: Outcome[] = [];
  for (const { name, mode, coversOf } of contenders) {
    const covers = coversOf && (await coversOf({ pixels, painted: painted[0] as PaintedChoice, patches }));
    const start = process.cpuUsage();
    const masks = createMasks({
      mode,
      patches,
      scorer,
      meter,
      signal,
      ...(covers ? { coversOf: covers } : {}),
    });
    const [masked] = await masks.fit(painted);
    const seconds = secondsSince(start);
    if (!masked) throw new RangeError("Expected one masked painting, got none.");
    const composed = await patches.compose(masked.patch);
    const changed = changedPixels(pixels, composed);
    outcomes.push({
      contender: name,
      shareOfBox: changed / (box.width * box.height),
      shareOfPicture: changed / (pixels.width * pixels.height),
      isWholeBox: !masked.patch.cover,
      loss: masked.mask?.losses.total ?? masked.scores.losses.total,
      isRecognised: await isRecognised(composed, options),
      tone: meanTone(masked.patch.cover?.tone?.rgb),
      seconds,
      crops: edgeCrops(composed, box),
    });
  }
  return { outcomes, paintSeconds };
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function changedPixels(before: Picture, after: Picture): number {
  let count = 0;
  for (let at = 0; at < before.rgb.length; at += 3) {
    const isSame = [0, 1, 2].every((channel) => before.rgb[at + channel] === after.rgb[at + channel]);
    if (!isSame) count++;
  }
  return count;
}

function meanTone(tone: Float32Array | undefined): number {
  return tone ? meanOf([...tone].map(Math.abs)) : 0;
}

async function isRecognised(
  composed: Picture,
  { picture, box, models, caches }: Measuring,
): Promise<boolean> {
  const [view] = await viewPictures(models, [cutOut(composed, box)]);
  if (!view) throw new RangeError("Expected one view, got none.");
  const found = findSourceNoun({
    crops: [view.embedding],
    nounEmbeddings: await nounEmbeddingsOf(models, caches.nouns),
    nouns: models.nouns,
    logitScale: models.clip.logitScale,
  });
  return found.text === picture.target;
}

function summaryOf(outcomes: readonly Outcome[], sources: readonly (readonly (readonly number[])[])[]) {
  const mean = (value: (outcome: Outcome) => number) => rounded(meanOf(outcomes.map(value)));
  const crops = outcomes.flatMap(({ crops: results }, picture): EdgeCrop[] => [
    ...results.map((features) => ({ picture, isResult: true, features })),
    ...(sources[picture] ?? []).map((features) => ({ picture, isResult: false, features })),
  ]);
  const judge = meanWithInterval(judgeAccuracies(crops));
  return {
    shareOfBox: mean(({ shareOfBox }) => shareOfBox),
    shareOfPicture: mean(({ shareOfPicture }) => shareOfPicture),
    wholeBoxes: mean(({ isWholeBox }) => Number(isWholeBox)),
    loss: mean(({ loss }) => loss),
    recognised: mean((outcome) => Number(outcome.isRecognised)),
    judge: [judge.mean, judge.low, judge.high].map(rounded),
    tone: mean(({ tone }) => tone),
    seconds: mean(({ seconds }) => seconds),
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
