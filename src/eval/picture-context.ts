import type { Box } from "../types.ts";
import type { ResultOptions } from "./figures/result-figures.ts";
import type { ReplayContext } from "./replay.ts";
import type { Trial } from "./table/table.ts";

/** Drafts and results have the first; the second asks how the choices do with other noise. */
export const trialSeeds = [0, 1] as const;

/** All that runs of one picture share. */
export interface PictureContext extends ReplayContext {
  /** The picture's place in the set, from 1. */
  readonly number: number;
  /** Every box of the picture is painted, with both seeds. */
  readonly isWhole: boolean;
  /** Of the pack, for weak results. */
  readonly margin: number;
  /** What the second CLIP is of, with its version; `null` without one. */
  readonly scorer: string | null;
  readonly looking: Pick<ResultOptions, "training" | "second" | "featuresOf">;
}

/** A result that could come first. */
export interface Candidate {
  readonly box: Box;
  readonly seed: number;
  readonly trial: Trial;
  readonly place: number;
}
