import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linesOf, parseLooseJson, readTextFile, withoutNulls } from "../../src/packs/text-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "texts-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16();

describe("a text file", () => {
  const text = '{"größe": "大"}\n';
  it.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, low byte first", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16, high byte first", bigEndian(`\ufeff${text}`)],
  ])("in %s is read as its characters, without the mark", async (_form, bytes) => {
    const file = join(folder, "text");
    await writeFile(file, bytes);
    expect(await readTextFile(file)).toBe(text);
  });

  it("that is not there is told as the system tells it", async () => {
    await expect(readTextFile(join(folder, "absent"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each(["\n", "\r\n", "\r"])("has its lines whether they end in %j", (end) => {
    expect(linesOf(`a b${end}${end}c`)).toEqual(["a b", "", "c"]);
  });
});

describe("JSON as Python writes it", () => {
  it("has infinities and what is no number as null, and texts as they are", () => {
    const text = '{"a": -Infinity, "b": [NaN, Infinity], "c": "x: NaN"}';
    expect(parseLooseJson(text)).toEqual({ a: null, b: [null, null], c: "x: NaN" });
    expect(() => parseLooseJson("{")).toThrow();
  });

  it("says nothing by null, however deep, and keeps the entries of lists", () => {
    const value = { a: null, b: { c: null, d: 0 }, e: [null, 1], f: false };
    expect(withoutNulls(value)).toEqual({ b: { d: 0 }, e: [null, 1], f: false });
    expect([withoutNulls(null), withoutNulls(3)]).toEqual([null, 3]);
  });
});
