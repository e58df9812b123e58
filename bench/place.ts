import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config.ts";
import { openPack } from "../src/packs/open.ts";
import { edit } from "../src/pipeline/edit.ts";
import { readPicture } from "../src/pipeline/image/image.ts";
import { writeOutput } from "../src/pipeline/image/write-file.ts";
import { loadModels, type Models } from "../src/pipeline/models.ts";
import { createEditCaches, createNetworkParts } from "../src/pipeline/steps/networks.ts";
import { parseEditRequest } from "../src/request.ts";
import type { Box, EditResult } from "../src/types.ts";
import { meanOf, meanWithInterval } from "../src/eval/statistics/bootstrap.ts";
import { type EvalPicture, readEvalPictures } from "./eval-pictures.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";
import { createJudge } from "./place/judge.ts";
import { coveredFrom, type Placing, placingOf } from "./place/placing.ts";

/** A box with shorter sides than this share of the picture's short side is not painted recognisably often enough. */
const leastShare = 1 / 4;

/** One result of an edit, measured against the thing that was to be replaced. */
interface Measured extends Placing {
  readonly isGone: boolean;
  readonly isRecognised: boolean;
  readonly quality: number;
}

interface Outcome {
  readonly file: string;
  readonly isAlone: boolean;
  readonly source: EditResult["source"];
  readonly truth: string;
  readonly equivalentCalls: number;
  /** By rank. */
  readonly results: readonly Measured[];
  /** Of all boxes that the edit could have chosen, before any was painted. */
  readonly proposals: readonly Placing[];
}

/**
 * The right place, and no more than it: whole edits of the embedded pack's pictures in which a thing is to be
 * replaced. For the first result, the best of all results and the best of all boxes: how often the old thing is covered
 * and gone, how often the new one is recognised, and how much larger the box is than it must be.
 *
 * Words: `--pictures N` (20), `--source given` (or `found`), `--settings JSON` of the edits, `--keep FILE`, where
 * measured pictures are kept: a run that was stopped goes on.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pictures: { type: "string", default: "20" },
      source: { type: "string", default: "given" },
      settings: { type: "string", default: "{}" },
      keep: { type: "string" },
    },
  });
  const settings = JSON.parse(values.settings);
  const pack = await openPack("mini", { roots: loadConfig().packRoots });
  await using models = await loadModels(pack, { device: "cpu" });
  const pictures = await readEvalPictures(join(pack.folder, "eval"), Number(values.pictures));
  const kept = new Map<string, Outcome>(await readKept(values.keep));
  const measure = await createMeasure(models, { settings, isGiven: values.source === "given" });
  const outcomes: Outcome[] = [];
  for (const picture of pictures) {
    const { source, box } = picture;
    if (!source || !box) continue;
    const key = JSON.stringify([picture.file, values.source, settings]);
    const outcome = kept.get(key) ?? (await measure({ ...picture, source, box }));
    kept.set(key, outcome);
    if (values.keep) await writeOutput(values.keep, JSON.stringify([...kept]));
    outcomes.push(outcome);
    log(`${lineOf(outcome)}  ${JSON.stringify(picture.caption)} ${JSON.stringify(picture.prompt)}`);
  }
  const groups = {
    all: outcomes,
    alone: outcomes.filter(({ isAlone }) => isAlone),
    amongOthers: outcomes.filter(({ isAlone }) => !isAlone),
  };
  const figures = Object.fromEntries(
    Object.entries(groups).map(([group, members]) => [group, summaryOf(members)]),
  );
  for (const [group, summary] of Object.entries(figures)) log(`${group} ${JSON.stringify(summary)}`);
  return { ...figures, source: values.source, settings };
}

async function readKept(path: string | undefined): Promise<[string, Outcome][]> {
  return path === undefined ? [] : JSON.parse(await readFile(path, "utf8").catch(() => "[]"));
}

type Replacing = EvalPicture & { readonly source: string; readonly box: Box };

interface MeasureOptions {
  readonly settings: Record<string, unknown>;
  /** The person says what is to be replaced. */
  readonly isGiven: boolean;
}

