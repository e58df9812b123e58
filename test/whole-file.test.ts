import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeWholeFile } from "../src/whole-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-whole-"));
});
afterEach(() => rm(folder, { recursive: true }));

it.each([true, false])(
  "a file is written whole over what was there, and nothing is left beside it (synced: %s)",
  async (isSynced) => {
    const file = join(folder, "a.txt");
    await writeFile(file, "before, and longer");
    await writeWholeFile(file, "after", { isSynced });
    expect(await readFile(file, "utf8")).toBe("after");
    expect(await readdir(folder)).toEqual(["a.txt"]);
  },
);

it("writers of the same file do not mix what they write", async () => {
  const file = join(folder, "a.txt");
  const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
  await Promise.all(texts.map((text) => writeWholeFile(file, text)));
  expect(texts).toContain(await readFile(file, "utf8"));
  expect(await readdir(folder)).toEqual(["a.txt"]);
});

it("what cannot take its name leaves nothing, and fails as the system says", async () => {
  const inside = join(folder, "taken", "a.txt");
  await expect(writeWholeFile(inside, "text")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(writeWholeFile(folder, "text")).rejects.toMatchObject({ code: expect.any(String) });
  expect(await readdir(folder)).toEqual([]);
});
