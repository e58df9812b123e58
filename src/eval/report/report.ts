import { join } from "node:path";
import { writeOutput } from "../../pipeline/image/write-file.ts";
import type { EvaluationOrder } from "../order.ts";
import type { ResultRow } from "../rows.ts";
import { htmlOf } from "./html.ts";
import { markdownOf } from "./markdown.ts";
import { shownRows } from "./sheets.ts";
import { studyFile, studyOf } from "./study.ts";
import { type SummaryOrder, summaryOf, summaryText } from "./summary.ts";

/** Writes what rows say, for people and for programs. @returns the files @throws EditError `disk-full`, `output-unwritable` */
export async function writeReport(
  rows: readonly ResultRow[],
  order: SummaryOrder & Pick<EvaluationOrder, "out" | "shown">,
): Promise<string[]> {
  const summary = summaryOf(rows, order);
  const shown = shownRows(rows, order.shown);
  const files: [string, string][] = [
    ["summary.json", summaryText(summary)],
    ["report.md", markdownOf(summary)],
    ["report.html", await htmlOf(summary, shown)],
    [studyFile, studyOf(shown)],
  ];
  for (const [name, text] of files) await writeOutput(join(order.out, name), text);
  return [join(order.out, "results.jsonl"), ...files.map(([name]) => join(order.out, name))];
}
