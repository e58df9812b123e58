import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createStudySets, presentIn } from "../../../src/bots/study/study-set.ts";
import { makeStudySet } from "./make-study-set.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-sets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, ...lines: readonly unknown[]) => {
  mkdirSync(join(folder, name), { recursive: true });
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  writeFileSync(join(folder, name, "study.jsonl"), text);
};
const line = { picture: "p", prompt: "a castle", source: "s.png", results: { a: "a.png", b: "b.png" } };

it("reads sets as they are written, and passes over empty lines and unknown keys", async () => {
  await makeStudySet(join(folder, "small"));
  write("other", { ...line, note: 1 }, "", { ...line, picture: "q" });
  mkdirSync(join(folder, "no set"));
  const sets = createStudySets(folder);
  expect(await sets.names()).toEqual(["other", "small"]);
  const small = await sets.open("small");
  expect(small.methods).toEqual(["ours", "theirs"]);
  expect(small.pictures[0]?.results.get("ours")).toBe(join(folder, "small", "ours-1.png"));
  expect((await sets.open("other")).pictures).toHaveLength(2);
});

it.each([
  ["no JSON", ["{"], 1],
  ["no prompt", [{ ...line, prompt: " " }], 1],
  ["a file outside of the folder", [line, { ...line, picture: "q", source: "../s.png" }], 2],
  ["an absolute path", [{ ...line, results: { a: "/etc/passwd", b: "b.png" } }], 1],
  ["a picture twice", [line, "", line], 3],
])("refuses a set with %s, naming the line", async (_, lines, number) => {
  write("bad", ...lines);
  await expect(createStudySets(folder).open("bad")).rejects.toMatchObject({
    code: "study-set-invalid",
    reason: { line: number },
  });
});

it("refuses what is not there, lies elsewhere, or has nothing to compare", async () => {
  write("one", { ...line, results: { a: "a.png" } }, { ...line, picture: "q", results: { b: "b.png" } });
  const sets = createStudySets(join(folder, "inside"));
  for (const name of ["none", "..", "../one", ".", "", "a/b"]) {
    await expect(sets.open(name)).rejects.toMatchObject({ code: "study-set-missing" });
  }
  await expect(createStudySets(folder).open("one")).rejects.toMatchObject({ code: "study-methods-too-few" });
  await expect(createStudySets(null).open("one")).rejects.toMatchObject({ reason: { sets: [] } });
});

it("leaves out what cannot be shown any more", async () => {
  await makeStudySet(join(folder, "small"), { methods: ["ours", "theirs", "others"], pictures: 3 });
  const { pictures } = await createStudySets(folder).open("small");
  rmSync(join(folder, "small", "source-1.png"));
  writeFileSync(join(folder, "small", "others-2.png"), "");
  const present = await presentIn(pictures, ["ours", "theirs", "others"]);
  expect(present.map(({ picture, results }) => [picture, results.size])).toEqual([
    ["picture 2", 2],
    ["picture 3", 3],
  ]);
  expect(await presentIn(pictures, ["ours", "others"])).toHaveLength(1);
});
