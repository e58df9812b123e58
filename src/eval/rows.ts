import type { Box, Losses } from "../types.ts";
import type { ResultFigures } from "./figures/result-figures.ts";
import type { AblationName } from "./names.ts";

/** How far choices are from the best ones; see `regret` and `bestOfAll`. Means over replays. */
export interface Regrets {
  /** With the noise that drafts had, and with another; `null` where no proposals were chosen. */
  readonly anchors: number | null;
  readonly fresh: number | null;
  /** The best of the results against the best of all boxes. */
  readonly best: number;
}

/** A line of `results.jsonl`: the first result of one way to edit one picture. */
export interface ResultRow extends ResultFigures {
  /** In the set, from 1. */
  readonly picture: number;
  readonly file: string;
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The thing to replace, where the set says where it lies. */
  readonly thing: Box | null;
  readonly prompt: string;
  readonly kind: string | null;
  readonly isAmbiguous: boolean;
  readonly group: "choosers" | "methods" | AblationName;
  readonly name: string;
  readonly seed: number;
  readonly box: Box;
  readonly edited: "box" | "whole picture";
  /** What is replaced, as the edit took it. */
  readonly source: {
    readonly text: string;
    readonly from: "given" | "found" | "none";
    readonly confidence: number;
  };
  /** Of the result with the whole box, by the CLIP that it was chosen with. */
  readonly losses: Losses;
  /** The prompt did not gain enough. */
  readonly weak: boolean;
  /** The highest S of all results that there were, by the same CLIP. */
  readonly bestQuality: number;
  /** Work in full paintings, and what it took of the processor, in seconds; until the first result stood, too. */
  readonly calls: number;
  readonly seconds: number;
  readonly firstSeconds: number;
  /** `null` where not every box of the picture was painted. */
  readonly regret: Regrets | null;
  /** Kendall's tau of drafts with full paintings of the same noise, over all boxes; `null` where that was not asked. */
  readonly tau: number | null;
}

export type RowGroup = ResultRow["group"];
