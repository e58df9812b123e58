import { boxKey } from "../pipeline/regions/proposals.ts";
import type { Box } from "../types.ts";
import { bestOfAll, regret } from "./figures/regret.ts";
import { type Candidate, type PictureContext, trialSeeds } from "./picture-context.ts";
import { choosesProposals, type Replayed, regionsOf, replay } from "./replay.ts";
import type { Regrets } from "./rows.ts";
import type { RegionRun } from "./runs.ts";
import { meanOf } from "./statistics/bootstrap.ts";
import { kendallTau } from "./statistics/kendall.ts";
import type { PictureTable } from "./table/table.ts";

/** Choosing is repeated with other draws for each seed of the noise; a picture's regret is the mean. */
const replays = 2;

/** Paints what a whole table needs: every box as a draft and in full, with both seeds. */
export async function paintTable({ table }: PictureContext): Promise<void> {
  const { settings } = table;
  const boxes = editRegions(table).boxes.flat();
  for (const seed of trialSeeds)
    for (const steps of [settings.draftSteps, settings.steps]) await table.trials(boxes, { seed, steps });
}

function editRegions(table: PictureTable) {
  const { anchors, proposals } = table.settings;
  return regionsOf({ way: "learned", proposals, spacing: null }, table, anchors);
}

/** How far what a run chose is from the best of all boxes, over both seeds of the noise and some of the chooser's draws. */
export async function regretOf(
  run: RegionRun,
  replayed: Replayed,
  painted: readonly Candidate[],
  context: PictureContext,
): Promise<Regrets> {
  const { table } = context;
  const costs = new Map<number, number[][]>();
  const whole = editRegions(table).boxes;
  // Nothing is painted for a regret: other boxes than those of the table have none among themselves.
  const isAmong = choosesProposals(replayed) && isPartOf(replayed.regions.boxes, whole);
  const own = isAmong ? replayed.regions.boxes : whole;
  for (const seed of trialSeeds) costs.set(seed, await costsOf(own, seed, table));
  if (!isAmong) {
    const best = Math.min(...painted.map(({ trial, place }) => trial.losses.total + place));
    return { anchors: null, fresh: null, best: againstAll(best, costs.get(trialSeeds[0]) ?? []) };
  }
  const found: { anchors: number; fresh: number; best: number }[] = [];
  // Drafts of other lengths than the table's are there with one seed.
  const isOwn = run.draftSteps === null || run.draftSteps === table.settings.draftSteps;
  for (const trials of isOwn ? trialSeeds : trialSeeds.slice(0, 1)) {
    for (let chooser = 0; chooser < replays; chooser++) {
      const isKnown = trials === trialSeeds[0] && chooser === trialSeeds[0];
      const { first, choices } = isKnown ? replayed : await replay(run, context, { chooser, trials });
      const [same = [], other = []] = [trials, 1 - trials].map((seed) => costs.get(seed) ?? []);
      const placed = choices.flatMap(({ anchor, proposal }) =>
        anchor === null || proposal === null ? [] : [{ anchor, proposal }],
      );
      found.push({
        anchors: regret(same, first).value ?? 0,
        fresh: regret(other, first).value ?? 0,
        best: bestOfAll(same, placed),
      });
    }
  }
  return {
    anchors: meanOf(found.map(({ anchors }) => anchors)),
    fresh: meanOf(found.map(({ fresh }) => fresh)),
    best: meanOf(found.map(({ best }) => best)),
  };
}

function isPartOf(boxes: readonly (readonly Box[])[], whole: readonly (readonly Box[])[]): boolean {
  const known = new Set(whole.flat().map(boxKey));
  return boxes.flat().every((box) => known.has(boxKey(box)));
}

/** `[anchor][proposal]`: what choosing and ranking make small, of full paintings. */
async function costsOf(
  boxes: readonly (readonly Box[])[],
  seed: number,
  table: PictureTable,
): Promise<number[][]> {
  const costs: number[][] = [];
  for (const row of boxes) {
    const trials = await table.trials(row, { seed, steps: table.settings.steps });
    costs.push(row.map((box, index) => (trials[index]?.losses.total ?? Number.NaN) + table.placeCost(box)));
  }
  return costs;
}

/** As `bestOfAll`, of a box that need not be among them: below 0 where it is better than all. */
function againstAll(cost: number, costs: readonly (readonly number[])[]): number {
  const all = costs.flat();
  const least = Math.min(...all);
  const mean = meanOf(all);
  return mean - least < 1e-3 ? 0 : (cost - least) / (mean - least);
}

/** Kendall's tau of drafts in a run's steps with full paintings, over all boxes. */
export async function tauOf({ draftSteps }: RegionRun, table: PictureTable): Promise<number> {
  const boxes = editRegions(table).boxes.flat();
  const [seed] = trialSeeds;
  const { steps } = table.settings;
  const drafts = await table.trials(boxes, { seed, steps: draftSteps ?? table.settings.draftSteps });
  const full = await table.trials(boxes, { seed, steps });
  return kendallTau(
    drafts.map(({ losses }) => losses.total),
    full.map(({ losses }) => losses.total),
  );
}
