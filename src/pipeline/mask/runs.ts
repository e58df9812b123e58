import { EditError } from "../../errors.ts";
import type { Box } from "../../types.ts";
import { type Cover, coverLinesOf } from "../image/cover.ts";
import type { Size } from "../image/framing.ts";

/** The runs of `ResultMask` for a cover: a pixel is inside where the painting shows at all. `null` is the whole box. */
export function runsOf(cover: Cover | null, box: Box, picture: Size): number[] {
  if (cover === null) return [0, box.width * box.height];
  const lineOf = coverLinesOf(cover, box, picture);
  const runs: number[] = [];
  let [isInside, length] = [false, 0];
  for (let row = 0; row < box.height; row++) {
    for (const value of lineOf(row)) {
      if (value > 0 !== isInside) {
        runs.push(length);
        [isInside, length] = [!isInside, 0];
      }
      length++;
    }
  }
  return [...runs, length];
}

/**
 * The mask that runs tell of, a byte a pixel of the box: 1 inside, 0 outside.
 * @throws EditError `internal` where the runs do not add up to the box.
 */
export function maskFromRuns({
  runs,
  width,
  height,
}: Size & { readonly runs: readonly number[] }): Uint8Array {
  const all = runs.reduce((sum, run) => sum + run, 0);
  const pixels = width * height;
  if (all !== pixels)
    throw new EditError("internal", `Expected runs of ${pixels} pixels in all, got ${all}.`);
  const values = new Uint8Array(pixels);
  let start = 0;
  for (const [index, run] of runs.entries()) {
    if (index % 2 === 1) values.fill(1, start, start + run);
    start += run;
  }
  return values;
}
