import type { Random } from "../../random.ts";
import type { DraftRequest } from "../choosers/chooser.ts";
import type { LossTable } from "./loss-table.ts";

/** Drafts of each round: the first drafts once an anchor, the others share the rest evenly. */
export function roundSizes(drafts: number, anchors: number, rounds: number): number[] {
  const first = Math.min(drafts, anchors);
  const others = Math.min(rounds - 1, drafts - first);
  return [
    first,
    ...Array.from(
      { length: others },
      (_, index) =>
        Math.floor(((drafts - first) * (index + 1)) / others) -
        Math.floor(((drafts - first) * index) / others),
    ),
  ];
}

/** A box to draft. */
type Draft = Omit<DraftRequest, "steps">;

/**
 * Draws unseen boxes by Gumbel top-k, one at a time for the anchor that has the fewest drafts. Where the network
 * knows nothing yet (`isCold`), an anchor's first draft has a size that the fewest other anchors begin with: together
 * they say something of every size.
 */
export function nextDrafts(
  table: LossTable,
  probabilities: readonly (readonly number[])[],
  count: number,
  { random, isCold }: { readonly random: Random; readonly isCold: boolean },
): Draft[] {
  const queues = probabilities.map((row, anchor) => ({
    anchor,
    seen: row.filter((_, proposal) => table.loss(anchor, proposal) !== null).length,
    tie: random.uniform(),
    left: row
      .map((probability, proposal) => ({ proposal, score: Math.log(probability) + random.gumbel() }))
      .filter(({ proposal }) => table.loss(anchor, proposal) === null)
      .sort((a, b) => b.score - a.score)
      .map(({ proposal }) => proposal),
  }));
  const beginnings = new Map<number, number>();
  const taken = new Set<number>();
  const drawn: Draft[] = [];
  while (drawn.length < count) {
    const queue = queues
      .filter(({ left }) => left.length > 0)
      .sort((a, b) => a.seen - b.seen || a.tie - b.tie)[0];
    if (queue === undefined) break;
    const proposal = isCold && queue.seen === 0 ? rarest(queue.left, beginnings) : queue.left[0];
    if (proposal === undefined) break;
    queue.left.splice(queue.left.indexOf(proposal), 1);
    const box = table.boxOf(queue.anchor, proposal);
    queue.seen++;
    if (taken.has(box)) continue;
    taken.add(box);
    beginnings.set(proposal, (beginnings.get(proposal) ?? 0) + 1);
    drawn.push({ anchor: queue.anchor, proposal });
  }
  return drawn;
}

/** The first of the proposals that were counted least. */
function rarest(proposals: readonly number[], counts: ReadonlyMap<number, number>): number | undefined {
  const countOf = (proposal: number) => counts.get(proposal) ?? 0;
  return proposals.toSorted((a, b) => countOf(a) - countOf(b))[0];
}

/**
 * Paintings at `steps` of the best drafts of one anchor that are nearest to each other, at most `count`: where the
 * drafts do not decide, full quality does.
 */
export function closeRivals(table: LossTable, count: number, steps: number): DraftRequest[] {
  const rivals = table.losses().flatMap((row, anchor) => {
    const [best, ...others] = row
      .map((loss, proposal) => ({ loss, proposal }))
      .filter((one): one is { loss: number; proposal: number } => one.loss !== null)
      .sort((a, b) => a.loss - b.loss);
    return best === undefined ? [] : others.map((other) => ({ anchor, pair: [best, other] as const }));
  });
  const gap = ({ pair: [best, other] }: (typeof rivals)[number]) => other.loss - best.loss;
  const chosen = new Map<number, DraftRequest>();
  for (const { anchor, pair } of rivals.toSorted((a, b) => gap(a) - gap(b))) {
    const missing = pair.filter(
      ({ proposal }) => table.stepsOf(anchor, proposal) < steps && !chosen.has(table.boxOf(anchor, proposal)),
    );
    if (chosen.size + missing.length > count) continue;
    for (const { proposal } of missing) {
      chosen.set(table.boxOf(anchor, proposal), { anchor, proposal, steps });
    }
  }
  return [...chosen.values()];
}
