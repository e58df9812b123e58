import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { figureSpecs } from "../src/eval/report/figures.ts";
import type { Summary, SummaryRow } from "../src/eval/report/summary.ts";
import { intervalText } from "../src/eval/report/text.ts";
import { publishCache } from "../src/eval/table/picture-cache.ts";
import { publishedName } from "../src/eval/table/table.ts";
import type { BenchOptions } from "./main.ts";

// Tables of pages that `lrbot eval` measured: each stands below a comment that says what is in it,
//   <!-- lrbot eval: choosers, figures, quality iou, learned-14 middle -->
// the group of the summary, whether figures or differences from the group's first, the figures' keys, and which rows, all without the
// last part.
const marked = /(<!-- lrbot eval: ([^>]+) -->\n)(?:\|.*\n)*/g;

/** A page with its tables as a summary has them. @throws RangeError where a comment asks for what the summary does not have */
export function withTables(page: string, summary: Summary): string {
  return page.replace(marked, (_, comment: string, asked: string) => `${comment}${tableOf(asked, summary)}`);
}

function tableOf(asked: string, summary: Summary): string {
  const [group = "", of = "", keys = "", names] = asked.split(",").map((part) => part.trim());
  const found = summary.groups.find((one) => one.group === group);
  if (!found || (of !== "figures" && of !== "difference"))
    throw new RangeError(`Expected a group of the summary, and figures or difference, got ${asked}.`);
  const specs = keys.split(" ").map((key) => {
    const spec = figureSpecs.find((one) => one.key === key);
    if (!spec) throw new RangeError(`Expected a figure's key, got ${key}.`);
    return spec;
  });
  const rows = names === undefined ? found.rows : names.split(" ").map((name) => rowOf(name, found.rows));
  const cellsOf = (row: SummaryRow) =>
    specs.map(({ key, digits }) => {
      const figure = row[of]?.[key];
      return figure ? intervalText(figure, digits) : "";
    });
  return [
    ["way", ...specs.map(({ title }) => title)],
    ["---", ...specs.map(() => "---")],
    ...rows.flatMap((row) => {
      const cells = cellsOf(row);
      return cells.every((cell) => cell === "") ? [] : [[`\`${row.name}\``, ...cells]];
    }),
  ]
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}

function rowOf(name: string, rows: readonly SummaryRow[]): SummaryRow {
  const row = rows.find((one) => one.name === name);
  if (!row) throw new RangeError(`Expected a row of the summary, got ${name}.`);
  return row;
}

const root = join(import.meta.dirname, "..");

/**
 * Writes the tables of the method's page anew, from the committed summary. With `--cache DIR`, the cache of a run of the embedded pack's
 * set, what that run knows is added to `docs/eval/tables` too.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const [option, cache] = args;
  const published = option === "--cache" && cache !== undefined ? await publish(cache) : null;
  if (published !== null) log(`${published} pictures' tables were written to docs/eval/tables`);
  const file = join(root, "docs/method.md");
  const summary: Summary = JSON.parse(await readFile(join(root, "docs/eval/mini.json"), "utf8"));
  const page = await readFile(file, "utf8");
  await writeFile(file, withTables(page, summary));
  const tables = [...page.matchAll(marked)].length;
  log(`${tables} tables of docs/method.md are those of ${summary.pictures} pictures`);
  return { published, tables };
}

async function publish(cache: string): Promise<number> {
  const to = join(root, "docs/eval/tables");
  await mkdir(to, { recursive: true });
  const owners = await readdir(cache);
  for (const owner of owners) {
    const path = join(to, publishedName(owner));
    await writeFile(path, await publishCache(join(cache, owner), path));
  }
  return owners.length;
}
