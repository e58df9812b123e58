import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCache } from "../../../../src/pipeline/cache.ts";
import { readPicture } from "../../../../src/pipeline/image/image.ts";
import type { Models } from "../../../../src/pipeline/models.ts";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { planBudget } from "../../../../src/pipeline/regions/budget.ts";
import type { Choice } from "../../../../src/pipeline/regions/choosers/chooser.ts";
import { createNetworkChooser } from "../../../../src/pipeline/regions/choosers/network.ts";
import { type LearningBackend, loadBackend } from "../../../../src/pipeline/regions/learning/backend.ts";
import { boxKey } from "../../../../src/pipeline/regions/proposals.ts";
import { extractFeatures } from "../../../../src/pipeline/steps/features.ts";
import { createPatches } from "../../../../src/pipeline/steps/patches.ts";
import { createProgressMeter } from "../../../../src/pipeline/steps/progress.ts";
import { embedTexts } from "../../../../src/pipeline/steps/prompt.ts";
import { createScorer } from "../../../../src/pipeline/steps/scores.ts";
import { completeSettings } from "../../../../src/pipeline/steps/settings.ts";
import { createTrials, drafterOf, type Trials } from "../../../../src/pipeline/steps/trials.ts";
import type { Box, Progress } from "../../../../src/types.ts";
import { loadMini, smallRequest } from "../../mini.ts";
import { describeChooser } from "./conformance.ts";

let models: Models;
let backend: LearningBackend;
beforeAll(async () => {
  models = await loadMini();
  backend = await loadBackend(["wasm"]);
});
afterAll(() => models[Symbol.asyncDispose]());

const square = (left: number, side: number): Box => ({ left, top: 30, width: side, height: side });

interface Learnt {
  readonly choices: readonly Choice[];
  readonly trials: Trials;
  readonly progress: readonly Progress[];
}

/** Learns on a real picture which of these boxes to paint, drafts in one step and full paintings in two. */
async function learn(proposals: readonly (readonly Box[])[], budget: number): Promise<Learnt> {
  const request = smallRequest({
    settings: { steps: 2, budget, anchors: proposals.length, proposals: proposals[0]?.length ?? 0 },
  });
  const { inpainter, clip, pack } = models;
  const settings = completeSettings(request.settings, pack.manifest);
  const picture = await readPicture(request.image);
  const features = await extractFeatures(models, picture);
  const [prompt, sourceText] = await embedTexts(models, [request.prompt, "a pine tree"]);
  if (!prompt || !sourceText) throw new Error("Expected two embeddings, got fewer.");
  await using painting = await inpainter.begin({ ...request, ...settings });
  const { framing } = pack.manifest;
  const patches = createPatches({
    picture,
    painting,
    inpainter,
    framing,
    viewSide: clip.imageSize,
  });
  const scorer = createScorer(models, { picture: features.clip, prompt, sourceText, structureNorm: "rms" });
  const progress: Progress[] = [];
  const meter = createProgressMeter((message) => progress.push(message));
  const { signal } = new AbortController();
  const trials = createTrials({ patches, scorer, meter, losses: createCache(99), fullSteps: 2, signal });
  const plan = planBudget({ ...settings, draftSteps: 1 });
  const { estimator, seed } = settings;
  const { patchFeatures } = features;
  const { choices } = await createNetworkChooser({ patchFeatures, picture, estimator, backend }).choose({
    ...{ proposals, budget: plan, seed, signal },
    draft: drafterOf(trials, proposals),
    onRound: (round) => meter.report({ phase: "round", ...round }),
  });
  return { choices, trials, progress };
}

describe("the choices of the network alone", () => {
  it("are one of each anchor's boxes, painted before, and the best of its painted ones", async () => {
    const proposals = [0, 60, 120].map((left) => [square(left, 40), square(left, 80), square(left, 120)]);
    const { choices, trials } = await learn(proposals, 5);
    expect(choices.map(({ anchor }) => anchor)).toEqual([0, 1, 2]);
    for (const { anchor, proposal, box } of choices) {
      expect(box).toEqual(proposals[anchor ?? 0]?.[proposal ?? 0]);
      const own = trials.proposals.filter((painted) => painted.anchor === anchor);
      const best = own.toSorted((a, b) => a.losses.total - b.losses.total)[0];
      expect(best?.box).toEqual(box);
    }
  });

  it("never share a box: an anchor whose best another has takes its next best", async () => {
    const [small, large, own] = [square(60, 60), square(60, 120), square(20, 100)];
    const { choices } = await learn(
      [
        [small, large],
        [small, large],
        [small, own],
      ],
      9,
    );
    expect(choices).toHaveLength(3);
    expect(new Set(choices.map(({ box }) => boxKey(box))).size).toBe(3);
    expect(choices[2]?.box).toEqual(own);
  });

  it("are fewer than the anchors where there are fewer boxes, and each box was painted once", async () => {
    const row = [square(60, 60), square(60, 120)];
    const { choices, trials } = await learn([row, row, row], 9);
    expect(choices.map(({ box }) => boxKey(box)).sort()).toEqual(row.map(boxKey).sort());
    expect(trials.calls.drafts).toBe(2);
  });

  it("report their rounds with the losses that the trials have", async () => {
    const { progress, trials } = await learn([[square(10, 60)], [square(90, 60)]], 4);
    const rounds = progress.filter((message) => message.phase === "round");
    expect(rounds.length).toBeGreaterThan(0);
    const totals = trials.proposals.map(({ losses }) => losses.total);
    expect(rounds.at(-1)?.losses.flat().toSorted()).toEqual(totals.toSorted());
  });
});

describeChooser("network", () => {
  const [d, h, w] = [8, 12, 16];
  const patchFeatures = { data: createRandom(5, "features").gaussians(d * h * w), shape: [d, h, w] };
  return createNetworkChooser({
    ...{ patchFeatures, backend },
    picture: { width: 256, height: 192 },
    estimator: "expected",
  });
});
