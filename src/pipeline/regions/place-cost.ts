import type { Box } from "../../types.ts";
import type { ChooserRequest, RegionChooser } from "./choosers/chooser.ts";

export interface PlaceCostOptions {
  /** Boxes of the things that T_ROI may be, any of which will do; without one, no box costs anything. */
  readonly things: readonly Box[];
  /** Of the upright picture. */
  readonly picture: { readonly width: number; readonly height: number };
  /** How sure it is that these are what is meant, 0 to 1: the less, the less it counts. */
  readonly confidence: number;
}

/** What a box costs for where it lies, 0 (best) to 5: added to its editing loss. */
export type PlaceCost = (box: Box) => number;

/** Weight of what is painted beside the thing, as a share of the picture; that of what is left of the thing is 1. */
const besideWeight = 4;

/**
 * What the editing loss does not ask: whether the old thing is covered, and how much beside it is lost. CLIP sees the same
 * in a picture of which half the old thing is left as in one of which a corner is; the boxes tell it exactly.
 */
export function createPlaceCost({ things, picture, confidence }: PlaceCostOptions): PlaceCost {
  const whole = picture.width * picture.height;
  return (box) => {
    const costs = things.map((thing) => {
      const shared = sharedArea(box, thing);
      return 1 - shared / areaOf(thing) + (besideWeight * (areaOf(box) - shared)) / whole;
    });
    return costs.length === 0 ? 0 : confidence * Math.min(...costs);
  };
}

/** The same chooser, to which every draft also costs what its place does. What it tells of rounds is the plain losses. */
export function withPlaceCost(chooser: RegionChooser, cost: PlaceCost): RegionChooser {
  return {
    ...chooser,
    choose(request) {
      const costs = request.proposals.map((boxes) => boxes.map(cost));
      const costOf = (anchor: number, proposal: number) => costs[anchor]?.[proposal] ?? 0;
      return chooser.choose({
        ...request,
        draft: async (drafts) => {
          const losses = await request.draft(drafts);
          return losses.map((loss, index) => {
            const { anchor = -1, proposal = -1 } = drafts[index] ?? {};
            return loss + costOf(anchor, proposal);
          });
        },
        onRound: (round) => request.onRound({ ...round, losses: withoutCosts(round.losses, costOf) }),
      });
    },
  };
}

type RoundLosses = Parameters<ChooserRequest["onRound"]>[0]["losses"];

function withoutCosts(
  losses: RoundLosses,
  costOf: (anchor: number, proposal: number) => number,
): RoundLosses {
  return losses.map((row, anchor) =>
    row.map((loss, proposal) => (loss === null ? null : loss - costOf(anchor, proposal))),
  );
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

function areaOf({ width, height }: Box): number {
  return width * height;
}
