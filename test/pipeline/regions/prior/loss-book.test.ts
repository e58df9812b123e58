import { appendFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lossBookLimits, openLossBook } from "../../../../src/pipeline/regions/prior/loss-book.ts";
import { type LossRecord, lineOf } from "../../../../src/pipeline/regions/prior/records.ts";
import { recordsOf } from "./law.ts";

const [record] = recordsOf({ pictures: 1, seed: 1, boxes: 4 }) as [LossRecord];
const bytes = lineOf(record).length + 1;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-book-"));
});
afterEach(() => rm(folder, { recursive: true }));

const bookOf = (month: string, limits = lossBookLimits) =>
  openLossBook({ folder: join(folder, "losses"), month: () => month, limits });

describe("a book of losses", () => {
  it("has no lines before the first", async () => {
    expect(await bookOf("2026-11").lines()).toEqual([]);
    expect(await bookOf("2026-11").size()).toBe(0);
  });

  it("keeps what is added, in order, for its user's eyes alone", async () => {
    const book = bookOf("2026-11");
    await book.add(lineOf(record));
    await book.add(lineOf({ ...record, steps: 4 }));
    expect((await book.lines()).map((line) => JSON.parse(line).steps)).toEqual([3, 4]);
    expect(await book.size()).toBe(2 * bytes);
    if (process.platform !== "win32")
      expect((await stat(join(folder, "losses", "2026-11-000.jsonl"))).mode & 0o077).toBe(0);
  });

  it("loses no more than the line that somebody was killed in", async () => {
    const book = bookOf("2026-11");
    await book.add(lineOf(record));
    await appendFile(join(folder, "losses", "2026-11-000.jsonl"), lineOf(record).slice(0, 40));
    await book.add(lineOf(record));
    expect(await book.lines()).toEqual([lineOf(record), lineOf(record).slice(0, 40), lineOf(record)]);
  });

  it("keeps the lines of two that add at once whole", async () => {
    const [one, other] = [bookOf("2026-11"), bookOf("2026-11")];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).add(lineOf(record))),
    );
    expect(await one.lines()).toEqual(Array(20).fill(lineOf(record)));
  });

  it("forgets months that are over, once something is added", async () => {
    const limits = { ...lossBookLimits, months: 2 };
    for (const month of ["2025-11", "2025-12", "2026-01"]) await bookOf(month, limits).add(lineOf(record));
    expect(await readdir(join(folder, "losses"))).toEqual(["2025-12-000.jsonl", "2026-01-000.jsonl"]);
  });

  it("never takes more room than it may, and loses the oldest first", async () => {
    const limits = { months: 12, bytes: 4 * bytes, fileBytes: 2 * bytes };
    const book = bookOf("2026-11", limits);
    for (let steps = 1; steps <= 9; steps++) {
      await book.add(lineOf({ ...record, steps }));
      expect(await book.size()).toBeLessThanOrEqual(4 * bytes);
    }
    const kept = (await book.lines()).map((line) => JSON.parse(line).steps);
    expect(kept).toEqual([7, 8, 9]);
  });

  it("is empty once it was cleared, and leaves alone what is not its own", async () => {
    const book = bookOf("2026-11");
    await book.add(lineOf(record));
    await appendFile(join(folder, "losses", "notes.txt"), "mine");
    await book.clear();
    expect(await readdir(join(folder, "losses"))).toEqual(["notes.txt"]);
  });
});
