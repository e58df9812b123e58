import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The cells of each row of a page's tables, without heads. */
function rowsOf(page: string): string[][] {
  const lines = page.split("\n");
  const isRow = (line: string, index: number) =>
    line.startsWith("| ") && !line.startsWith("| ---") && !lines[index + 1]?.startsWith("| ---");
  return lines.filter(isRow).map((line) => line.slice(2, -2).split(" | "));
}

/** Names in code, as `bots/words` for `test/bots/words.test.ts`; a folder stands for all in it. */
function testsMissing(cell: string): string[] {
  const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  return names
    .filter((name) => !name.startsWith("bench "))
    .filter((name) => ![`${name}.test.ts`, name].some((path) => existsSync(join(root, "test", path))));
}

describe("the page of field reports", () => {
  const page = read("docs/field-reports.md");
  const rows = rowsOf(page);

  it("names each report once, by a link to where it is, and tests that there are", () => {
    const reports = rows.map(([report = ""]) => report);
    expect(new Set(reports).size).toBe(reports.length);
    for (const [report = "", there, here, tests = ""] of rows) {
      const [, name, number, repository, to] =
        /^\[(.+)#(\d+)\]\(https:\/\/github\.com\/(.+)\/(?:issues|pull)\/(\d+)\)$/.exec(report) ?? [];
      expect([repository, to], report).toEqual([name, number]);
      expect(there && here, report).toBeTruthy();
      expect(tests, report).toContain("`");
      expect(testsMissing(tests), report).toEqual([]);
    }
  });

  it("counts them, and the files of tests, as they are", () => {
    const tests = new Set(rows.flatMap(([, , , cell = ""]) => cell.match(/`[^`]+`/g) ?? []));
    const text = page.replace(/\s+/g, " ");
    expect(text).toContain(`went wrong in ${rows.length} public reports`);
    expect(text).toContain(`All ${rows.length} end`);
    expect(text).toContain(`The ${tests.size} files of tests`);
    const groups = page
      .split("\n## ")
      .slice(1)
      .map((group) => rowsOf(group).length);
    const told = [...(text.match(/at small size: ([^.]+)\./)?.[1] ?? "").matchAll(/(\d+) of/g)];
    expect(told.map(([, count]) => Number(count))).toEqual(groups);
  });
});

it("what is promised when something fails names tests that there are", () => {
  const [, promises = ""] = read("docs/operating.md").split("## What is promised when something fails");
  const rows = rowsOf(promises.split("\n## ")[0] ?? "").filter(([event = ""]) => !event.startsWith("**"));
  expect(rows.length).toBeGreaterThan(20);
  for (const [event, , , , tests = ""] of rows) expect(testsMissing(tests), event).toEqual([]);
});

it("the page on servers names licence and card of each workflow that ships, as they stand beside it", () => {
  const section = read("docs/remote.md").split("## Painters of today")[1]?.split("\n## ")[0] ?? "";
  const told = rowsOf(section).map(([name = "", ...cells]) => [name.replaceAll("`", ""), ...cells]);
  const abouts = readdirSync(join(root, "models/workflows")).filter((file) => file.endsWith(".about.json"));
  expect(told.map(([name]) => `${name}.about.json`).sort()).toEqual(abouts.sort());
  for (const [name, title, licence, card] of told) {
    const about = JSON.parse(read(`models/workflows/${name}.about.json`));
    expect(title).toBe(about.title);
    expect(licence).toBe(`[${about.license.id}](${about.license.url}): ${about.license.says}`);
    expect(card).toBe(`${about.card.gigabytes} GB: [${about.card.says}](${about.card.url})`);
  }
});

it("links between pages lead somewhere", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...rowsOf(read("docs/README.md")).flatMap((cells) =>
      [...cells.join(" ").matchAll(/\]\(([^)]+\.md)\)/g)].map(([, path = ""]) => join("docs", path)),
    ),
  ];
  expect(pages.length).toBeGreaterThan(15);
  for (const page of new Set(pages)) {
    for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(root, dirname(page), link)), `${page}: ${link}`).toBe(true);
    }
  }
});

describe("the page on architecture", () => {
  const page = read("docs/architecture.md");
  const sectionOf = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

  it("has a room for each folder of src/, and names no other", () => {
    const map = /```\n([\s\S]*?)```/.exec(sectionOf("The rooms"))?.[1] ?? "";
    const rooms = [...map.matchAll(/^ {2}(\w+)\/(?: {2}(\w+)\/)?/gm)].flatMap(([, one = "", two]) =>
      two ? [one, two] : [one],
    );
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(rooms.toSorted()).toEqual(folders.toSorted());
  });

  it("tells the way of a message in at most 15 stations, of files that there are", () => {
    const stations = sectionOf("The way of one message").match(/^\d+\. .*$/gm) ?? [];
    expect(stations.length).toBeGreaterThan(5);
    expect(stations.length).toBeLessThanOrEqual(15);
    for (const station of stations) {
      for (const [, path = ""] of station.matchAll(/`([a-z-]+\/[a-z./-]*)`/g)) {
        const isThere = ["src", "src/pipeline"].some((folder) => existsSync(join(root, folder, path)));
        expect(isThere, `${station}: ${path}`).toBe(true);
      }
    }
  });

  it("has no recipe of more than four files, beside the folder of what is added", () => {
    const recipes = rowsOf(sectionOf("Recipes"));
    expect(recipes.length).toBeGreaterThanOrEqual(10);
    for (const [what, files = ""] of recipes) {
      const most = Math.max(...(files.match(/\d+/g) ?? ["9"]).map(Number));
      expect(most + (files.includes("folder") ? 1 : 0), what).toBeLessThanOrEqual(4);
    }
  });
});
