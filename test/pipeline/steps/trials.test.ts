import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCache } from "../../../src/pipeline/cache.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { PaintOptions } from "../../../src/pipeline/inpainters/inpainter.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { seePicture } from "../../../src/pipeline/steps/features.ts";
import { createPainter, type Painter } from "../../../src/pipeline/steps/patches.ts";
import { createProgressMeter } from "../../../src/pipeline/steps/progress.ts";
import { embedTexts } from "../../../src/pipeline/steps/prompt.ts";
import { createJudge, type Judge } from "../../../src/pipeline/steps/scores.ts";
import { type Choice, createStudio, type Studio } from "../../../src/pipeline/steps/trials.ts";
import type { Losses, Progress } from "../../../src/types.ts";
import { loadMini, scene } from "../mini.ts";

const fullSteps = 3;

let models: Models;
let picture: Picture;
let judge: Judge;
beforeAll(async () => {
  models = await loadMini();
  picture = await readPicture(scene("s000.png"));
  const [prompt, sourceText] = await embedTexts(models, ["a rabbit", "a pine tree"]);
  if (!prompt || !sourceText) throw new Error("Expected two embeddings, got fewer.");
  const { clip: source } = await seePicture(models, picture);
  judge = createJudge(models, { source, prompt, sourceText, structureNorm: "rms" });
});
afterAll(() => models[Symbol.asyncDispose]());

const choice = (anchor: number | null, left: number, side = 64): Choice => ({
  anchor,
  proposal: anchor === null ? null : left,
  box: { left, top: 40, width: side, height: side },
});

interface Books {
  /** How the inpainter was asked to paint, call by call. */
  readonly qualities: readonly PaintOptions["quality"][];
  readonly studio: Studio;
  readonly painter: Painter;
  readonly progress: readonly Progress[];
  readonly controller: AbortController;
}

/** Opens a studio on the real painter and the real judge, for as long as `use` takes. */
async function withStudio<Result>(
  use: (books: Books) => Promise<Result>,
  losses = createCache<Losses>(100),
  steps = fullSteps,
): Promise<Result> {
  const { inpainter, pack, clip } = models;
  const request = { prompt: "a rabbit", negative: "", guidance: 2, strength: 1, seed: 0 };
  await using painting = await inpainter.begin(request);
  const { framing } = pack.manifest;
  const qualities: PaintOptions["quality"][] = [];
  const painter = createPainter({
    picture,
    painting: {
      ...painting,
      paint(frames, options) {
        qualities.push(options.quality);
        return painting.paint(frames, options);
      },
    },
    inpainter,
    framing,
    viewSide: clip.imageSize,
  });
  const progress: Progress[] = [];
  const meter = createProgressMeter((message) => progress.push(message));
  const controller = new AbortController();
  const studio = createStudio({ painter, judge, meter, losses, fullSteps: steps, signal: controller.signal });
  return await use({ studio, painter, progress, controller, qualities });
}

