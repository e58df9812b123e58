import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTables } from "../../bench/eval-tables.ts";
import type { Figure, Summary, SummaryRow } from "../../src/eval/report/summary.ts";

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

describe("the committed summary of an evaluation", () => {
  it("is of the embedded pack as it is", () => {
    const { name, version } = JSON.parse(read("models/mini/pack.json"));
    expect(summary.pack).toEqual({ name, version });
    expect(summary.scorer).toBe(`ViT of ${name} ${version}`);
    expect(summary.pictures).toBeGreaterThanOrEqual(summary.tables);
  });

  it("has the numbers that the README tells of it", () => {
    const told = (name: string) => figure("choosers", name, "iou").mean.toFixed(2);
    const { pictures } = figure("choosers", "learned-14", "iou");
    expect(readme).toContain(
      `On ${pictures} pictures the box of its first result has an IoU of ${told("learned-14")} with the thing to replace; boxes of random size have ${told("random-anchor-random-size")} at random places, and ${told("dino-anchor-random-size")} where the picture draws attention ([measured](docs/method.md#what-it-is-worth))`,
    );
  });

  it("and those of what learning spares", () => {
    const told = (name: string) => figure("choosers", name, "regret").mean.toFixed(2);
    const { pictures } = figure("choosers", "learned-14", "regret");
    expect(readme).toContain(
      `the learned one has ${told("learned-14")}; the same work spent on drafts at random gets ${told("drafts-14")} ([${pictures} pictures](docs/method.md#5-learning))`,
    );
  });

  it("has the tables that the method's page shows", () => {
    expect(withTables(method, summary)).toBe(method);
    expect(method.match(/<!-- lrbot eval: /g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("says by which command, and of how many pictures", () => {
    const { pictures, tables: whole } = summary;
    expect(method).toContain(`npx lrbot eval --set ${summary.set} --limit ${pictures} --tables ${whole} `);
  });
});
