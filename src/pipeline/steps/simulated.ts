import { createHash } from "node:crypto";
import { basename } from "node:path";
import { setImmediate as otherEvents } from "node:timers/promises";
import { throwIfCancelled } from "../../errors.ts";
import type { PackManifest } from "../../packs/pack.ts";
import type { Anchor, Box, EditRequest, EditResult, Progress } from "../../types.ts";
import { createCache } from "../cache.ts";
import { pasteFrame } from "../image/compose.ts";
import type { Size } from "../image/framing.ts";
import { readPicture, sha256OfPicture } from "../image/image.ts";
import type { Picture } from "../image/picture.ts";
import { planBudget } from "../regions/budget.ts";
import { boxKey, proposeBoxes } from "../regions/proposals.ts";
import { rankResults } from "../regions/rank.ts";
import { deliver } from "./delivery.ts";
import type { Patches } from "./patches.ts";
import { createProgressMeter } from "./progress.ts";
import type { Scorer, Scores } from "./scores.ts";
import { checkBox, completeSettings } from "./settings.ts";
import { createStopwatch } from "./stopwatch.ts";
import { type Choice, createTrials } from "./trials.ts";

export interface SimulationContext {
  readonly manifest: PackManifest;
  /** As the result states it: `simulated:3`. */
  readonly device: string;
  /** Exists and is empty; takes the result and overlay pictures. */
  readonly folder: string;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/**
 * What `edit` does, without seeing, learning or painting: anchors on a grid, one draft for each, flat colours for
 * pictures, scores that are hashes. Books, progress, seams and files are the real ones; the same request gives the same
 * bytes, and the result says `simulated` as its inpainter.
 * @throws EditError as `edit`
 */
export async function simulateEdit(request: EditRequest, context: SimulationContext): Promise<EditResult> {
  const { manifest, device, folder, signal } = context;
  const clock = createStopwatch();
  const meter = createProgressMeter(context.onProgress);
  const settings = completeSettings(request.settings, manifest);
  meter.report({ phase: "loading" });

  const picture = await readPicture(request.image, { signal });
  if (request.box) checkBox(request.box, picture);
  const sha256 = sha256OfPicture(picture);
  const budget = planBudget({ ...settings, draftSteps: manifest.painting.draftSteps });
  const anchors = request.box ? [] : gridOf(picture, budget.anchors);
  const proposals = proposeBoxes(anchors, picture, settings.proposals);
  meter.report({ phase: "features", attention: [[1]], anchors, proposals });
  clock.lap("features");

  const patches = createFlatPatches(
    picture,
    [sha256, request.prompt, request.negative, settings.seed].join(),
  );
  const losses = createCache<Scores["losses"]>(1000);
  const trials = createTrials({ patches, scorer, meter, losses, fullSteps: settings.steps, signal });
  const choices = request.box ? [{ anchor: null, proposal: null, box: request.box }] : choose(proposals);
  meter.plan(choices.length * (settings.steps + (request.box ? 0 : budget.draftSteps)));
  if (!request.box) {
    const known = await trials.draft(choices, budget.draftSteps);
    meter.report({ phase: "round", round: 1, ...tableOf(proposals, choices, known) });
  }
  clock.lap("learn");

  const painted = await trials.paint(choices);
  clock.lap("paint");

  const allScores = painted.map(({ scores }) => scores);
  const ranked = rankResults(allScores, { rule: settings.rank, pictureT2i: scorer.pictureT2i, margin: 0 });
  const results = await deliver({ picture, painted, ranked, anchors, patches, folder, meter, signal });
  clock.lap("rank");
  meter.report({ phase: "done" });

  return {
    image: { file: basename(request.image), width: picture.width, height: picture.height, sha256 },
    prompt: request.prompt,
    source: request.source
      ? { text: request.source, from: "given", confidence: 1 }
      : { text: "thing", from: "found", confidence: 0 },
    pack: manifest.name,
    inpainter: "simulated",
    device,
    seed: settings.seed,
    settings: { ...settings, negative: request.negative },
    network: null,
    anchors,
    proposals: trials.proposals,
    results,
    calls: trials.calls,
    warnings: request.box ? [] : budget.warnings,
    safety: null,
    milliseconds: { load: 0, ...clock.milliseconds },
  };
}

/** The centres of a grid's cells, row by row. */
function gridOf({ width, height }: Size, count: number): Anchor[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, index) => ({
    x: ((index % columns) + 0.5) * (width / columns),
    y: (Math.floor(index / columns) + 0.5) * (height / rows),
    attention: 1 / count,
  }));
}

/** For each anchor a proposal whose box no anchor before it has; an anchor without one goes without. */
function choose(proposals: readonly (readonly Box[])[]): Choice[] {
  const taken = new Set<string>();
  return proposals.flatMap((boxes, anchor) => {
    const middle = Math.floor(boxes.length / 2);
    const order = [...boxes.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    for (const proposal of order) {
      const box = boxes[proposal];
      if (!box || taken.has(boxKey(box))) continue;
      taken.add(boxKey(box));
      return [{ anchor, proposal, box }];
    }
    return [];
  });
}

/** `[anchor][proposal]`: what was drafted has its loss and all the probability. */
function tableOf(
  proposals: readonly (readonly Box[])[],
  choices: readonly Choice[],
  known: readonly Scores["losses"][],
) {
  const losses = proposals.map((boxes) => boxes.map((): number | null => null));
  const probabilities = proposals.map((boxes) => boxes.map(() => 0));
  for (const [index, { anchor, proposal }] of choices.entries()) {
    if (anchor === null || proposal === null) continue;
    losses[anchor]?.splice(proposal, 1, known[index]?.total ?? null);
    probabilities[anchor]?.splice(proposal, 1, 1);
  }
  return { losses, probabilities };
}

/** However many are asked for, a simulated edit takes the same short time. */
const stepsWalked = 4;

/** A painting is one pixel until it is composed. */
function createFlatPatches(picture: Picture, key: string): Patches {
  return {
    async paint(boxes, { steps, signal, onStep }) {
      const walked = Math.min(steps, stepsWalked);
      for (let step = 1; step <= walked; step++) {
        // A cancel is a message: it is seen while other events have their turn.
        await otherEvents();
        throwIfCancelled(signal);
        onStep?.(step, walked);
      }
      return boxes.map((box) => {
        const rgb = Uint8Array.from(hashOf(`${key} ${boxKey(box)}`).subarray(0, 3));
        return { box, frame: box, painted: { width: 1, height: 1, rgb } };
      });
    },
    async compose({ box, painted }) {
      const flat = new Uint8Array(box.width * box.height * 3);
      for (let at = 0; at < flat.length; at += 3) flat.set(painted.rgb, at);
      return pasteFrame(picture, flat, box, box);
    },
    composeForScoring: async ({ painted }) => ({ ...painted, alpha: null }),
  };
}

/** Every colour has its score. */
const scorer: Scorer = {
  pictureT2i: 0,
  async score(edited) {
    const pictures = await Promise.all(edited);
    return pictures.map(({ rgb }) => {
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = Array.from(hashOf(rgb), (byte) => byte / 255);
      const losses = { clip: a, structure: b, direction: c, total: a + b + c };
      return { losses, t2i: 0.2 + 0.1 * d, i2i: 0.7 + 0.3 * e };
    });
  },
};

function hashOf(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}
