import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config.ts";
import { readSet } from "../src/eval/set.ts";
import { openPack } from "../src/packs/open.ts";
import { createCache } from "../src/pipeline/cache.ts";
import { readPicture } from "../src/pipeline/image/image.ts";
import type { Picture } from "../src/pipeline/image/picture.ts";
import { loadModels, type Models } from "../src/pipeline/models.ts";
import { findAnchors } from "../src/pipeline/regions/anchors.ts";
import { extractFeatures } from "../src/pipeline/steps/features.ts";
import { clearestNoun } from "../src/pipeline/steps/locate-source.ts";
import { cutOut, findSource } from "../src/pipeline/steps/source-noun.ts";
import type { BenchOptions } from "./main.ts";
import { bestThreshold, calibrationError, type Guess, shareOf } from "./source/calibration.ts";

/** One picture, and what each way of finding T_ROI makes of it. */
interface Seen {
  /** Where it comes from: pictures of one photograph are never in both halves. */
  readonly half: 0 | 1;
  /** A noun that is right; `null` outside the pack's world. */
  readonly truth: string | null;
  readonly isAlone: boolean;
  /** By a crop around the strongest anchors, which always answers. */
  readonly byCrop: Guess;
  /** By the map of nouns, one for each temperature. */
  readonly byMap: readonly Guess[];
}

const temperatures = [0.75, 1, 1.25, 1.5, 2];

/**
 * How sure a found T_ROI is and should be: on the embedded pack's pictures (inside its world) and on pictures that show
 * none of its things (outside). Temperature and threshold are fitted on one half of either and measured on the other.
 *
 * Words: `--outside DIR`, a folder of photographs, each taken whole and as its four quarters, such as the ones that
 * scikit-image brings; `--pictures N` of `eval/` (72).
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...args],
    options: { outside: { type: "string" }, pictures: { type: "string", default: "72" } },
  });
  const pack = await openPack("mini", { roots: loadConfig().packRoots });
  await using models = await loadModels(pack, { device: "cpu" });
  const look = createLook(models);
  const inside: Seen[] = [];
  for (const [index, one] of (await readSet(join(pack.folder, "eval")))
    .slice(0, Number(values.pictures))
    .entries()) {
    if (!one.source) continue;
    const facts = { half: halfOf(index >> 1), truth: one.source, isAlone: !one.caption?.includes(" and ") };
    inside.push({ ...facts, ...(await look(await readPicture(one.path))) });
  }
  const outside: Seen[] = [];
  for (const [index, path] of (values.outside ? await photographsIn(values.outside) : []).entries()) {
    const picture = await readPicture(path);
    for (const part of [picture, ...quartersOf(picture)])
      outside.push({ half: halfOf(index), truth: null, isAlone: false, ...(await look(part)) });
  }
  log(`${inside.length} pictures inside, ${outside.length} outside`);
  const figures: Record<string, unknown> = {
    byCrop: figuresOf(inside, outside, ({ byCrop }) => byCrop, { threshold: -1, certainFrom: 0.5 }),
  };
  const { temperature, threshold, certainFrom } = pack.manifest.source ?? {
    temperature: 1,
    threshold: -1,
    certainFrom: 0.5,
  };
  for (const [index, one] of temperatures.entries()) {
    const guess = ({ byMap }: Seen) => byMap[index] ?? nothing;
    const fit = bestThreshold(
      inside.filter(({ half }) => half === 0).map(guess),
      outside.filter(({ half }) => half === 0).map(guess),
    );
    const other = (some: readonly Seen[]) => some.filter(({ half }) => half === 1);
    figures[`temperature ${one}`] = {
      fitted: fit,
      otherHalf: figuresOf(other(inside), other(outside), guess, { threshold: fit, certainFrom }),
      ...(one === temperature
        ? { asShipped: figuresOf(inside, outside, guess, { threshold, certainFrom }) }
        : {}),
    };
  }
  for (const [name, figure] of Object.entries(figures)) log(`${name} ${JSON.stringify(figure)}`);
  return figures;
}

const nothing: Guess = { text: "", confidence: 0, cosine: -1, isRight: false };

/** Scenes of one thing and of two take turns in `eval/`, so inside it is every other pair. */
function halfOf(index: number): 0 | 1 {
  return index % 2 === 0 ? 0 : 1;
}

function createLook(models: Models) {
  const nouns = createCache<readonly Float32Array[]>(1);
  return async (picture: Picture): Promise<Pick<Seen, "byCrop" | "byMap">> => {
    const features = await extractFeatures(models, picture);
    const anchors = findAnchors(features.attention, picture, { anchors: 8, spacing: null });
    const options = { models, picture, features, nouns };
    const crop = await findSource({ ...options, anchors, request: { source: null, box: null } });
    const byMap: Guess[] = [];
    for (const temperature of temperatures) {
      const seen = await clearestNoun({ temperature }, options);
      byMap.push(
        seen
          ? {
              text: seen.text,
              confidence: seen.share * seen.probability,
              cosine: seen.cosine,
              isRight: false,
            }
          : nothing,
      );
    }
    return { byCrop: { text: crop.text, confidence: crop.confidence, cosine: 1, isRight: false }, byMap };
  };
}

function figuresOf(
  inside: readonly Seen[],
  outside: readonly Seen[],
  guessOf: (seen: Seen) => Guess,
  { threshold, certainFrom }: { readonly threshold: number; readonly certainFrom: number },
) {
  const isNone = (guess: Guess) => guess.cosine < threshold;
  const isSure = (guess: Guess) => !isNone(guess) && guess.confidence >= certainFrom;
  const judged = (some: readonly Seen[]) =>
    some.map((seen) => ({ ...guessOf(seen), isRight: guessOf(seen).text === seen.truth }));
  const [alone, two] = [true, false].map((isAlone) =>
    judged(inside.filter((seen) => seen.isAlone === isAlone)),
  );
  const all = judged(inside);
  return {
    insideCalibrationError: calibrationError(all.filter((guess) => !isNone(guess))),
    insideNone: shareOf(all, isNone),
    aloneRight: shareOf(alone ?? [], ({ isRight }) => isRight),
    aloneSure: shareOf(alone ?? [], isSure),
    twoSure: shareOf(two ?? [], isSure),
    twoSureAndWrong: shareOf(two ?? [], (guess) => isSure(guess) && !guess.isRight),
    outsideNone: shareOf(judged(outside), isNone),
    outsideSure: shareOf(judged(outside), isSure),
  };
}

async function photographsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) =>
    [".png", ".jpg", ".jpeg", ".webp"].includes(extname(name)),
  );
  return names.sort().map((name) => join(folder, name));
}

function quartersOf(picture: Picture): Picture[] {
  const [width, height] = [picture.width >> 1, picture.height >> 1];
  if (Math.min(width, height) < 32) return [];
  return [0, picture.width - width].flatMap((left) =>
    [0, picture.height - height].map((top) => cutOut(picture, { left, top, width, height })),
  );
}
