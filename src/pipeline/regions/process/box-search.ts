import type { Box } from "../../../types.ts";
import type { Random } from "../../random.ts";
import type { ChooserRequest, DraftRequest } from "../choosers/chooser.ts";
import { distinctBoxes } from "../distinct-boxes.ts";
import { softmax } from "../zero-shot.ts";
import { type BoxKernel, boxCovariance } from "./box-covariance.ts";
import { createGaussianProcess } from "./gaussian-process.ts";
import { takeNextLooks } from "./next-looks.ts";

/** `[anchor][proposal]`, how far each loss is expected to be from the mean of all, in units of their spread; lower is better. Without costs. */
export type ExpectedLosses = readonly (readonly number[])[];

/** How a box is painted: in a few steps, or in all. */
export type Quality = "draft" | "full";

/**
 * A search for the box of the least loss and cost of each anchor. The losses are a Gaussian process over all distinct boxes of the
 * picture; what a box costs besides is known for sure, so the process is not asked about it.
 */
export interface BoxSearch {
  /** How many distinct boxes there are. */
  readonly boxes: number;
  /** The boxes to paint next in one batch, at most so many, none that was painted so before; they count as painted from now on. */
  next(count: number, quality: Quality): Omit<DraftRequest, "steps">[];
  /** The losses of those that `next` gave last, in order. */
  record(losses: readonly number[]): void;
  /** What is expected from now on of each box's loss, before its paintings and those of others. */
  expect(losses: ExpectedLosses): void;
  /** `[anchor][proposal]`, the last of each; `null` while unknown. */
  losses(): (number | null)[][];
  /** `[anchor][proposal]`, of loss and cost with what is known, in units of the losses' spread. */
  means(): number[][];
  /** `[anchor][proposal]`: how likely each box is to be its anchor's best; each row sums to 1. */
  probabilities(): number[][];
}

export interface BoxSearchOptions {
  readonly kernel: BoxKernel;
  /** Variance of what a draft and a full painting say of a box, that of all losses being about 1. */
  readonly noise: Readonly<Record<Quality, number>>;
  /** In units of the losses' spread: of boxes that promise as much to so little the seed draws one. */
  readonly tie: number;
  /** Standard deviation that a picture's losses usually have, for costs to be counted with them before losses are known. */
  readonly usualSpread: number;
}

export function createBoxSearch(
  proposals: ChooserRequest["proposals"],
  { kernel, noise, tie, usualSpread }: BoxSearchOptions,
  costOf: (box: Box) => number,
  random: Random,
): BoxSearch {
  const { boxes, numbers, first } = distinctBoxes(proposals);
  const costs = boxes.map(costOf);
  const process = createGaussianProcess(boxCovariance(boxes, kernel));
  const preference = Float64Array.from(boxes, () => tie * random.uniform());
  const looks: number[] = [];
  const seen: number[] = [];
  let prior: Float64Array = new Float64Array(boxes.length);
  const last = new Map<number, number>();
  const painted = { draft: new Set<number>(), full: new Set<number>() };
  const rows = <T>(of: (box: number) => T) => numbers.map((row) => row.map(of));

  const means = () => {
    const spread = spreadOf(seen, usualSpread);
    const losses = process.means(standardised(seen, looks, prior), prior);
    return losses.map((loss, box) => loss + (costs[box] ?? 0) / spread);
  };

  return {
    boxes: boxes.length,
    next(count, quality) {
      const candidates = new Set([...boxes.keys()].filter((box) => !painted[quality].has(box)));
      const options = { process, means: means(), groups: numbers, candidates, count, preference };
      const taken = takeNextLooks({ ...options, noise: noise[quality] });
      looks.push(...taken);
      for (const box of taken) painted[quality].add(box);
      return taken.map((box) => first[box] ?? { anchor: -1, proposal: -1 });
    },
    record(losses) {
      for (const loss of losses) {
        const box = looks[seen.length];
        if (box === undefined)
          throw new RangeError(`Expected losses of ${looks.length} paintings, got ${losses.length}.`);
        seen.push(loss);
        last.set(box, loss);
      }
    },
    expect(losses) {
      prior = byBox(losses, numbers, boxes.length);
    },
    losses: () => rows((box) => last.get(box) ?? null),
    means() {
      const found = means();
      return rows((box) => found[box] ?? 0);
    },
    probabilities() {
      const found = means();
      const { covariance } = process;
      const deviationOf = (box: number) => Math.sqrt(Math.max(covariance[box * (boxes.length + 1)] ?? 0, 0));
      return numbers.map((row) => {
        const deviation = row.reduce((sum, box) => sum + deviationOf(box), 0) / row.length;
        return softmax(row.map((box) => -(found[box] ?? 0) / Math.max(deviation, leastDeviation)));
      });
    },
  };
}

/** Below this much of the losses' spread two boxes are as good as each other. */
const leastDeviation = 0.05;

/** Of several proposals that are one box: the mean of what is expected of them. */
function byBox(
  expected: ExpectedLosses,
  numbers: readonly (readonly number[])[],
  boxes: number,
): Float64Array {
  const sums = new Float64Array(boxes);
  const counts = new Float64Array(boxes);
  for (const [anchor, row] of numbers.entries()) {
    for (const [proposal, box] of row.entries()) {
      sums[box] = (sums[box] ?? 0) + (expected[anchor]?.[proposal] ?? 0);
      counts[box] = (counts[box] ?? 0) + 1;
    }
  }
  return sums.map((sum, box) => sum / (counts[box] ?? 1));
}

/** Losses with mean 0, less what is expected of their boxes, and variance 1. */
function standardised(seen: readonly number[], looks: readonly number[], prior: Float64Array): number[] {
  const mean = meanOf(seen);
  const spread = Math.max(Math.sqrt(meanOf(seen.map((loss) => (loss - mean) ** 2))), leastSpread);
  const offset = meanOf(seen.map((loss, index) => (loss - mean) / spread - (prior[looks[index] ?? -1] ?? 0)));
  return seen.map((loss) => (loss - mean) / spread - offset);
}

/** So many losses say as much of their spread as is known of it from other pictures. */
const usualLooks = 4;

/** The standard deviation of losses, from those that were seen and what is usual. */
function spreadOf(seen: readonly number[], usual: number): number {
  const mean = meanOf(seen);
  const squares = seen.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
  return Math.sqrt((squares + usualLooks * usual ** 2) / (seen.length + usualLooks));
}

/** Losses that differ by less are taken to be equal. */
const leastSpread = 1e-4;

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
