import { throwIfCancelled } from "../../errors.ts";
import { createRandom, type Random } from "../../pipeline/random.ts";
import { learningSteps } from "../../pipeline/regions/budget.ts";
import {
  type ChooserRequest,
  finiteLosses,
  type RegionChooser,
} from "../../pipeline/regions/choosers/chooser.ts";
import { distinctChoices } from "../../pipeline/regions/choosers/distinct-choices.ts";
import { distinctBoxes } from "../../pipeline/regions/distinct-boxes.ts";
import { boxKey } from "../../pipeline/regions/proposals.ts";

// Ways to choose among an anchor's proposals that learn nothing: what the learned ones are compared with.

/** Each anchor takes its proposal of the middle size; smaller ones come before larger ones that are as far from it. */
export function createMiddle(): RegionChooser {
  return withoutDrafts("middle", (row) => {
    const middle = Math.floor(row.length / 2);
    return [...row.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
  });
}

/** Each anchor takes one of its proposals, all as likely. */
export function createRandomProposal(): RegionChooser {
  return withoutDrafts("random-proposal", (row, random) => shuffled([...row.keys()], random));
}

function withoutDrafts(
  name: string,
  orderOf: (row: readonly unknown[], random: Random) => number[],
): RegionChooser {
  return {
    name,
    plannedSteps: ({ proposals, budget }) => proposals.length * budget.steps,
    async choose({ proposals, seed }) {
      const random = createRandom(seed, name);
      const order = proposals.map((row) => orderOf(row, random));
      return { order, choices: distinctChoices(order, proposals), probabilities: alike(proposals) };
    },
  };
}

/**
 * The oracle: every distinct box is painted in full, whatever that costs, and each anchor takes the one of the lowest loss. What the
 * budget says of paintings is not heeded.
 */
export function createAll(): RegionChooser {
  return {
    name: "all",
    plannedSteps: ({ proposals, budget }) =>
      (distinctBoxes(proposals).boxes.length + proposals.length) * budget.steps,
    async choose({ proposals, budget, signal, draft }) {
      throwIfCancelled(signal);
      const { first, numbers } = distinctBoxes(proposals);
      const requests = first.map((place) => ({ ...place, steps: budget.steps }));
      const losses = finiteLosses(await draft(requests), requests.length);
      const order = numbers.map((row) => byRising(row.map((box) => losses[box] ?? Number.NaN)));
      return { order, choices: distinctChoices(order, proposals), probabilities: alike(proposals) };
    },
  };
}

/**
 * Search without learning: the anchors in turn draft boxes that are drawn from all of theirs alike, no box twice, until the budget is spent. Each
 * takes the drafted box of the lowest loss.
 */
export function createRandomDrafts(): RegionChooser {
  return {
    name: "drafts",
    plannedSteps: ({ proposals, budget }) =>
      proposals.length * budget.steps + learningSteps(budget, proposals.length),
    async choose({ proposals, budget, seed, signal, draft }) {
      throwIfCancelled(signal);
      const random = createRandom(seed, "random drafts");
      const drawn = proposals.map((row) => shuffled([...row.keys()], random));
      const count = Math.floor(learningSteps(budget, proposals.length) / budget.draftSteps);
      const requests = inTurn(drawn, proposals, count).map((one) => ({ ...one, steps: budget.draftSteps }));
      const found = requests.length === 0 ? [] : finiteLosses(await draft(requests), requests.length);
      const known = new Map(
        requests.map(({ anchor, proposal }, index) => [
          keyAt(proposals, anchor, proposal),
          found[index] ?? 0,
        ]),
      );
      const order = drawn.map((row, anchor) => {
        const lossOf = (proposal: number) =>
          known.get(keyAt(proposals, anchor, proposal)) ?? Number.POSITIVE_INFINITY;
        // What nobody drafted keeps its drawn order, behind.
        return [...row].sort((a, b) => compare(lossOf(a), lossOf(b)));
      });
      return { order, choices: distinctChoices(order, proposals), probabilities: alike(proposals) };
    },
  };
}

/** The first `count` of: every anchor's first drawn proposal, then every anchor's second, and so on; of equal boxes the first alone. */
function inTurn(
  drawn: readonly (readonly number[])[],
  proposals: ChooserRequest["proposals"],
  count: number,
) {
  const taken = new Set<string>();
  const most = Math.max(...drawn.map((row) => row.length));
  const all = Array.from({ length: most }, (_, turn) =>
    drawn.flatMap((row, anchor) => {
      const proposal = row[turn];
      if (proposal === undefined || taken.has(keyAt(proposals, anchor, proposal))) return [];
      taken.add(keyAt(proposals, anchor, proposal));
      return [{ anchor, proposal }];
    }),
  );
  return all.flat().slice(0, count);
}

function keyAt(proposals: ChooserRequest["proposals"], anchor: number, proposal: number): string {
  const box = proposals[anchor]?.[proposal];
  if (!box) throw new RangeError(`Expected a box for proposal ${proposal} of anchor ${anchor}, got none.`);
  return boxKey(box);
}

function alike(proposals: ChooserRequest["proposals"]): number[][] {
  return proposals.map((row) => row.map(() => 1 / row.length));
}

function byRising(losses: readonly number[]): number[] {
  return [...losses.keys()].sort((a, b) => (losses[a] ?? 0) - (losses[b] ?? 0) || a - b);
}

/** Both may be infinite, whose difference is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Fisher and Yates's shuffle: all orders are as likely. */
function shuffled(items: number[], random: Random): number[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [items[at], items[other]] = [items[other] as number, items[at] as number];
  }
  return items;
}
