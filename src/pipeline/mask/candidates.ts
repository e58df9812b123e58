import { type BoxPixels, differenceOf, standingOut } from "./difference.ts";
import { type Cells, cellsFrom, intersectionOf, lesserOf, shareOf, unionOf, without } from "./grid.ts";
import { grown, type TidyOptions, tidied, touching } from "./shapes.ts";

/** Levels of 255 from which on a cell counts as changed. */
const thresholds = [12, 24, 40] as const;
/** Next to what counts as changed, so many levels do. */
const faint = 14;

/**
 * Sets of cells that a painting may need, smallest first. Of each threshold there are two: all that differs from the picture,
 * and the same without what reaches over the box's edge and is not the new thing, because an old thing that goes on beyond the
 * box cannot be painted away. The last are the first threshold's with more and more around it. Holes are filled, crumbs are
 * gone; no set is empty or there twice.
 */
export function candidateCells(pixels: BoxPixels): Cells[] {
  const difference = differenceOf(pixels);
  const thing = lesserOf(difference, standingOut(pixels));
  const side = Math.min(difference.width, difference.height);
  const tidy = tidyFor(side);
  const traces = cellsFrom(difference, faint);
  const all = thresholds.map((threshold) => tidied(cellsFrom(difference, threshold), tidy));
  const sets = thresholds.flatMap((threshold, index) => {
    const changed = all[index] as Cells;
    const added = tidied(cellsFrom(thing, threshold), tidy);
    const rest = without(changed, grown(added, tidy.closing));
    const beyond = touching(rest, pixels.goesOn);
    const own = tidied(without(changed, beyond), tidy);
    return [own, changed].map((cells) =>
      withTraces(cells, without(traces, cells === own ? beyond : none(cells)), tidy),
    );
  });
  const wide = [0.06, 0.12].map((share) => grown(all[0] as Cells, share * side));
  return distinct([...sets, ...wide]).sort((a, b) => shareOf(a) - shareOf(b));
}

function none(cells: Cells): Cells {
  return { ...cells, values: new Uint8Array(cells.values.length) };
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

function tidyFor(side: number): TidyOptions {
  return { closing: 0.03 * side, opening: 0.01 * side, leastShare: 0.004 };
}
