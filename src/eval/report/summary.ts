import type { EvaluationOrder } from "../order.ts";
import { trialSeeds } from "../picture-context.ts";
import type { ResultRow, RowGroup } from "../rows.ts";
import { type Interval, meanWithInterval } from "../statistics/bootstrap.ts";
import { automaticPreference, type Judged } from "../statistics/preference.ts";
import { figureSpecs } from "./figures.ts";

/** A mean over pictures with its 95 % interval, and over how many. */
export interface Figure extends Interval {
  readonly pictures: number;
}

/** By the figures' keys; those that no picture has are left out. */
export type Figures = Readonly<Record<string, Figure>>;

export interface SummaryRow {
  readonly name: string;
  readonly pictures: number;
  readonly figures: Figures;
  /** The group's first less this one, picture by picture, over pictures that both have; `null` of the first itself. */
  readonly difference: Figures | null;
  /** How often the group's first is preferred to this one, a tie counting half; `null` of the first, and without a second scorer. */
  readonly preference: (Figure & { readonly ties: number }) | null;
}

export interface SummaryGroup {
  readonly group: RowGroup | `kind ${string}` | "ambiguous prompts";
  readonly rows: readonly SummaryRow[];
}

/** `summary.json`: all that a report's tables say. */
export interface Summary {
  readonly version: 1;
  readonly pack: { readonly name: string; readonly version: string };
  /** The scorer with which nothing was trained; `null` where there was none. */
  readonly scorer: string | null;
  readonly set: string;
  readonly pictures: number;
  /** Pictures of which every box was painted. */
  readonly tables: number;
  readonly source: "given" | "found";
  readonly seeds: { readonly trials: readonly number[]; readonly bootstrap: number };
  readonly groups: readonly SummaryGroup[];
}

/** Means, intervals and paired differences of all that was measured. The same rows give the same summary. */
export function summaryOf(rows: readonly ResultRow[], order: SummaryOrder): Summary {
  const clear = rows.filter(({ isAmbiguous }) => !isAmbiguous);
  const groups = [...new Set(clear.map(({ group }) => group))];
  const kinds = [...new Set(clear.flatMap(({ kind }) => kind ?? []))].sort();
  const choosers = clear.filter(({ group }) => group === "choosers");
  const unclear = rows.filter(({ isAmbiguous, group }) => isAmbiguous && group === "choosers");
  const { pack, scorer, set, pictures, tables, isSourceGiven } = order;
  return {
    version: 1,
    pack: named(pack),
    scorer,
    set,
    pictures: pictures.length,
    tables: Math.min(tables, pictures.length),
    source: isSourceGiven ? "given" : "found",
    seeds: { trials: trialSeeds, bootstrap: 0 },
    groups: [
      ...groups.map((group) =>
        groupOf(
          group,
          clear.filter((row) => row.group === group),
        ),
      ),
      ...(kinds.length > 1 ? kinds : []).map((kind) =>
        groupOf(
          `kind ${kind}`,
          choosers.filter((row) => row.kind === kind),
        ),
      ),
      ...(unclear.length > 0 ? [groupOf("ambiguous prompts", unclear)] : []),
    ].filter(({ rows: some }) => some.length > 0),
  };
}

export type SummaryOrder = Pick<EvaluationOrder, "pack" | "set" | "pictures" | "tables" | "isSourceGiven"> & {
  readonly scorer: string | null;
};

/** As a file, a row a line. */
export function summaryText(summary: Summary): string {
  return `${JSON.stringify(summary).replaceAll('{"name":', '\n{"name":')}\n`;
}

function named({ manifest }: EvaluationOrder["pack"]) {
  return { name: manifest.name, version: manifest.version };
}

function groupOf(group: SummaryGroup["group"], rows: readonly ResultRow[]): SummaryGroup {
  const names = [...new Set(rows.map(({ name }) => name))];
  const ofName = (name: string) => rows.filter((row) => row.name === name);
  const [first = []] = names.map(ofName);
  return {
    group,
    rows: names.map((name, index) => {
      const own = ofName(name);
      const pairs = index === 0 ? [] : pairsOf(first, own);
      return {
        name,
        pictures: own.length,
        figures: figuresOf(own.map((row) => [row])),
        difference: index === 0 ? null : figuresOf(pairs),
        preference: index === 0 ? null : preferenceOf(pairs),
      };
    }),
  };
}

function pairsOf(a: readonly ResultRow[], b: readonly ResultRow[]): [ResultRow, ResultRow][] {
  const others = new Map(b.map((row) => [row.picture, row]));
  return a.flatMap((row) => {
    const other = others.get(row.picture);
    return other ? [[row, other] as [ResultRow, ResultRow]] : [];
  });
}

/** Of each picture a row, or two of which the second's figure is taken from the first's. */
function figuresOf(pictures: readonly (readonly ResultRow[])[]): Figures {
  return Object.fromEntries(
    figureSpecs.flatMap(({ key, of }) => {
      const values = pictures.flatMap((rows) => {
        const [own, ...others] = rows.map(of);
        if (own === null || own === undefined || others.some((other) => other === null)) return [];
        return [others.reduce<number>((rest, other) => rest - (other ?? 0), own)];
      });
      return values.length === 0 ? [] : [[key, rounded(values)]];
    }),
  );
}

function rounded(values: readonly number[]): Figure {
  const { mean, low, high } = meanWithInterval(values);
  const round = (value: number) => Number(value.toFixed(4));
  return { mean: round(mean), low: round(low), high: round(high), pictures: values.length };
}

function preferenceOf(pairs: readonly (readonly [ResultRow, ResultRow])[]): SummaryRow["preference"] {
  const judged = pairs.flatMap(([a, b]) => {
    const [one, other] = [judgedOf(a), judgedOf(b)];
    return one && other ? [automaticPreference(one, other)] : [];
  });
  if (judged.length === 0) return null;
  return { ...rounded(judged), ties: judged.filter((value) => value === 0.5).length };
}

/** What both see of what was asked for: the new thing in its box, and nothing of the old one. */
function judgedOf({ training, second }: ResultRow): Judged | null {
  if (!second) return null;
  const seen = [training, second].flatMap(({ recognised: isThere, gone }) => [isThere, gone]);
  const recognised = seen.flatMap((one) => (one === null ? [] : [Number(one)]));
  return { qualities: [training.quality, second.quality], recognised };
}
