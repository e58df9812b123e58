import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../src/eval/evaluate.ts";
import { parseChoosers } from "../../src/eval/names.ts";
import type { EvaluationEvent, EvaluationOrder } from "../../src/eval/order.ts";
import type { ResultRow } from "../../src/eval/rows.ts";
import { readSet } from "../../src/eval/set.ts";
import { publishCache } from "../../src/eval/table/picture-cache.ts";
import { publishedName } from "../../src/eval/table/table.ts";
import { openPack } from "../../src/packs/open.ts";

const models = join(import.meta.dirname, "../../models");
const pack = await openPack("mini", { roots: [models] });
let folder = "";
let set = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-eval-"));
  set = join(folder, "set");
  writeSet(set, [
    {
      file: "a.png",
      from: "s004.png",
      prompt: "a penguin",
      target: "penguin",
      source: "duck",
      box: { left: 57, top: 44, width: 79, height: 78 },
    },
    {
      file: "b.png",
      from: "s001.png",
      prompt: "a big tree with many flowers",
      target: "tree",
      ambiguous: true,
    },
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function writeSet(to: string, lines: readonly ({ file: string; from: string } & Record<string, unknown>)[]) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const { file, from } of lines) copyFileSync(join(models, "mini/eval", from), join(to, file));
  writeFileSync(
    join(to, "prompts.jsonl"),
    lines.map(({ from: _, ...line }) => JSON.stringify(line)).join("\n"),
  );
}

async function orderOf(out: string, change: Partial<EvaluationOrder> = {}): Promise<EvaluationOrder> {
  return {
    ...{
      pack,
      scorer: pack,
      set: "set",
      pictures: await readSet(set),
      methods: [],
      ablations: [],
      ...{ tables: 0, compared: 2, shown: null },
    },
    choosers: parseChoosers("centre,whole", pack.manifest),
    ...{ isSourceGiven: false, isFast: true, out: join(folder, out), device: "cpu", threads: 1 },
    ...{ published: null, part: null },
    ...change,
  };
}

async function run(order: EvaluationOrder, signal = new AbortController().signal) {
  const events: EvaluationEvent[] = [];
  let now = 0;
  const answer = await evaluate(order, {
    signal,
    tell: (event) => events.push(event),
    monotonic: () => (now += 1000),
  });
  return { answer, events };
}

