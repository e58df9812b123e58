import type { Anchor, Box } from "../../types.ts";
import { cosine } from "./losses.ts";

export interface SourceNounOptions {
  /** CLIP image embeddings of the crop, or of a few crops around the same thing, whose probabilities are averaged. */
  readonly crops: readonly Float32Array[];
  /** CLIP text embeddings, one for each noun. */
  readonly nounEmbeddings: readonly Float32Array[];
  readonly nouns: readonly string[];
  /** CLIP's logit scale (the exponential of the stored parameter), about 100. */
  readonly logitScale: number;
}

export interface SourceNoun {
  /** T_ROI. */
  readonly text: string;
  /** Zero-shot probability of the noun, 0 to 1. */
  readonly confidence: number;
  /** CLIP's cosine of the crops with the noun, their mean, -1 to 1. */
  readonly cosine: number;
  /** All nouns with their probabilities and cosines, the likeliest first. */
  readonly ranked: readonly {
    readonly text: string;
    readonly probability: number;
    readonly cosine: number;
  }[];
}

/** Names what a crop shows by CLIP zero-shot: the softmax over all nouns of scaled cosines. Needs at least one noun and crop. */
export function findSourceNoun(options: SourceNounOptions): SourceNoun {
  const { crops, nounEmbeddings, nouns, logitScale } = options;
  const sums = nouns.map((text) => ({ text, probability: 0, cosine: 0 }));
  for (const crop of crops) {
    const cosines = nounEmbeddings.map((noun) => cosine(crop, noun));
    const probabilities = softmax(cosines.map((value) => logitScale * value));
    for (const [index, sum] of sums.entries()) {
      sum.probability += (probabilities[index] ?? 0) / crops.length;
      sum.cosine += (cosines[index] ?? 0) / crops.length;
    }
  }
  const ranked = sums.sort((a, b) => b.probability - a.probability);
  const [first = { text: "", probability: 0, cosine: 0 }] = ranked;
  return { text: first.text, confidence: first.probability, cosine: first.cosine, ranked };
}

/** Softmax over a row of logits, shifted so that nothing overflows. */
export function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * The crop in which to look for T_ROI: a square around the strongest anchor and its neighbours, moved rather than
 * cut at the picture's edge. Anchors within half the short side of the strongest are taken to lie on the same
 * thing; the square covers them with a margin, and takes at least `leastShare` of the short side.
 *
 * @param anchors strongest first, at least one.
 */
export function sourceCrop(
  anchors: readonly Anchor[],
  picture: { readonly width: number; readonly height: number },
  leastShare = 0.5,
): Box {
  const short = Math.min(picture.width, picture.height);
  const [strongest = { x: picture.width / 2, y: picture.height / 2 }] = anchors;
  const near = anchors.filter(
    (anchor) => Math.hypot(anchor.x - strongest.x, anchor.y - strongest.y) <= short / 2,
  );
  const xs = [strongest.x, ...near.map((anchor) => anchor.x)];
  const ys = [strongest.y, ...near.map((anchor) => anchor.y)];
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  const extent = (values: number[]) => Math.max(...values) - Math.min(...values);
  const wanted = Math.max(extent(xs), extent(ys)) + short / 4;
  const side = Math.round(Math.min(short, Math.max(wanted, leastShare * short)));
  return {
    left: squareStart(middle(xs), side, picture.width),
    top: squareStart(middle(ys), side, picture.height),
    width: side,
    height: side,
  };
}

function squareStart(centre: number, side: number, limit: number): number {
  return Math.min(Math.max(Math.round(centre - side / 2), 0), limit - side);
}
