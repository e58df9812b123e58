import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/lrbot.ts";

const mini = join(import.meta.dirname, "../../models/mini");
const recipe = join(mini, "train");
const python = (...words: string[]) =>
  spawnSync("python3", ["-B", "-W", "ignore", ...words], {
    cwd: recipe,
    encoding: "utf8",
  });

const hasPython = python("-c", "import json").status === 0;
const hasLibraries = hasPython && python("-c", "import numpy, diffusers, transformers").status === 0;
const because = (missing: string, isThere: boolean) => (isThere ? "" : ` (skipped: ${missing})`);

describe(`the embedded pack's recipe${because("no python3", hasPython)}`, () => {
  it.skipIf(!hasPython)("knows the things, words and synonyms that the pack has", () => {
    const script =
      "import json, world; print(json.dumps([world.NAMES, world.words(), [f'{a}: {b}' for a, b in world.synonyms()]]))";
    const { stdout, stderr } = python("-c", script);
    expect(stderr).toBe("");
    const lines = (name: string) => readFileSync(join(mini, name), "utf8").trimEnd().split("\n");
    expect(JSON.parse(stdout)).toEqual([lines("nouns.txt"), lines("words.txt"), lines("synonyms.txt")]);
  });
});

describe(`diffusers' inpainting pipeline${because("no diffusers for python3", hasLibraries)}`, () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  it.skipIf(!hasLibraries)(
    "loads the pack, and paints the same picture from the same noise",
    () => {
      const { stdout, stderr, status } = python("proof.py", mini, folder);
      expect(status, stderr).toBe(0);
      const { largest, mean } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      expect(largest).toBeLessThanOrEqual(2);
      expect(mean).toBeLessThan(0.01);
    },
    300_000,
  );
});
