import type { Picture } from "../pipeline/image/picture.ts";
import { boxKey } from "../pipeline/regions/proposals.ts";
import { quality, rankResults } from "../pipeline/regions/rank.ts";
import { createMasks } from "../pipeline/steps/masks.ts";
import type { Patch } from "../pipeline/steps/patches.ts";
import type { Box, MethodName } from "../types.ts";
import { centreBox } from "./choosers/fixed-boxes.ts";
import { type ResultFigures, resultFigures } from "./figures/result-figures.ts";
import { type Candidate, type PictureContext, trialSeeds } from "./picture-context.ts";
import { type Replayed, replay } from "./replay.ts";
import type { ResultRow } from "./rows.ts";
import { chooserRun, type RegionRun } from "./runs.ts";
import { kept, type PictureTable, type Trial } from "./table/table.ts";
import { regretOf, tauOf } from "./whole-table.ts";

export async function runChooser(run: RegionRun, context: PictureContext): Promise<ResultRow> {
  const { table } = context;
  if (run.way === "seeds") return await runSeeds(run, context);
  const replayed = await replay(run, context, { chooser: trialSeeds[0], trials: trialSeeds[0] });
  const candidates = await paintedOf(replayed, table);
  const rest = candidates.filter(({ box }) => !replayed.full.has(boxKey(box)));
  const ranked = rank(candidates, run, context);
  const restSeconds = rest.reduce((sum, { trial }) => sum + trial.seconds, 0);
  const before = table.featureSeconds + replayed.draftSeconds;
  return {
    ...(await rowOf(run, ranked, context)),
    calls: replayed.draftSteps / table.settings.steps + rest.length,
    seconds: before + restSeconds,
    firstSeconds: before + (rest[0]?.trial.seconds ?? 0),
    regret:
      context.isWhole && run.terms.length === 3 ? await regretOf(run, replayed, candidates, context) : null,
    tau: run.group === "draft-steps" && context.isWhole ? await tauOf(run, table) : null,
  };
}

/** The best of as many paintings of the middle of the picture as full paintings can be paid for, each with noise of its own. */
async function runSeeds(run: RegionRun, context: PictureContext): Promise<ResultRow> {
  const { table } = context;
  const box = centreBox(table.picture);
  const candidates: Candidate[] = [];
  for (let seed = 0; seed < Math.floor(run.budget ?? 1); seed++) {
    const [trial] = await table.trials([box], { seed, steps: table.settings.steps });
    if (trial) candidates.push({ box, seed, trial, place: table.placeCost(box) });
  }
  const seconds = candidates.reduce((sum, { trial }) => sum + trial.seconds, 0);
  return {
    ...(await rowOf(run, rank(candidates, run, context), context)),
    calls: candidates.length,
    seconds: table.featureSeconds + seconds,
    firstSeconds: table.featureSeconds + (candidates[0]?.trial.seconds ?? 0),
    ...{ regret: null, tau: null },
  };
}

async function paintedOf({ choices }: Replayed, table: PictureTable): Promise<Candidate[]> {
  const boxes = choices.map(({ box }) => box);
  const trials = await table.trials(boxes, { seed: trialSeeds[0], steps: table.settings.steps });
  return boxes.flatMap((box, index) => {
    const trial = trials[index];
    return trial ? [{ box, seed: trialSeeds[0], trial, place: table.placeCost(box) }] : [];
  });
}

interface RankedCandidates {
  readonly first: Candidate;
  readonly isWeak: boolean;
  readonly bestQuality: number;
}

function rank(
  candidates: readonly Candidate[],
  { rule }: RegionRun,
  { table, margin }: PictureContext,
): RankedCandidates {
  const ranked = rankResults(
    candidates.map(({ trial, place }) => ({ ...trial, place })),
    { rule, pictureT2i: table.scorer.pictureT2i, margin },
  );
  const [best] = ranked;
  const first = candidates[best?.index ?? -1];
  if (!best || !first) throw new RangeError("Expected a result, got none.");
  return {
    first,
    isWeak: best.weak,
    bestQuality: Math.max(...candidates.map(({ trial }) => quality(trial))),
  };
}