async function createMeasure(models: Models, { settings, isGiven }: MeasureOptions) {
  const caches = createEditCaches();
  const parts = createNetworkParts({ models, caches });
  const judge = createJudge(models, caches.nouns);

  return async (picture: Replacing): Promise<Outcome> => {
    const folder = await mkdtemp(join(tmpdir(), "lrbot-place-"));
    try {
      let boxes: readonly Box[] = [];
      const result = await edit(
        parseEditRequest({
          image: picture.path,
          prompt: picture.prompt,
          source: isGiven ? picture.source : null,
          settings,
        }),
        {
          parts,
          folder,
          signal: new AbortController().signal,
          onProgress(progress) {
            if (progress.phase === "features") boxes = progress.proposals.flat();
          },
        },
      );
      const { width, height } = result.image;
      const leastSide = leastShare * Math.min(width, height);
      const results: Measured[] = [];
      for (const { file, box, scores } of result.results) {
        const painted = await readPicture(join(folder, file));
        results.push({
          ...placingOf(box, picture.box, leastSide),
          isGone: await judge.isGone(painted, picture.box, picture.source),
          isRecognised: (await judge.nounIn(painted, box)) === picture.target,
          quality: scores.quality,
        });
      }
      return {
        file: picture.file,
        isAlone: !picture.caption.includes(" and "),
        source: result.source,
        truth: picture.source,
        equivalentCalls: result.calls.equivalent,
        results,
        proposals: boxes.map((box) => placingOf(box, picture.box, leastSide)),
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  };
}

function isCovered({ covered }: Placing): boolean {
  return covered >= coveredFrom;
}

/** All that is wanted of a result but a small box. */
function isRight(result: Measured): boolean {
  return isCovered(result) && result.isGone && result.isRecognised;
}

/** Right ones before others, then by the smallest box; of boxes that are not right, the one that lies best. */
function bestOf(results: readonly Measured[]): Measured | undefined {
  return [...results].sort(
    (a, b) =>
      Number(isRight(b)) - Number(isRight(a)) || (isRight(a) ? a.areaRatio - b.areaRatio : b.iou - a.iou),
  )[0];
}

function summaryOf(outcomes: readonly Outcome[]) {
  const firsts = outcomes.flatMap(({ results }) => results.slice(0, 1));
  const bests = outcomes.flatMap(({ results }) => bestOf(results) ?? []);
  const possible = outcomes.flatMap(({ proposals }) => {
    const covering = proposals.filter(isCovered);
    return covering.length === 0 ? [] : [Math.min(...covering.map(({ areaRatio }) => areaRatio))];
  });
  return {
    pictures: outcomes.length,
    first: figuresOf(firsts),
    bestOfResults: figuresOf(bests),
    bestOfBoxes: {
      covered: meanWithInterval(outcomes.map(({ proposals }) => Number(proposals.some(isCovered)))),
      areaRatioMedian: median(possible),
      iouMedian: median(outcomes.map(({ proposals }) => Math.max(...proposals.map(({ iou }) => iou)))),
    },
    sourceFound: meanOf(outcomes.map(({ source, truth }) => Number(source.text === truth))),
    equivalentCalls: Math.max(...outcomes.map(({ equivalentCalls }) => equivalentCalls)),
  };
}

function figuresOf(results: readonly Measured[]) {
  const share = (holds: (result: Measured) => boolean) =>
    meanWithInterval(results.map((result) => Number(holds(result))));
  return {
    covered: share(isCovered),
    gone: share(({ isGone }) => isGone),
    coveredAndGone: share((result) => isCovered(result) && result.isGone),
    recognised: share(({ isRecognised }) => isRecognised),
    areaRatioMedian: median(results.map(({ areaRatio }) => areaRatio)),
    iouMedian: median(results.map(({ iou }) => iou)),
    quality: meanWithInterval(results.map(({ quality }) => quality)),
  };
}

function lineOf({ file, results, source }: Outcome): string {
  const [first] = results;
  if (!first) return `${file} no result`;
  const { covered, isGone, isRecognised, areaRatio, iou, quality } = first;
  return [
    file,
    `covered ${covered.toFixed(2)}`,
    isGone ? "gone" : "left",
    isRecognised ? "recognised" : "not recognised",
    `ratio ${areaRatio.toFixed(2)}`,
    `IoU ${iou.toFixed(2)}`,
    `S ${quality.toFixed(2)}`,
    `for ${source.text} (${source.confidence.toFixed(2)})`,
  ].join("  ");
}
