import { median } from "./median.ts";

/** What was measured of one network. */
export interface Timed {
  readonly rounds: readonly Round[];
  /** The largest difference between the two, as a share of the largest number. */
  readonly difference: number | null;
  readonly peakMegabytes: number | null;
  /** Seconds until the first outputs, the opening of the network included. */
  readonly openSeconds: number;
}

/** Seconds of each run of a round; theirs of each process of PyTorch. */
export interface Round {
  readonly ours: readonly number[];
  readonly theirs: readonly (readonly number[])[];
}

/** Median seconds of both sides, and how many times ours theirs are. */
export interface Summary {
  readonly ours: number;
  /** Of the fastest of PyTorch's processes. */
  readonly theirs: number | null;
  /** Its index; -1 where PyTorch did not run. */
  readonly fastest: number;
  readonly each: readonly number[];
  /** The median of the rounds. */
  readonly ratio: number | null;
  /** Of the fastest run of each side. */
  readonly bestRatio: number | null;
}

/** Of at least one round. */
export function summarise(rounds: readonly Round[]): Summary {
  const ours = rounds.flatMap((round) => round.ours);
  const of = (which: number) => rounds.map((round) => round.theirs[which] ?? []);
  const each = (rounds[0]?.theirs ?? []).map((_, which) => median(of(which).flat()));
  const fastest = each.indexOf(Math.min(...each));
  if (fastest < 0) return { ours: median(ours), theirs: null, fastest, each, ratio: null, bestRatio: null };
  return {
    ours: median(ours),
    theirs: each[fastest] ?? null,
    fastest,
    each,
    ratio: median(rounds.map((round, index) => median(of(fastest)[index] ?? []) / median(round.ours))),
    bestRatio: Math.min(...of(fastest).flat()) / Math.min(...ours),
  };
}

/** Stands over the lines. */
export const titles = "network  our s  PyTorch s  ratio   best  rounds  peak MB  difference  PyTorch's form";

/** A line of the table. */
export function line(name: string, summary: Summary, timed: Timed, format: string): string {
  const cell = (value: number | null, digits: number, width: number): string =>
    (value?.toFixed(digits) ?? "-").padStart(width);
  // A card's runs are of milliseconds.
  const digits = summary.ours < 0.1 ? 4 : 3;
  return [
    name.padEnd(7) +
      cell(summary.ours, digits, 7) +
      cell(summary.theirs, digits, 11) +
      cell(summary.ratio, 3, 7),
    cell(summary.bestRatio, 3, 5) + cell(timed.rounds.length, 0, 8) + cell(timed.peakMegabytes, 0, 9),
    `${(timed.difference?.toExponential(1) ?? "-").padStart(10)}  ${format}`,
  ].join("  ");
}

/** What a card's row says beside the CPU's: every form of PyTorch's, and pictures a second of a batch. */
export function cardFigures(
  name: string,
  batch: number,
  summary: Summary,
  timed: Timed,
  formOf: (index: number) => string,
): Record<string, unknown> {
  const perSecond = (seconds: number | null) => seconds && batch / seconds;
  return {
    [`${name}Difference`]: timed.difference,
    [`${name}TorchForms`]: Object.fromEntries(summary.each.map((seconds, index) => [formOf(index), seconds])),
    [`${name}OpenSeconds`]: timed.openSeconds,
    ...(batch === 1
      ? {}
      : {
          [`${name}PerSecond`]: perSecond(summary.ours),
          [`${name}TorchPerSecond`]: perSecond(summary.theirs),
        }),
  };
}
