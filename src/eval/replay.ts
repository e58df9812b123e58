import type { Tensor } from "../pipeline/nets/tensor.ts";
import { type BudgetPlan, planBudget } from "../pipeline/regions/budget.ts";
import {
  type Choice,
  choiceAt,
  type DraftRequest,
  type RegionChooser,
} from "../pipeline/regions/choosers/chooser.ts";
import { withPlaceCost } from "../pipeline/regions/place-cost.ts";
import { boxKey } from "../pipeline/regions/proposals.ts";
import type { ChooserName } from "../types.ts";
import { createAll, createMiddle, createRandomDrafts, createRandomProposal } from "./choosers/by-order.ts";
import {
  createCentre,
  createClipMap,
  createDinoAnchorRandomSize,
  createRandomAnchorRandomSize,
  createWhole,
} from "./choosers/fixed-boxes.ts";
import type { PlainWay, SpendingWay } from "./names.ts";
import type { RegionRun } from "./runs.ts";
import type { PictureTable, Regions } from "./table/table.ts";

/** What a way to choose boxes did on one picture. */
export interface Replayed {
  readonly regions: Regions;
  /** `[anchor]`: the proposal that it would take if no other had it; none where it chooses no proposals. */
  readonly first: readonly number[];
  /** What is painted in full. */
  readonly choices: readonly Choice[];
  /** Sampling steps that it asked for before it chose, those of a box that it asked for again counted again. */
  readonly draftSteps: number;
  /** Processor seconds of painting and scoring these, each box once. */
  readonly draftSeconds: number;
  /** Boxes that it had painted in full. */
  readonly full: ReadonlySet<string>;
}

export interface ReplayContext {
  readonly table: PictureTable;
  /** CLIP's projected patch tokens of the picture, `[patches, projection]`. */
  readonly patches: Tensor;
  /** CLIP's embedding of the prompt. */
  readonly prompt: Float32Array;
}

export interface ReplaySeeds {
  /** Of the chooser's own draws. */
  readonly chooser: number;
  /** Of the noise that boxes are painted with. */
  readonly trials: number;
}

/** What `lrbot edit` would choose: choosing itself, with the table's trials in place of paintings. */
export async function replay(run: RegionRun, context: ReplayContext, seeds: ReplaySeeds): Promise<Replayed> {
  const { table } = context;
  const plan = budgetOf(run, table);
  const regions = regionsOf(run, table, plan.anchors);
  const chooser = await chooserOf(run, context, regions);
  const drafted = new Map<string, number>();
  const full = new Set<string>();
  let draftSteps = 0;

  async function draft(requests: readonly DraftRequest[]): Promise<number[]> {
    const losses = new Map<DraftRequest, number>();
    for (const steps of new Set(requests.map((request) => request.steps))) {
      const alike = requests.filter((request) => request.steps === steps);
      const boxes = alike.map(({ anchor, proposal }) => choiceAt(regions.boxes, anchor, proposal).box);
      const trials = await table.trials(boxes, { seed: seeds.trials, steps });
      for (const [index, request] of alike.entries()) {
        const [box, trial] = [boxes[index], trials[index]];
        if (!box || !trial) throw new RangeError(`Expected ${alike.length} trials, got ${trials.length}.`);
        losses.set(
          request,
          run.terms.reduce((sum, term) => sum + trial.losses[term], 0),
        );
        drafted.set(`${boxKey(box)} ${steps}`, trial.seconds);
        if (steps === plan.steps) full.add(boxKey(box));
        draftSteps += steps;
      }
    }
    return requests.map((request) => losses.get(request) ?? Number.NaN);
  }

  const { order, choices } = await chooser.choose({
    ...{ proposals: regions.boxes, budget: plan, seed: seeds.chooser, draft },
    signal: new AbortController().signal,
    onRound: () => {},
  });
  return {
    ...{ regions, choices, draftSteps, full },
    first: order.map(([first = 0]) => first),
    draftSeconds: [...drafted.values()].reduce((sum, seconds) => sum + seconds, 0),
  };
}

/** With as much work as there are results nothing is left for drafts, and no place is given up for them. */
function budgetOf({ budget, anchors, draftSteps }: RegionRun, { settings }: PictureTable): BudgetPlan {
  const { steps } = settings;
  const own = { steps, draftSteps: Math.min(steps, draftSteps ?? settings.draftSteps) };
  if (budget === null || budget === anchors)
    return { ...own, draftCost: own.draftSteps, anchors, budget: budget ?? anchors, warnings: [] };
  return planBudget({ ...own, anchors, budget });
}

/** The boxes that a run chooses among: those of an edit, as far as the run changes nothing. */
export function regionsOf(
  { way, proposals, spacing }: Pick<RegionRun, "way" | "proposals" | "spacing">,
  table: PictureTable,
  anchors: number,
): Regions {
  const from = way === "dino-anchor-random-size" ? "attention" : table.settings.anchorsFrom;
  return table.regions({ anchors, proposals, from, spacing: spacing ?? table.settings.anchorSpacing });
}

async function chooserOf(
  { way, estimator }: RegionRun,
  context: ReplayContext,
  regions: Regions,
): Promise<RegionChooser> {
  const { table } = context;
  const { picture } = table;
  const boxes = JSON.stringify(regions.boxes);
  const ofEdit = (chooser: ChooserName) => () => table.chooser({ chooser, estimator }, boxes);
  const priced = (chooser: RegionChooser) => () => withPlaceCost(chooser, table.placeCost);
  const ways: Record<Exclude<SpendingWay, "seeds"> | PlainWay, () => RegionChooser | Promise<RegionChooser>> =
    {
      learned: ofEdit("learned"),
      process: ofEdit("process"),
      network: ofEdit("network"),
      paper: ofEdit("paper"),
      drafts: priced(createRandomDrafts()),
      all: priced(createAll()),
      "random-proposal": createRandomProposal,
      middle: createMiddle,
      "random-anchor-random-size": () => createRandomAnchorRandomSize(picture),
      "dino-anchor-random-size": () => createDinoAnchorRandomSize(picture, regions.anchors),
      centre: () => createCentre(picture),
      whole: () => createWhole(picture),
      "clip-map": () => createClipMap(picture, context.patches, context.prompt),
    };
  if (way === "seeds") throw new RangeError("Expected a way to choose boxes, got one that tries seeds.");
  return await ways[way]();
}

/** That a run's boxes are proposals of its anchors. */
export function choosesProposals({ first }: Pick<Replayed, "first">): boolean {
  return first.length > 0;
}
