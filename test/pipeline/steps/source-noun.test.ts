import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCache } from "../../../src/pipeline/cache.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { findAnchors } from "../../../src/pipeline/regions/anchors.ts";
import { extractFeatures } from "../../../src/pipeline/steps/features.ts";
import { embedTexts, readText, unknownWords, withArticle } from "../../../src/pipeline/steps/prompt.ts";
import { cutOut, findSource } from "../../../src/pipeline/steps/source-noun.ts";
import type { Box } from "../../../src/types.ts";
import { loadMini, scene } from "../mini.ts";

let models: Models;
beforeAll(async () => {
  models = await loadMini();
});
afterAll(() => models[Symbol.asyncDispose]());

/** Scenes in which one thing is to be replaced, and where it stands. */
const scenes: { file: string; source: string; box: Box }[] = readFileSync(
  join(import.meta.dirname, "../../../models/mini/eval/prompts.jsonl"),
  "utf8",
)
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line))
  .filter(({ kind }) => kind === "replace");

describe("texts as CLIP sees them", () => {
  it("are embedded in runs of at most 96, however many there are, in order", async () => {
    const rows: number[] = [];
    const clip: Models["clip"] = {
      ...models.clip,
      embedTexts(ids) {
        rows.push(ids.shape[0]);
        return models.clip.embedTexts(ids);
      },
    };
    const texts = Array.from({ length: 200 }, (_, index) => `a tree ${models.nouns[index % 80]}`);
    const embeds = await embedTexts({ ...models, clip }, texts);
    expect(rows).toEqual([96, 96, 8]);
    expect(embeds).toHaveLength(200);
    const [alone] = await embedTexts(models, [texts[130] ?? ""]);
    for (const [at, value] of (alone ?? []).entries()) expect(embeds[130]?.[at]).toBeCloseTo(value, 4);
  });
});

describe("the source noun of a picture", () => {
  it("is mostly the thing that stands in the given box", async () => {
    const nouns = createCache<readonly Float32Array[]>(1);
    let right = 0;
    for (const { file, source, box } of scenes.slice(0, 12)) {
      const picture = await readPicture(scene(file));
      const found = await findSource({ request: { source: null, box }, models, picture, anchors: [], nouns });
      expect(found.from).toBe("found");
      expect(models.nouns).toContain(found.text);
      if (found.text === source) right++;
    }
    // 8 of these 12.
    expect(right).toBeGreaterThanOrEqual(7);
  });

  it("is looked for around the strongest anchors where no box is given", async () => {
    const nouns = createCache<readonly Float32Array[]>(1);
    let right = 0;
    for (const { file, source } of scenes.slice(0, 12)) {
      const picture = await readPicture(scene(file));
      const { attention } = await extractFeatures(models, picture);
      const anchors = findAnchors(attention, picture, { anchors: 8, spacing: null });
      const found = await findSource({
        request: { source: null, box: null },
        models,
        picture,
        anchors,
        nouns,
      });
      expect(found.warnings.map(({ code }) => code)).toEqual(
        found.confidence < 0.5 ? ["source-uncertain"] : [],
      );
      if (found.text === source) right++;
    }
    // 6 of these 12: some show a second thing that draws more attention.
    expect(right).toBeGreaterThanOrEqual(4);
  });

  it("that was given is taken as it is, and nothing is looked at", async () => {
    const picture = await readPicture(scene("s000.png"));
    const runs = models.runtime.times.runs;
    const request = { source: "spaceship", box: null };
    const nouns = createCache<readonly Float32Array[]>(1);
    expect(await findSource({ request, models, picture, anchors: [], nouns })).toEqual({
      text: "spaceship",
      from: "given",
      confidence: 1,
      warnings: [],
    });
    expect(models.runtime.times.runs).toBe(runs);
  });

  it("is compared with nouns that were embedded once", async () => {
    const picture = await readPicture(scene("s000.png"));
    const nouns = createCache<readonly Float32Array[]>(1);
    const request = { source: null, box: { left: 0, top: 0, width: 99, height: 99 } };
    const runsOf = async () => {
      const before = models.runtime.times.runs;
      await findSource({ request, models, picture, anchors: [], nouns });
      return models.runtime.times.runs - before;
    };
    const [first, second] = [await runsOf(), await runsOf()];
    expect(second).toBe(1);
    expect(first).toBeGreaterThan(second);
  });
});

describe("a cut-out", () => {
  it("holds the pixels of its box, row by row", () => {
    const rgb = Uint8Array.from({ length: 5 * 4 * 3 }, (_, index) => index);
    const cut = cutOut({ width: 5, height: 4, rgb, alpha: null }, { left: 1, top: 2, width: 2, height: 2 });
    expect(cut).toMatchObject({ width: 2, height: 2, alpha: null });
    expect([...cut.rgb]).toEqual([33, 34, 35, 36, 37, 38, 48, 49, 50, 51, 52, 53]);
  });
});

