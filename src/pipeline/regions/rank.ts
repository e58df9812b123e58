import type { Losses, RankRule } from "../../types.ts";

/** One painted result as far as ranking is concerned. */
export interface Candidate {
  /** CLIP cosine of result and prompt, -1 to 1. */
  readonly t2i: number;
  /** CLIP cosine of result and source, -1 to 1. */
  readonly i2i: number;
  readonly losses: Losses;
  /** What its box costs for where it lies, 0 or more; 0 where that is left out. */
  readonly place?: number;
}

export interface Ranked {
  /** Which of the candidates, by its place in the list given. */
  readonly index: number;
  /** 1 is best. */
  readonly rank: number;
  readonly scores: { readonly t2i: number; readonly i2i: number; readonly quality: number };
  readonly weak: boolean;
}

export interface RankOptions {
  /**
   * `paper` orders by S alone. `guarded` puts weak results last and orders by the editing loss, which knows what is
   * to be replaced, where S likes the new thing beside the old one, and by what the box costs for its place; both are
   * measured in docs/method.md.
   */
  readonly rule: RankRule;
  /** CLIP cosine of the unedited picture and the prompt. */
  readonly pictureT2i: number;
  /** A result is weak where its t2i does not exceed the source's own by more than this. */
  readonly margin: number;
}

/** S of section 3.3: 2 t2i + 1 i2i. An edit that changes nothing has i2i = 1, hence the guarded rule. */
export function quality(scores: { readonly t2i: number; readonly i2i: number }): number {
  return 2 * scores.t2i + scores.i2i;
}

/**
 * Orders results, best first; equal ones keep their order. Weakness is stated under both rules and orders under
 * `guarded` alone. Weak results follow each other by the same measure.
 */
export function rankResults(candidates: readonly Candidate[], options: RankOptions): Ranked[] {
  const { rule, pictureT2i, margin } = options;
  const cost = costs[rule];
  const isWeak = (candidate: Candidate) => candidate.t2i - pictureT2i <= margin;
  return candidates
    .map((candidate, index) => ({ candidate, index, weak: isWeak(candidate) }))
    .sort((a, b) => {
      const byWeakness = rule === "guarded" ? Number(a.weak) - Number(b.weak) : 0;
      return byWeakness || cost(a.candidate) - cost(b.candidate) || a.index - b.index;
    })
    .map(({ candidate, index, weak }, place) => ({
      index,
      rank: place + 1,
      scores: { t2i: candidate.t2i, i2i: candidate.i2i, quality: quality(candidate) },
      weak,
    }));
}

const costs: Record<RankRule, (candidate: Candidate) => number> = {
  paper: (candidate) => -quality(candidate),
  guarded: ({ losses, place = 0 }) => losses.total + place,
};
