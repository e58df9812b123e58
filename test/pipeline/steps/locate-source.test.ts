import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCache } from "../../../src/pipeline/cache.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { findAnchors } from "../../../src/pipeline/regions/anchors.ts";
import { extractFeatures } from "../../../src/pipeline/steps/features.ts";
import { locateSource } from "../../../src/pipeline/steps/locate-source.ts";
import { embedText, withArticle } from "../../../src/pipeline/steps/prompt.ts";
import { findSource } from "../../../src/pipeline/steps/source-noun.ts";
import type { Box } from "../../../src/types.ts";
import { loadMini, scene } from "../mini.ts";

let models: Models;
const nouns = createCache<readonly Float32Array[]>(1);
beforeAll(async () => {
  models = await loadMini();
});
afterAll(() => models[Symbol.asyncDispose]());

const scenes: readonly { file: string; caption: string; source: string; box: Box }[] = readFileSync(
  scene("prompts.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line))
  .filter(({ source }) => source !== undefined);

async function optionsFor(picture: Picture, request: { source: string | null; box: Box | null }) {
  const features = await extractFeatures(models, picture);
  const anchors = findAnchors(features.attention, picture, { anchors: 8, spacing: null });
  const embed = (noun: string) => embedText(models, withArticle(noun));
  return { request, models, picture, features, anchors, nouns, embed };
}

const locate = async (picture: Picture, source: string | null, box: Box | null = null) =>
  locateSource(await optionsFor(picture, { source, box }));

/** Share of `thing` inside `box`. */
function covered(thing: Box, box: Box | undefined): number {
  if (!box) return 0;
  const width = Math.min(thing.left + thing.width, box.left + box.width) - Math.max(thing.left, box.left);
  const height = Math.min(thing.top + thing.height, box.top + box.height) - Math.max(thing.top, box.top);
  return (Math.max(0, width) * Math.max(0, height)) / (thing.width * thing.height);
}

describe("where T_ROI lies", () => {
  it("is found for a thing that is given, on its box and not far beyond", async () => {
    let good = 0;
    for (const { file, source, box } of scenes.slice(0, 8)) {
      const { things, ...rest } = await locate(await readPicture(scene(file)), source);
      expect(rest).toEqual({ text: source, from: "given", confidence: 1, warnings: [] });
      const [thing] = things;
      if (thing && covered(box, thing) >= 0.75 && covered(thing, box) >= 0.5) good++;
    }
    // 6 of these 8.
    expect(good).toBeGreaterThanOrEqual(5);
  });

  it("is found without a word where the picture has one thing, which is sure", async () => {
    let right = 0;
    const alone = scenes.filter(({ caption }) => !caption.includes(" and ")).slice(0, 6);
    for (const { file, source } of alone) {
      const found = await locate(await readPicture(scene(file)), null);
      if (found.text === source && found.warnings.length === 0) right++;
    }
    expect(right).toBeGreaterThanOrEqual(5);
  });

  it("is a guess where the picture has two things, and said to be one", async () => {
    const two = scenes.filter(({ caption }) => caption.includes(" and ")).slice(0, 6);
    let guesses = 0;
    for (const { file } of two) {
      const found = await locate(await readPicture(scene(file)), null);
      const codes = found.warnings.map(({ code }) => code);
      if (codes.includes("source-uncertain")) guesses++;
    }
    expect(guesses).toBeGreaterThanOrEqual(4);
  });

  it("is nowhere, and T_ROI nothing, in a picture that shows nothing of the pack's world", async () => {
    // Stripes: all of them draw as much attention, and no thing looks like them.
    const rgb = Uint8Array.from({ length: 96 * 96 * 3 }, (_, at) => (Math.floor(at / 3) % 7 < 3 ? 200 : 40));
    const picture = { width: 96, height: 96, rgb, alpha: null };
    const found = await locate(picture, null);
    expect(found).toMatchObject({ text: "", from: "none", confidence: 0, things: [] });
    expect(found.warnings.map(({ code }) => code)).toEqual(["source-unknown"]);
    // Nor in a box of it.
    expect(await locate(picture, null, { left: 8, top: 8, width: 64, height: 64 })).toMatchObject({
      from: "none",
    });
    // What a person says is not doubted.
    expect(await locate(picture, "rabbit")).toMatchObject({ text: "rabbit", from: "given", confidence: 1 });
  });

  it("is not asked for where the pack's CLIP names no patches: T_ROI is as it was", async () => {
    const picture = await readPicture(scene("s003.png"));
    const { pack } = models;
    const plain = { ...models, pack: { ...pack, manifest: { ...pack.manifest, source: null } } };
    for (const source of [null, "house"]) {
      const options = { ...(await optionsFor(picture, { source, box: null })), models: plain };
      expect(await locateSource(options)).toEqual({ ...(await findSource(options)), things: [] });
    }
  });
});
