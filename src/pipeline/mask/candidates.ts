import type { Size } from "../image/framing.ts";
import { type BoxPixels, differenceOf, standingOut } from "./difference.ts";
import { type Cells, cellsFrom, intersectionOf, lesserOf, shareOf, unionOf, without } from "./grid.ts";
import { grown, type TidyOptions, tidied, touching } from "./shapes.ts";

/** Levels of 255 from which on a cell counts as changed. */
const thresholds = [12, 24, 40] as const;
/** Next to what counts as changed, so many levels do. */
const faint = 14;
/** How much is added around the largest set, over the grid's shorter side. */
const wider = [0.06, 0.12] as const;

/**
 * Sets of cells that a painting may need, smallest first. Of each threshold there are two: all that differs from the picture,
 * and the same without what reaches over the box's edge and is not the new thing, because an old thing that goes on beyond the
 * box cannot be painted away. The last are the first threshold's with more and more around it. Holes are filled, crumbs are
 * gone; no set is empty or there twice.
 */
export function candidateCells(pixels: BoxPixels): Cells[] {
  const difference = differenceOf(pixels);
  const thing = lesserOf(difference, standingOut(pixels));
  const tidy = tidyFor(difference);
  const traces = cellsFrom(difference, faint);
  const all = changedCells(pixels);
  const sets = all.flatMap((changed, index) => {
    const added = tidied(cellsFrom(thing, thresholds[index] as number), tidy);
    const beyond = touching(without(changed, grown(added, tidy.closing)), pixels.goesOn);
    const own = tidied(without(changed, beyond), tidy);
    return [withTraces(own, without(traces, beyond), tidy), withTraces(changed, traces, tidy)];
  });
  const wide = wider.map((share) => grown(all[0] as Cells, share * shorterSide(difference)));
  return distinct([...sets, ...wide]).sort((a, b) => shareOf(a) - shareOf(b));
}

/** What differs from the picture by each threshold, without gaps, holes and crumbs; the lowest threshold first. */
export function changedCells(pixels: BoxPixels): Cells[] {
  const difference = differenceOf(pixels);
  return thresholds.map((threshold) => tidied(cellsFrom(difference, threshold), tidyFor(difference)));
}

/** With what faintly differs right beside the set: the rim of an old thing must not stay when the thing goes. */
function withTraces(cells: Cells, traces: Cells, tidy: TidyOptions): Cells {
  return tidied(unionOf(cells, intersectionOf(grown(cells, tidy.closing), traces)), tidy);
}

function distinct(sets: readonly Cells[]): Cells[] {
  const found = new Map<string, Cells>();
  for (const cells of sets) {
    if (shareOf(cells) > 0) found.set(Buffer.from(cells.values).toString("latin1"), cells);
  }
  return [...found.values()];
}

function tidyFor(grid: Size): TidyOptions {
  const side = shorterSide(grid);
  return { closing: 0.03 * side, opening: 0.01 * side, leastShare: 0.004 };
}

function shorterSide({ width, height }: Size): number {
  return Math.min(width, height);
}
