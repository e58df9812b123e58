import { intersectionOverUnion } from "../src/pipeline/regions/process/box-covariance.ts";
import { rankResults } from "../src/pipeline/regions/rank.ts";
import { certainFrom } from "../src/pipeline/steps/source-noun.ts";
import { type RankRule, rankRules } from "../src/types.ts";
import { meanOf } from "../src/eval/statistics/bootstrap.ts";
import { type Evaluation, openEvaluation } from "./eval-models.ts";
import type { Landscape } from "./landscape.ts";
import type { BenchOptions } from "./main.ts";
import { replay } from "./replay.ts";
import type { Trial } from "./trial-book.ts";

/** What the first of the ranked results is like. */
interface Best {
  readonly isRecognised: boolean;
  /** Intersection over union of its box with the thing that was to be replaced; `null` where nothing was. */
  readonly iou: number | null;
  readonly quality: number;
}

interface Outcome {
  readonly isSourceCertain: boolean;
  readonly best: Record<RankRule, Best>;
  /** Of all learned boxes, by rank. */
  readonly results: readonly { readonly isRecognised: boolean; readonly isWeak: boolean }[];
}

/**
 * What should come first: for each rule of ranking, how often CLIP recognises the prompted thing in the best
 * result's box, and how well that box lies on the thing to be replaced; over learned boxes of the embedded pack's
 * pictures, apart for certain and uncertain T_ROI. The scorer is the pack's own CLIP, so the first figure flatters.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  await using evaluation = await openEvaluation(args);
  const outcomes: Outcome[] = [];
  for (const picture of evaluation.pictures) {
    outcomes.push(await evaluation.withLandscape(picture, (landscape) => measure(landscape, evaluation)));
    log(`${picture.file} ${JSON.stringify(picture.prompt)}`);
  }
  const groups = {
    all: outcomes,
    certain: outcomes.filter(({ isSourceCertain }) => isSourceCertain),
    uncertain: outcomes.filter(({ isSourceCertain }) => !isSourceCertain),
  };
  const figures = Object.entries(groups).map(([group, members]) => [
    group,
    {
      pictures: members.length,
      ...Object.fromEntries(rankRules.map((rule) => [rule, summary(members, rule)])),
    },
  ]);
  for (const [group, figure] of figures) log(`${group} ${JSON.stringify(figure)}`);
  return { ...Object.fromEntries(figures), weak: weakShares(outcomes) };
}

async function measure(landscape: Landscape, { budget, backend, margin }: Evaluation): Promise<Outcome> {
  const drafts = await landscape.trials(0, budget.draftSteps);
  const full = await landscape.trials(0, budget.steps);
  const options = { chooser: "learned", budget, backend, seed: 0 };
  const { choices } = await replay(landscape, { drafts, full }, options);
  const candidates = choices.map(({ anchor, proposal }) => chosen(landscape, full, anchor, proposal));
  const rank = (rule: RankRule) =>
    rankResults(candidates, { rule, pictureT2i: landscape.pictureT2i, margin });
  const best = (rule: RankRule): Best => {
    const [first] = rank(rule);
    const candidate = candidates[first?.index ?? 0];
    const { box } = landscape.picture;
    return {
      isRecognised: candidate?.isRecognised ?? false,
      iou: box && candidate ? intersectionOverUnion(candidate.box, box) : null,
      quality: first?.scores.quality ?? 0,
    };
  };
  return {
    isSourceCertain: landscape.source.confidence >= certainFrom,
    best: { guarded: best("guarded"), paper: best("paper") },
    results: rank("guarded").map(({ index, weak }) => ({
      isRecognised: candidates[index]?.isRecognised ?? false,
      isWeak: weak,
    })),
  };
}

function chosen(landscape: Landscape, full: readonly (readonly Trial[])[], anchor: number, proposal: number) {
  const [trial, box] = [full[anchor]?.[proposal], landscape.boxes[anchor]?.[proposal]];
  if (!trial || !box) throw new RangeError(`Expected proposal ${proposal} of anchor ${anchor}, got none.`);
  return { ...trial, box };
}

function summary(outcomes: readonly Outcome[], rule: RankRule) {
  const bests = outcomes.map(({ best }) => best[rule]);
  return {
    recognised: meanOf(bests.map(({ isRecognised }) => Number(isRecognised))),
    iou: meanOf(bests.flatMap(({ iou }) => (iou === null ? [] : [iou]))),
    quality: meanOf(bests.map(({ quality }) => quality)),
  };
}

function weakShares(outcomes: readonly Outcome[]) {
  const results = outcomes.flatMap((outcome) => outcome.results);
  const share = (isRecognised: boolean) =>
    meanOf(
      results.filter((result) => result.isRecognised === isRecognised).map(({ isWeak }) => Number(isWeak)),
    );
  return { ofRecognised: share(true), ofOthers: share(false) };
}
