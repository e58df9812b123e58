import type { Summary } from "./summary.ts";
import { differencesOf, factsOf, groupTitle, preferencesOf, type ReportTable, tablesOf } from "./text.ts";

/** `report.md`. */
export function markdownOf(summary: Summary): string {
  const groups = summary.groups.map((group) =>
    [
      `## ${groupTitle(group)}`,
      ...[...tablesOf(group), ...differencesOf(group), ...preferencesOf(group)].map(tableText),
    ].join("\n\n"),
  );
  return `${["# Evaluation", ...factsOf(summary), ...groups].join("\n\n")}\n`;
}

function tableText({ title, heads, rows }: ReportTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `**${title}**`,
    "",
    line(["", ...heads.map(({ text }) => text)]),
    line(["---", ...heads.map(() => "---")]),
    ...rows.map(({ name, cells }) => line([name, ...cells])),
  ].join("\n");
}