describe("texts for CLIP", () => {
  it("get an article, unless they have one", () => {
    expect(
      ["dog", "apple", "a dog", "An owl", "the sea", "two cats", "umbrella", "another dog", "unicorn"].map(
        withArticle,
      ),
    ).toEqual([
      "a dog",
      "an apple",
      "a dog",
      "An owl",
      "the sea",
      "two cats",
      "an umbrella",
      "an another dog",
      "a unicorn",
    ]);
  });

  it("are embedded each as if alone", async () => {
    const [together, alone] = [
      await embedTexts(models, ["a dog", "a red car in the snow", "a dog"]),
      await embedTexts(models, ["a dog"]),
    ];
    expect(together).toHaveLength(3);
    expect(together[0]).toEqual(together[2]);
    for (const [index, value] of (alone[0] ?? []).entries())
      expect(together[0]?.[index]).toBeCloseTo(value, 4);
  });

  it("are warned about where they are cut or leave the pack's world, and not otherwise", () => {
    const codes = (prompt: string) => readText(models, prompt).warnings.map(({ code }) => code);
    expect(codes("a big red tree")).toEqual([]);
    expect(codes("a zeppelin")).toEqual(["words-unknown"]);
    expect(codes("a tree ".repeat(20))).toEqual(["prompt-cut"]);
    const [cut] = readText(
      models,
      `${"a tree ".repeat(11)}a big red house ${"a tree ".repeat(100)}`,
    ).warnings;
    expect(cut?.text).toMatch(/this was cut off: "[^"]*a big red house[^"]* \.\.\."\.$/);
    expect(cut?.text.length).toBeLessThan(200);
    const [warning] = readText(models, "a zeppelin over Zeppelin, 🐰").warnings;
    expect(warning?.text).toContain('"zeppelin", "over", "🐰"');
  });

  it("are read with the world's words for unknown ones, and the warning says which", () => {
    const read = (prompt: string) => readText(models, prompt).text;
    expect(read("A puppy in the snow")).toBe("a dog in the snow");
    expect(read("an enormous oak, two puppies")).toBe("a big tree, two dogs");
    expect(read("a plane")).toBe("an airplane");
    expect(read("a catfish")).toBe("a fish");
    expect(read("a zeppelin")).toBe("a zeppelin");
    const [warning] = readText(models, "a kitten on a zeppelin").warnings;
    expect(warning).toMatchObject({ code: "words-unknown" });
    expect(warning?.text).toContain(
      'does not know "kitten" and takes it for "cat". The pack mini does not know "zeppelin".',
    );
  });

  it("are told as data: what was taken for what, and what is not known", () => {
    const [warning] = readText(models, "a zebra driving a spaceship").warnings;
    expect(warning).toMatchObject({
      code: "words-unknown",
      data: {
        pack: "mini",
        taken: [
          { word: "zebra", as: "horse" },
          { word: "spaceship", as: "rocket" },
        ],
        unknown: ["driving"],
        more: 0,
      },
    });
  });

  it("name a few of hundreds of unknown words, and count the others", () => {
    const many = Array.from({ length: 500 }, (_, index) => `qx${index.toString(36)}z`).join(" ");
    for (const prompt of [many, "🐰🦊".repeat(500)]) {
      for (const { text } of readText(models, prompt).warnings) expect(text.length).toBeLessThan(600);
    }
    const found = readText(models, many).warnings.find(({ code }) => code === "words-unknown");
    expect(found?.data).toMatchObject({ unknown: { length: 8 }, more: 492 });
  });

  it("are parted into words by whole letters, with the marks that belong to them", () => {
    const parted = (text: string) => unknownWords(text, new Set());
    expect(parted("एक लाल बिल्ली")).toEqual(["एक", "लाल", "बिल्ली"]);
    expect(parted("قِطَّةٌ")).toEqual(["قِطَّةٌ"]);
    expect(parted("cafe\u0301 ✨")).toEqual(["caf\u00e9", "✨"]);
    expect(parted("👩🏽‍🚀 👍🏿")).toEqual(["👩🏽‍🚀", "👍🏿"]);
    expect(parted("ஒரு பெரிய மரம்")).toEqual(["ஒரு", "பெரிய", "மரம்"]);
    expect(parted("একটি বড় গাছ")).toHaveLength(3);
    expect(parted("großer Đại thụ".normalize("NFD"))).toEqual(["großer", "đại", "thụ"]);
    expect(parted("ต้นไม้ใหญ่กับดอกไม้")).toEqual(["ต้นไม้", "ใหญ่", "กับ", "ดอกไม้"]);
    expect(parted("大きな赤い木")).toEqual(["大きな", "赤い", "木"]);
  });

  it("know no unknown words where the world is open", () => {
    expect(unknownWords("anything goes", null)).toEqual([]);
    expect(unknownWords("Anything, GOES! it's", new Set(["goes", "it"]))).toEqual(["anything"]);
    expect(unknownWords("the cat’s hat, DON'T rock'n'roll", new Set(["the", "rock"]))).toEqual([
      "cat",
      "hat",
      "don",
      "n",
      "roll",
    ]);
    expect(unknownWords("...", new Set())).toEqual([]);
  });
});
