import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config.ts";
import { readSet } from "../src/eval/set.ts";
import { type Interval, meanWithInterval } from "../src/eval/statistics/bootstrap.ts";
import { openPack } from "../src/packs/open.ts";
import { loadModels } from "../src/pipeline/models.ts";
import { errorOf } from "../src/pipeline/regions/prior/learn-from-book.ts";
import { openLossBook } from "../src/pipeline/regions/prior/loss-book.ts";
import { writePriorNetwork } from "../src/pipeline/regions/prior/network-file.ts";
import { madeBy } from "../src/pipeline/regions/prior/places.ts";
import { siftRecords } from "../src/pipeline/regions/prior/records.ts";
import {
  type PriorPicture,
  priorSize,
  trainPrior,
  usualSpread,
} from "../src/pipeline/regions/prior/train-prior.ts";
import type { BenchOptions } from "./main.ts";
import { createSceneRecorder } from "./scene-losses.ts";

/** Pictures that go into the file: every other one is never trained on, and tells what `lrbot learn` has forgotten. */
const referencePictures = 24;
const folds = 5;

/**
 * The network that every edit of the embedded pack starts from, made: draws losses of scenes into a book, as a bot does
 * with LRBOT_LEARN=on, and trains on them. Scenes that the book has already cost nothing.
 *
 * `--scenes FOLDER` (as make.py's region-scenes draws them), `--book FOLDER`, `--most N` scenes, `--boxes N` drafts a scene
 * (12), `--out FILE`. Gives the error, of 5 folds, with the network and without.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenes: { type: "string" },
      book: { type: "string" },
      most: { type: "string", default: "100000" },
      boxes: { type: "string", default: "12" },
      out: { type: "string" },
    },
  });
  const { scenes, book: folder, out } = values;
  if (!scenes || !folder) throw new Error("Expected --scenes and --book, got one of them or none.");
  const pack = await openPack("mini", { roots: loadConfig().packRoots });
  const made = madeBy(pack.manifest, pack.manifest.inpainter);
  const book = openLossBook({ folder: resolve(folder), month: () => "0000-00" });
  const pictures = (await readSet(resolve(scenes))).slice(0, Number(values.most));
  await using models = await loadModels(pack, { device: "cpu", threads: 1 });
  const record = createSceneRecorder({ models, book, made, boxes: Number(values.boxes) });
  for (let done = (await book.lines()).length; done < pictures.length; done++) {
    const picture = pictures[done];
    if (picture) await record(picture, firstSeed + done);
    if (done % 20 === 0) log(`${done + 1} of ${pictures.length} scenes`);
  }

  const { pictures: known } = siftRecords(await book.lines(), made);
  const errors = await errorsOfFolds(known);
  const figures = {
    scenes: known.length,
    drafts: known.reduce((sum, { losses }) => sum + losses.length, 0),
    error: meanWithInterval(errors.map(({ learned }) => learned)),
    errorWithout: meanWithInterval(errors.map(({ without }) => without)),
  };
  log(`${figures.scenes} scenes, error ${spelled(figures.error)}, without ${spelled(figures.errorWithout)}`);
  if (out) await write(resolve(out), known, made, pack.manifest.version);
  return figures;
}

/** Seeds of drafts: each scene has its own, as members' edits do. */
const firstSeed = 100;

/** Each picture's Huber error by a network that was trained without it, and where all boxes are expected alike. */
async function errorsOfFolds(pictures: readonly PriorPicture[]) {
  const errors: { learned: number; without: number }[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const training = pictures.filter((_, index) => index % folds !== fold);
    const weights = await trainPrior({ pictures: training, start: null, size: priorSize, seed: 1 });
    for (const picture of pictures.filter((_, index) => index % folds === fold))
      errors.push({ learned: errorOf(picture, weights), without: errorOf(picture, null) });
  }
  return errors;
}

async function write(file: string, pictures: readonly PriorPicture[], made: string, version: string) {
  const reference = pictures.slice(0, referencePictures);
  const kept = new Set(reference.filter((_, index) => index % 2 === 0));
  const training = pictures.filter((picture) => !kept.has(picture));
  const weights = await trainPrior({ pictures: training, start: null, size: priorSize, seed: 1 });
  const lossSpread = usualSpread(training);
  await writePriorNetwork(file, { weights, version: `mini ${version}`, made, lossSpread, reference });
}

function spelled({ mean, low, high }: Interval): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