describe("the studio", () => {
  it("drafts each box once, whoever asks, and gives its losses to all", async () => {
    await withStudio(async ({ studio, progress }) => {
      const losses = await studio.draft([choice(0, 10), choice(1, 80), choice(2, 10)], 1);
      expect(losses[0]).toEqual(losses[2]);
      expect(losses[0]).not.toEqual(losses[1]);
      expect(studio.calls).toEqual({ drafts: 2, full: 0, equivalent: 2 / fullSteps });
      expect(progress.filter(({ phase }) => phase === "draft")).toHaveLength(2);
      // Every anchor that asked has its entry.
      expect(studio.proposals.map(({ anchor, steps }) => [anchor, steps]).sort()).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
      ]);
    });
  });

  it("spends nothing on a loss that is known from an earlier edit, at those steps", async () => {
    const losses = createCache<Losses>(100);
    const [first] = await withStudio(({ studio }) => studio.draft([choice(0, 10)], 1), losses);
    await withStudio(async ({ studio, progress }) => {
      expect(await studio.draft([choice(0, 10)], 1)).toEqual([first]);
      expect(studio.calls).toEqual({ drafts: 0, full: 0, equivalent: 0 });
      expect(progress).toEqual([]);
      expect(studio.proposals).toHaveLength(1);
      await studio.draft([choice(0, 10)], 2);
      expect(studio.calls.drafts).toBe(1);
    }, losses);
  });

  it("asks for drafts where steps are fewer than a full painting's, and does not take their losses for its own", async () => {
    const losses = createCache<Losses>(100);
    await withStudio(async ({ studio, qualities }) => {
      await studio.draft([choice(0, 10)], 1);
      await studio.draft([choice(0, 10)], fullSteps);
      await studio.paint([choice(1, 80)]);
      expect(qualities).toEqual(["draft", "full", "full"]);
    }, losses);
    const quick = async ({ studio, qualities }: Books) => {
      await studio.draft([choice(0, 10)], 1);
      expect(qualities).toEqual(["full"]);
    };
    await withStudio(quick, losses, 1);
  });

  it("keeps the losses at the most steps of each proposal", async () => {
    await withStudio(async ({ studio }) => {
      await studio.draft([choice(0, 10)], 1);
      const [painted] = await studio.paint([choice(0, 10)]);
      await studio.draft([choice(0, 10)], 2);
      expect(studio.proposals).toEqual([
        { anchor: 0, box: choice(0, 10).box, losses: painted?.verdict.losses, steps: fullSteps },
      ]);
    });
  });

  it("paints in full what was not yet, in order, and counts it", async () => {
    await withStudio(async ({ studio, progress }) => {
      await studio.draft([choice(0, 10)], fullSteps);
      expect(studio.calls).toEqual({ drafts: 0, full: 1, equivalent: 1 });
      const painted = await studio.paint([choice(1, 80), choice(0, 10)]);
      expect(painted.map(({ anchor, box }) => [anchor, box.left])).toEqual([
        [1, 80],
        [0, 10],
      ]);
      expect(studio.calls).toEqual({ drafts: 0, full: 2, equivalent: 2 });
      const last = progress.at(-1);
      expect(last).toMatchObject({
        phase: "painting",
        quality: "full",
        anchors: [1],
        step: fullSteps,
        steps: fullSteps,
      });
    });
  });

  it("judges the picture with the patch in it: losses of equation 3, cosines with prompt and source", async () => {
    await withStudio(async ({ studio, painter }) => {
      const [painted] = await studio.paint([choice(null, 60, 120)]);
      if (!painted) throw new Error("Expected a painting, got none.");
      const [again] = await judge.judge([await painter.composeForJudging(painted.patch, "full")]);
      expect(again?.losses.total).toBeCloseTo(painted.verdict.losses.total, 5);
      expect(again?.t2i).toBeCloseTo(painted.verdict.t2i, 5);
      const { clip, structure, direction, total } = painted.verdict.losses;
      expect(total).toBeCloseTo(clip + structure + direction, 6);
      expect(clip).toBeCloseTo(1 - painted.verdict.t2i, 6);
    });
  });

  it("ends in a coded error once it is cancelled, and counts nothing for it", async () => {
    await withStudio(async ({ studio, controller }) => {
      controller.abort();
      await expect(studio.draft([choice(0, 10)], 1)).rejects.toMatchObject({ code: "cancelled" });
      await expect(studio.paint([choice(0, 10)])).rejects.toMatchObject({ code: "cancelled" });
      expect(studio.calls).toEqual({ drafts: 0, full: 0, equivalent: 0 });
      expect(studio.proposals).toEqual([]);
    });
  });
});

describe("the judge", () => {
  it("finds no change in the source itself", async () => {
    const [verdict] = await judge.judge([picture]);
    expect(verdict?.i2i).toBeCloseTo(1, 5);
    expect(verdict?.t2i).toBeCloseTo(judge.sourceT2i, 5);
    expect(verdict?.losses.structure).toBeCloseTo(0, 4);
  });
});
