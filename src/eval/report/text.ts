import type { FigureSpec } from "./figures.ts";
import { figureSpecs, figureTables } from "./figures.ts";
import type { Figure, Summary, SummaryGroup, SummaryRow } from "./summary.ts";

// What both reports say, in words and numbers.

export const groupTitles: Readonly<Record<string, string>> = {
  methods: "Methods (Table 1)",
  choosers: "Ways to choose boxes (Table 2)",
  losses: "Terms of the loss (Table 3)",
  proposals: "Sizes of boxes at each place (Table 4)",
  anchors: "Places (Table 5)",
  spacing: "Least distance of places",
  "draft-steps": "Steps of drafts, at equal work",
  estimators: "Estimators of the region network's gradient",
  parts: "Parts of the learned way",
};

/** A table of a report: heads, and rows of cells. */
export interface ReportTable {
  readonly title: string;
  readonly heads: readonly { readonly text: string; readonly says: string }[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

/** Tables of one group's figures; those that say nothing are left out. */
export function tablesOf(group: SummaryGroup): ReportTable[] {
  return figureTables.flatMap(({ title, keys }) => tableOf(title, specsOf(keys), group.rows, "figures"));
}

/** How much more than each of the others the group's first has. */
export function differencesOf(group: SummaryGroup): ReportTable[] {
  const keys = [
    ...["quality", "secondQuality", "directional", "loss", "regret", "regretBest"],
    ...["recognised", "secondRecognised", "gone", "iou", "changed"],
  ];
  const [first] = group.rows;
  const title = `${first?.name} less each other, picture by picture`;
  return tableOf(title, specsOf(keys), group.rows.slice(1), "difference");
}

export function preferencesOf(group: SummaryGroup): ReportTable[] {
  const rows = group.rows.flatMap(({ name, preference }) =>
    preference
      ? [{ name, cells: [intervalText(preference, 2), String(preference.ties), String(preference.pictures)] }]
      : [],
  );
  if (rows.length === 0) return [];
  const heads = [
    { text: "preferred", says: "A tie counts half." },
    { text: "ties", says: "Both scorers and the recognition do not agree." },
    { text: "pictures", says: "That both have." },
  ];
  return [{ title: `Automatic preference for ${group.rows[0]?.name}: no person was asked`, heads, rows }];
}

function tableOf(
  title: string,
  specs: readonly FigureSpec[],
  rows: readonly SummaryRow[],
  of: "figures" | "difference",
): ReportTable[] {
  const shown = specs.filter(({ key }) => rows.some((row) => row[of]?.[key]));
  if (shown.length === 0 || rows.length === 0) return [];
  return [
    {
      title,
      heads: [
        {
          text: "pictures",
          says: "On which it was tried; of a figure in round brackets, where not all have it.",
        },
        ...shown.map(({ title: text, says, better }) => ({ text: `${text}${arrows[better]}`, says })),
      ],
      rows: rows.map((row) => ({
        name: row.name,
        cells: [
          String(row.pictures),
          ...shown.map(({ key, digits }) => {
            const figure = row[of]?.[key];
            if (!figure) return "";
            const text = intervalText(figure, digits);
            return figure.pictures < row.pictures ? `${text} (${figure.pictures})` : text;
          }),
        ],
      })),
    },
  ];
}

const arrows: Record<FigureSpec["better"], string> = { higher: " ↑", lower: " ↓", neither: "" };

function specsOf(keys: readonly string[]): FigureSpec[] {
  return keys.flatMap((key) => figureSpecs.filter((one) => one.key === key));
}

export function intervalText({ mean, low, high }: Figure, digits: number): string {
  const number = (value: number) => value.toFixed(digits).replace(/^-(?=[\d.]*$)/, "−");
  return low === high ? number(mean) : `${number(mean)} [${number(low)}, ${number(high)}]`;
}

export function groupTitle({ group }: SummaryGroup): string {
  return groupTitles[group] ?? (group.startsWith("kind ") ? `Pictures of the ${group}` : group);
}

/** What a reader must know before the figures. */
export function factsOf(summary: Summary): string[] {
  const { pack, scorer, pictures, tables, set, source, seeds } = summary;
  return [
    `Pack ${pack.name} ${pack.version}; ${pictures} pictures of ${set}. Of ${tables} of them every box was painted, as a draft and in full, with the seeds ${seeds.trials.join(" and ")}; regret and ablations are of these.`,
    source === "given"
      ? "What is to be replaced was told, as the set has it."
      : "What is to be replaced was not told: the edit found it, or not.",
    "Figures are of each picture's first result. In brackets are 95 % bootstrap intervals of the mean over pictures (4,000 resamples, seed 0); in round brackets how many pictures have the figure, where not all do.",
    scorer
      ? `Second scorer: ${scorer}. No loss is made with it.`
      : "There is no second scorer: what CLIP says here is said by the one that the method makes small losses with, so it flatters all ways that learn. `--scorer PACK` brings another.",
    "Seconds are of the processor: painting and scoring as in the table's batches, without choosing itself and without masks.",
  ];
}
