import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { figureSpecs } from "../../src/eval/report/figures.ts";
import type { Figure, Summary, SummaryRow } from "../../src/eval/report/summary.ts";
import { intervalText } from "../../src/eval/report/text.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const spaced = (text: string) => text.replace(/\s+/g, " ");

/** The last committed summary of `lrbot eval` on the embedded pack. */
const summary: Summary = JSON.parse(read("docs/eval/mini.json"));
const readme = spaced(read("README.md"));
const method = read("docs/method.md");

function rowOf(group: string, name: string): SummaryRow {
  const row = summary.groups.find((one) => one.group === group)?.rows.find((one) => one.name === name);
  if (!row) throw new Error(`Expected ${name} of ${group} in docs/eval/mini.json, got none.`);
  return row;
}

function figure(group: string, name: string, key: string): Figure {
  const found = rowOf(group, name).figures[key];
  if (!found) throw new Error(`Expected ${key} of ${name} in docs/eval/mini.json, got none.`);
  return found;
}

/** A line of a table, as docs/method.md has it; a figure that a way does not have is an empty cell. */
function lineOf(row: SummaryRow, keys: readonly string[], of: "figures" | "difference" = "figures"): string {
  const cells = keys.map((key) => {
    const found = row[of]?.[key];
    const digits = figureSpecs.find((spec) => spec.key === key)?.digits ?? 3;
    return found ? intervalText(found, digits) : "";
  });
  return `| \`${row.name}\` | ${cells.join(" | ")} |`;
}

/** The tables of the method's page: group, and figures in the order of their columns. */
const tables: readonly { group: string; keys: readonly string[]; of: "figures" | "difference" }[] = [
  { group: "choosers", keys: ["regret", "regretFresh", "regretBest", "calls", "seconds"], of: "figures" },
  {
    group: "choosers",
    keys: ["quality", "secondQuality", "recognised", "gone", "iou", "covered"],
    of: "figures",
  },
  { group: "choosers", keys: ["loss", "quality", "secondQuality", "recognised", "iou"], of: "difference" },
  {
    group: "methods",
    keys: ["quality", "secondQuality", "recognised", "gone", "changed", "distanceOutside", "seconds"],
    of: "figures",
  },
];

describe("the committed summary of an evaluation", () => {
  it("is of the embedded pack as it is", () => {
    const { name, version } = JSON.parse(read("models/mini/pack.json"));
    expect(summary.pack).toEqual({ name, version });
    expect(summary.scorer).toBe(`ViT of ${name} ${version}`);
    expect(summary.pictures).toBeGreaterThanOrEqual(summary.tables);
  });

  it("has the numbers that the README tells", () => {
    const told = (name: string) => figure("choosers", name, "regret").mean.toFixed(2);
    expect(readme).toContain(
      `Where the best box of a place counts 0 and a box at random counts 1, the learned ones have ${told("learned-14")}; the same work spent on drafts at random gets ${told("drafts-14")} ([${summary.tables} pictures](docs/method.md#what-it-is-worth))`,
    );
  });

  it.each(tables)(
    "has the figures $keys of $group that the method's page shows ($of)",
    ({ group, keys, of }) => {
      const rows = summary.groups.find((one) => one.group === group)?.rows ?? [];
      for (const row of of === "difference" ? rows.slice(1) : rows) {
        if (keys.every((key) => !row[of]?.[key])) continue;
        expect(method).toContain(lineOf(row, keys, of));
      }
    },
  );

  it("says of how many pictures the page's figures are", () => {
    expect(spaced(method)).toContain(
      `on the first ${summary.pictures} pictures of the embedded pack's set, every box painted of ${summary.tables} of them`,
    );
  });
});

/** What to paste where the page's tables are to be made anew: `LRBOT_SHOW_TABLES=1 npx vitest run test/eval/committed.test.ts`. */
if (process.env.LRBOT_SHOW_TABLES) {
  for (const { group, keys, of } of tables) {
    const rows = summary.groups.find((one) => one.group === group)?.rows ?? [];
    const shown = of === "difference" ? rows.slice(1) : rows;
    console.log(
      shown
        .filter((row) => keys.some((key) => row[of]?.[key]))
        .map((row) => lineOf(row, keys, of))
        .join("\n"),
    );
  }
}