type Measured = Omit<ResultRow, "calls" | "seconds" | "firstSeconds" | "regret" | "tau">;

async function rowOf(
  run: Pick<RegionRun, "group" | "name">,
  { first, isWeak, bestQuality }: RankedCandidates,
  context: PictureContext,
): Promise<Measured> {
  const { table } = context;
  const { box, seed, trial } = first;
  const figures = await kept(
    table.cache,
    figuresKey(`regions ${boxKey(box)} seed ${seed}`, context),
    async () => {
      const { patch } = await table.painted(box, seed);
      return figuresOf(await table.compose(await patch()), box, context);
    },
  );
  return {
    ...aboutPicture(context),
    ...{ group: run.group, name: run.name, seed, box, edited: "box" },
    ...{ losses: trial.losses, weak: isWeak, bestQuality },
    ...figures,
  };
}

function figuresKey(what: string, { scorer, table }: PictureContext): string {
  const { file: _, path: __, line: ___, ...asked } = table.entry;
  return `figures 1 of ${what} by ${scorer ?? "one"} for ${JSON.stringify(asked)}`;
}

function figuresOf(result: Picture, box: Box, { table, looking }: PictureContext): Promise<ResultFigures> {
  return resultFigures({ entry: table.entry, picture: table.picture, result, box, ...looking });
}

function aboutPicture({ table: { entry, source, picture }, number }: PictureContext) {
  const { file, prompt, kind, isAmbiguous, box } = entry;
  const { width, height } = picture;
  return { picture: number, file, width, height, thing: box, prompt, kind, isAmbiguous, source };
}

/**
 * A method as `lrbot edit --method` has it: `regions` with its mask, the others on the whole picture. A result whose figures are known
 * is painted again only when it is asked for.
 */
export async function runMethod(
  method: MethodName,
  context: PictureContext,
): Promise<{ readonly row: ResultRow; result(): Promise<Picture> }> {
  const { table } = context;
  const group = { group: "methods", name: method } as const;
  if (method === "regions") {
    const run = chooserRun({ name: "regions", way: "learned", budget: table.settings.budget });
    const row = await runChooser(run, context);
    const result = async () => {
      const { patch, trial } = await table.painted(row.box, row.seed);
      return await table.compose(await maskedOf(await patch(), trial, table));
    };
    const figures = await kept(
      table.cache,
      figuresKey(`masked ${boxKey(row.box)} seed ${row.seed}`, context),
      async () => figuresOf(await result(), row.box, context),
    );
    return { row: { ...row, ...figures, ...group }, result };
  }
  const { box, trial, patch } = await table.edited(method);
  const result = async () => table.compose(await patch());
  const figures = await kept(table.cache, figuresKey(method, context), async () =>
    figuresOf(await result(), box, context),
  );
  return {
    result,
    row: {
      ...aboutPicture(context),
      ...group,
      ...{ seed: table.settings.seed, box, edited: "whole picture" },
      ...{ losses: trial.losses, bestQuality: quality(trial) },
      weak: trial.t2i - table.scorer.pictureT2i <= context.margin,
      ...figures,
      // It chose no box, so there is none to lie well or badly.
      placing: null,
      calls: 1,
      seconds: table.featureSeconds + trial.seconds,
      firstSeconds: table.featureSeconds + trial.seconds,
      ...{ regret: null, tau: null },
    },
  };
}

/** The result with as little of its box as `lrbot edit` takes. */
async function maskedOf(patch: Patch, trial: Trial, table: PictureTable): Promise<Patch> {
  const masks = createMasks({
    ...{ mode: table.settings.mask ?? "box", patches: await table.patches(), scorer: table.scorer },
    meter: { report: () => {} },
    signal: new AbortController().signal,
  });
  const [masked] = await masks.fit([{ anchor: null, proposal: null, box: patch.box, patch, scores: trial }]);
  return masked?.patch ?? patch;
}
