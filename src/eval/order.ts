import type { Pack } from "../packs/pack.ts";
import type { MethodName } from "../types.ts";
import type { AblationName, ChooserSpec } from "./names.ts";
import type { SetPicture } from "./set.ts";

/** What is evaluated, and on what; all that a person may have got wrong is checked but for the pictures' contents. */
export interface EvaluationOrder {
  readonly pack: Pack;
  /** Whose CLIP looks at results too; `null`: the pack's own judge, where it has one. */
  readonly scorer: Pack | null;
  /** As a person gave it. */
  readonly set: string;
  readonly pictures: readonly SetPicture[];
  readonly choosers: readonly ChooserSpec[];
  readonly methods: readonly MethodName[];
  readonly ablations: readonly AblationName[];
  /** Of so many pictures, from the first, every box is painted, and every chooser and ablation is tried on them. */
  readonly tables: number;
  /** So many pictures, from the first, are edited by the methods that choose no box too. */
  readonly compared: number;
  /** The results of so many pictures, from the first, are kept as files, for contact sheets and studies; `null`: of all. */
  readonly shown: number | null;
  /**
   * Of each `of` pictures the one at `number`, counted from 1, is painted, and there is no report: several processes share the work of
   * one folder, and a run without a part, which then knows all, reports. `null`: all.
   */
  readonly part: { readonly number: number; readonly of: number } | null;
  /** T_ROI is what the set says, in place of what is found. */
  readonly isSourceGiven: boolean;
  /** The pack's faster way, as `lrbot edit --fast` takes it. */
  readonly isFast: boolean;
  /** Absolute; made where it is not there. */
  readonly out: string;
  /** Absolute: a folder of what another run published, a file a picture, of which nothing is painted again; `null` for none. */
  readonly published: string | null;
  readonly device: string;
  /** `null`: as many as the machine has cores. */
  readonly threads: number | null;
}

/** How far it is. */
export interface EvaluationEvent {
  /** Pictures that are done, and all. */
  readonly done: number;
  readonly pictures: number;
  /** Of the picture that is at work. */
  readonly file: string;
  readonly label: string;
  /** Boxes that were painted in this run, not known from before. */
  readonly painted: number;
  /** `null` until a picture is done that was not known from before. */
  readonly secondsLeft: number | null;
}

export interface EvaluationAnswer {
  readonly pictures: number;
  readonly rows: number;
  readonly painted: number;
  /** Files that were written, absolute; none by a part. */
  readonly files: readonly string[];
}