const rowsIn = (out: string): ResultRow[] =>
  readFileSync(join(folder, out, "results.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Without what processors need differently. */
const timeless = (out: string) => rowsIn(out).map(({ seconds: _, firstSeconds: __, ...row }) => row);

/** Every file of a folder but the cache, by name. */
const filesIn = (out: string) =>
  readdirSync(join(folder, out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/cache"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path).toString("base64")]);

describe("an evaluation", () => {
  it("gives a line for each picture and chooser, the same bytes again from what is kept, and paints nothing twice", async () => {
    const { answer, events } = await run(await orderOf("one"));
    expect(answer).toMatchObject({ pictures: 2, rows: 4, painted: 4 });
    expect(events.some(({ secondsLeft }) => secondsLeft !== null)).toBe(true);
    const rows = rowsIn("one");
    expect(rows.map(({ file, name }) => [file, name])).toEqual([
      ...[
        ["a.png", "centre"],
        ["a.png", "whole"],
      ],
      ...[
        ["b.png", "centre"],
        ["b.png", "whole"],
      ],
    ]);
    const [centre, whole] = rows;
    expect(centre?.pixels.changed).toBeGreaterThan(0.2);
    expect(whole?.pixels.changed).toBeGreaterThan(centre?.pixels.changed ?? 1);
    expect(whole?.placing).toMatchObject({ covered: 1, isCovered: true });
    expect(centre?.training).toEqual(centre?.second);
    expect(rows.map(({ placing }) => placing === null)).toEqual([false, false, true, true]);
    expect(rows.map(({ isAmbiguous }) => isAmbiguous)).toEqual([false, false, true, true]);
    expect(rows.every(({ calls, regret }) => calls === 1 && regret === null)).toBe(true);

    const before = filesIn("one");
    const again = await run(await orderOf("one"));
    expect(again.answer.painted).toBe(0);
    expect(filesIn("one")).toEqual(before);
  });

  it("needs no kept frames for its figures, also from what another run published, and paints again what it shows alone", async () => {
    const known = (name: string) => !name.includes("frames");
    cpSync(join(folder, "one/cache"), join(folder, "four/cache"), { recursive: true, filter: known });
    const { answer } = await run(await orderOf("four", { shown: 0 }));
    expect(answer.painted).toBe(0);
    expect(rowsIn("four")).toEqual(rowsIn("one"));
    const report = (out: string) => readFileSync(join(folder, out, "report.html"), "utf8");
    expect([report("one"), report("four")].map((html) => html.includes("pictures/1-whole.jpg"))).toEqual([
      true,
      false,
    ]);
    expect(readdirSync(join(folder, "four/pictures"))).toEqual([]);

    const tables = join(folder, "tables");
    mkdirSync(tables);
    for (const owner of readdirSync(join(folder, "one/cache")))
      writeFileSync(
        join(tables, publishedName(owner)),
        await publishCache(join(folder, "one/cache", owner), join(tables, publishedName(owner))),
      );
    const elsewhere = await run(await orderOf("five", { shown: 0, published: tables }));
    expect(elsewhere.answer.painted).toBe(0);
    expect(readFileSync(join(folder, "five/results.jsonl"))).toEqual(
      readFileSync(join(folder, "four/results.jsonl")),
    );
    expect(report("five")).toBe(report("four"));

    const shown = await run(await orderOf("four", { shown: 1 }));
    expect(shown.answer.painted).toBe(2);
    expect(readdirSync(join(folder, "four/pictures"))).toEqual([
      "1-centre.jpg",
      "1-source.jpg",
      "1-whole.jpg",
    ]);
    expect(rowsIn("four")).toEqual(rowsIn("one"));
  });

  it("goes on where it was stopped", async () => {
    const controller = new AbortController();
    const order = await orderOf("two");
    const stopped = evaluate(order, {
      signal: controller.signal,
      tell: ({ painted }) => painted === 1 && controller.abort(),
      monotonic: () => 0,
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const { answer } = await run(order);
    expect(answer.painted).toBe(3);
    expect(timeless("two")).toEqual(timeless("one"));
  });

  it("is shared by parts, each of its own pictures; what they painted is reported by a run without one", async () => {
    for (const number of [2, 1]) {
      const { answer, events } = await run(await orderOf("shared", { part: { number, of: 2 } }));
      expect(answer).toEqual({ pictures: 1, rows: 2, painted: 2, files: [] });
      expect(new Set(events.map(({ file, pictures }) => `${file} of ${pictures}`))).toEqual(
        new Set([number === 2 ? "b.png of 1" : "a.png of 1"]),
      );
      expect(existsSync(join(folder, "shared/results.jsonl"))).toBe(false);
    }
    const { answer } = await run(await orderOf("shared"));
    expect(answer).toMatchObject({ pictures: 2, rows: 4, painted: 0 });
    expect(timeless("shared")).toEqual(timeless("one"));
  });

  it("refuses a box outside its picture, and a file that is no picture, by their lines and before it computes", async () => {
    const other = join(folder, "other");
    const box = { left: 300, top: 0, width: 100, height: 10 };
    writeSet(other, [{ file: "a.png", from: "s004.png", prompt: "x", box }]);
    const pictures = await readSet(other);
    await expect(run(await orderOf("three", { pictures }))).rejects.toMatchObject({
      code: "set-invalid",
      message: /a box inside the picture of \d+x\d+ in line 1 of /,
    });
    writeFileSync(join(other, "a.png"), "no picture");
    await expect(run(await orderOf("three", { pictures }))).rejects.toMatchObject({
      code: "set-invalid",
      message: /a picture in a\.png in line 1 of /,
    });
  });
});
