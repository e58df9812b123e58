import { describe, expect, it } from "vitest";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Inpainter, Painting } from "../../../src/pipeline/inpainters/inpainter.ts";
import { createMasks } from "../../../src/pipeline/steps/masks.ts";
import { createPatches } from "../../../src/pipeline/steps/patches.ts";
import type { Scorer } from "../../../src/pipeline/steps/scores.ts";
import type { Box, Losses, MaskMode, Progress } from "../../../src/types.ts";
import { noise, noisyPicture, randomNumbers, randomWhole } from "../image/pictures.ts";

const lossesOf = (total: number): Losses => ({ clip: total, structure: 0, direction: 0, total });
const size = { side: 64, multiple: 8 } satisfies Pick<Inpainter, "side" | "multiple">;
/** Fills frames with noise, or gives them back as they were; outside the box too, as servers may. */
const paintingOf = (paints: "noise" | "nothing"): Painting => ({
  paint: async (frames) => frames.map(({ rgb }) => (paints === "noise" ? noise(rgb.length, 5) : rgb)),
  [Symbol.asyncDispose]: async () => {},
});

interface Trial {
  readonly picture: Picture;
  readonly box: Box;
  readonly mode?: MaskMode;
  readonly paints?: "noise" | "nothing";
  /** Of candidates; the whole box's is 1. */
  readonly lossOf?: (candidate: number) => number;
  readonly signal?: AbortSignal;
}

async function mask({ picture, box, mode = "auto", paints = "noise", lossOf = () => 1, signal }: Trial) {
  const patches = createPatches({
    ...{ picture, inpainter: size, painting: paintingOf(paints), viewSide: 32 },
    framing: { boxShare: 0.6 },
  });
  const [patch] = await patches.paint([box], { steps: 1 });
  if (!patch) throw new Error("Expected a patch, got none.");
  const told: Progress[] = [];
  let scored = 0;
  const scorer: Pick<Scorer, "score"> = {
    async score(edited) {
      await Promise.all(edited);
      scored += edited.length;
      return edited.map((_, index) => ({ losses: lossesOf(lossOf(index)), t2i: 0, i2i: 0 }));
    },
  };
  const masks = createMasks({
    ...{ mode, patches, scorer, signal: signal ?? new AbortController().signal },
    meter: {
      report: (body) => told.push({ version: 1, stepsDone: 0, stepsTotal: 0, secondsLeft: null, ...body }),
    },
  });
  const painted = { anchor: 2, proposal: 0, box, patch, scores: { losses: lossesOf(1), t2i: 0, i2i: 0 } };
  const [masked] = await masks.fit([painted]);
  if (!masked) throw new Error("Expected a masked painting, got none.");
  const again = await masks.fit([painted]);
  return { masked, again, told, patches, patch, scored: () => scored };
}

function strays(before: Picture, after: Picture, box: Box): number {
  return [...after.rgb].filter((value, at) => {
    const [x, y] = [Math.floor(at / 3) % before.width, Math.floor(at / 3 / before.width)];
    const isInside = x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
    return !isInside && value !== before.rgb[at];
  }).length;
}

describe("a mask", () => {
  const seed = Date.now() % 1e6;

  it(`of a box of any size and place leaves all outside it, and alpha, as they were, and is the same again (seed ${seed})`, async () => {
    const random = randomNumbers(seed);
    for (let trial = 0; trial < 12; trial++) {
      const picture = noisyPicture(randomWhole(random, 32, 90), randomWhole(random, 32, 90), trial, true);
      // Thin ones, and ones on the picture's border, among them.
      const width = trial % 3 === 0 ? 8 : randomWhole(random, 1, picture.width);
      const height = randomWhole(random, 1, picture.height);
      const left = trial % 4 === 0 ? 0 : randomWhole(random, 0, picture.width - width);
      const box = { left, top: randomWhole(random, 0, picture.height - height), width, height };
      const first = await mask({ picture, box });
      const composed = await first.patches.compose(first.masked.patch);
      expect({ seed, trial, strays: strays(picture, composed, box) }).toEqual({ seed, trial, strays: 0 });
      expect(composed.alpha).toBe(picture.alpha);
      expect(composed.rgb).not.toEqual(picture.rgb);
      const second = await mask({ picture, box });
      expect((await second.patches.compose(second.masked.patch)).rgb).toEqual(composed.rgb);
    }
  });

  const picture = noisyPicture(80, 64, 3);
  const box = { left: 10, top: 8, width: 48, height: 40 };

  it("is the whole box, pixel for pixel as without masks, where nothing smaller serves or nothing differs", async () => {
    for (const trial of [{ lossOf: () => 1.02 }, { paints: "nothing" as const }]) {
      const { masked, patches, patch, told } = await mask({ picture, box, ...trial });
      expect((await patches.compose(masked.patch)).rgb).toEqual((await patches.compose(patch)).rgb);
      expect(masked.mask).toEqual({ losses: lossesOf(1) });
      expect(told).toMatchObject([{ phase: "mask", anchor: 2, share: 1 }]);
    }
  });

  it("is none where the whole box is asked for: nothing is scored or told, and the patch is the same", async () => {
    const { masked, patch, told, scored } = await mask({ picture, box, mode: "box" });
    expect(masked.patch).toBe(patch);
    expect([masked.mask, told, scored()]).toEqual([null, [], 0]);
  });

  it("is chosen once for a painting, whose patch stays the same then", async () => {
    const { masked, again, told } = await mask({ picture, box });
    expect(again[0]?.patch).toBe(masked.patch);
    expect(told).toHaveLength(1);
  });

  it("ends in a coded error where the edit is cancelled", async () => {
    await expect(mask({ picture, box, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});
