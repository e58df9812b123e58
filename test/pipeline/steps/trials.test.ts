import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCache } from "../../../src/pipeline/cache.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { PaintOptions } from "../../../src/pipeline/inpainters/inpainter.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import type { Choice } from "../../../src/pipeline/regions/choosers/chooser.ts";
import { extractFeatures } from "../../../src/pipeline/steps/features.ts";
import { createPatches, type Patches } from "../../../src/pipeline/steps/patches.ts";
import { createProgressMeter } from "../../../src/pipeline/steps/progress.ts";
import { embedTexts } from "../../../src/pipeline/steps/prompt.ts";
import { createScorer, type Scorer } from "../../../src/pipeline/steps/scores.ts";
import { createTrials, type Trials } from "../../../src/pipeline/steps/trials.ts";
import type { Losses, Progress } from "../../../src/types.ts";
import { loadMini, scene } from "../mini.ts";

const fullSteps = 3;

let models: Models;
let picture: Picture;
let scorer: Scorer;
beforeAll(async () => {
  models = await loadMini();
  picture = await readPicture(scene("s000.png"));
  const [prompt, sourceText] = await embedTexts(models, ["a rabbit", "a pine tree"]);
  if (!prompt || !sourceText) throw new Error("Expected two embeddings, got fewer.");
  const { clip } = await extractFeatures(models, picture);
  scorer = createScorer(models, { picture: clip, prompt, sourceText, structureNorm: "rms" });
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
  readonly trials: Trials;
  readonly patches: Patches;
  readonly progress: readonly Progress[];
  readonly controller: AbortController;
}

/** Opens trials on the real patches and the real scorer, for as long as `use` takes. */
async function withTrials<Result>(
  use: (books: Books) => Promise<Result>,
  losses = createCache<Losses>(100),
  steps = fullSteps,
): Promise<Result> {
  const { inpainter, pack, clip } = models;
  const request = { prompt: "a rabbit", negative: "", guidance: 2, strength: 1, seed: 0 };
  await using painting = await inpainter.begin(request);
  const { framing } = pack.manifest;
  const qualities: PaintOptions["quality"][] = [];
  const patches = createPatches({
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
  const trials = createTrials({
    patches,
    scorer,
    meter,
    losses,
    fullSteps: steps,
    signal: controller.signal,
  });
  return await use({ trials, patches, progress, controller, qualities });
}

describe("the trials", () => {
  it("drafts each box once, whoever asks, and gives its losses to all", async () => {
    await withTrials(async ({ trials, progress }) => {
      const losses = await trials.draft([choice(0, 10), choice(1, 80), choice(2, 10)], 1);
      expect(losses[0]).toEqual(losses[2]);
      expect(losses[0]).not.toEqual(losses[1]);
      expect(trials.calls).toEqual({ drafts: 2, full: 0, equivalent: 2 / fullSteps });
      expect(progress.filter(({ phase }) => phase === "draft")).toHaveLength(2);
      // Every anchor that asked has its entry.
      expect(trials.proposals.map(({ anchor, steps }) => [anchor, steps]).sort()).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
      ]);
    });
  });

  it("spends nothing on a loss that is known from an earlier edit, at those steps", async () => {
    const losses = createCache<Losses>(100);
    const [first] = await withTrials(({ trials }) => trials.draft([choice(0, 10)], 1), losses);
    await withTrials(async ({ trials, progress }) => {
      expect(await trials.draft([choice(0, 10)], 1)).toEqual([first]);
      expect(trials.calls).toEqual({ drafts: 0, full: 0, equivalent: 0 });
      expect(progress).toEqual([]);
      expect(trials.proposals).toHaveLength(1);
      await trials.draft([choice(0, 10)], 2);
      expect(trials.calls.drafts).toBe(1);
    }, losses);
  });

  it("asks for drafts where steps are fewer than a full painting's, and does not take their losses for its own", async () => {
    const losses = createCache<Losses>(100);
    await withTrials(async ({ trials, qualities }) => {
      await trials.draft([choice(0, 10)], 1);
      await trials.draft([choice(0, 10)], fullSteps);
      await trials.paint([choice(1, 80)]);
      expect(qualities).toEqual(["draft", "full", "full"]);
    }, losses);
    const quick = async ({ trials, qualities }: Books) => {
      await trials.draft([choice(0, 10)], 1);
      expect(qualities).toEqual(["full"]);
    };
    await withTrials(quick, losses, 1);
  });

  it("keeps the losses at the most steps of each proposal", async () => {
    await withTrials(async ({ trials }) => {
      await trials.draft([choice(0, 10)], 1);
      const [painted] = await trials.paint([choice(0, 10)]);
      await trials.draft([choice(0, 10)], 2);
      expect(trials.proposals).toEqual([
        { anchor: 0, box: choice(0, 10).box, losses: painted?.scores.losses, steps: fullSteps },
      ]);
    });
  });

  it("paints in full what was not yet, in order, and counts it", async () => {
    await withTrials(async ({ trials, progress }) => {
      await trials.draft([choice(0, 10)], fullSteps);
      expect(trials.calls).toEqual({ drafts: 0, full: 1, equivalent: 1 });
      const painted = await trials.paint([choice(1, 80), choice(0, 10)]);
      expect(painted.map(({ anchor, box }) => [anchor, box.left])).toEqual([
        [1, 80],
        [0, 10],
      ]);
      expect(trials.calls).toEqual({ drafts: 0, full: 2, equivalent: 2 });
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
    await withTrials(async ({ trials, patches }) => {
      const [painted] = await trials.paint([choice(null, 60, 120)]);
      if (!painted) throw new Error("Expected a painting, got none.");
      const [again] = await scorer.score([await patches.composeForScoring(painted.patch, "full")]);
      expect(again?.losses.total).toBeCloseTo(painted.scores.losses.total, 5);
      expect(again?.t2i).toBeCloseTo(painted.scores.t2i, 5);
      const { clip, structure, direction, total } = painted.scores.losses;
      expect(total).toBeCloseTo(clip + structure + direction, 6);
      expect(clip).toBeCloseTo(1 - painted.scores.t2i, 6);
    });
  });

  it("ends in a coded error once it is cancelled, and counts nothing for it", async () => {
    await withTrials(async ({ trials, controller }) => {
      controller.abort();
      await expect(trials.draft([choice(0, 10)], 1)).rejects.toMatchObject({ code: "cancelled" });
      await expect(trials.paint([choice(0, 10)])).rejects.toMatchObject({ code: "cancelled" });
      expect(trials.calls).toEqual({ drafts: 0, full: 0, equivalent: 0 });
      expect(trials.proposals).toEqual([]);
    });
  });
});

describe("the scorer", () => {
  it("finds no change in the source itself", async () => {
    const [scores] = await scorer.score([picture]);
    expect(scores?.i2i).toBeCloseTo(1, 5);
    expect(scores?.t2i).toBeCloseTo(scorer.pictureT2i, 5);
    expect(scores?.losses.structure).toBeCloseTo(0, 4);
  });
});
