import { createHash } from "node:crypto";
import { setImmediate as otherEvents } from "node:timers/promises";
import { throwIfCancelled } from "../../errors.ts";
import type { PackManifest } from "../../packs/pack.ts";
import type { Anchor, Losses, PicturePart } from "../../types.ts";
import { createCache } from "../cache.ts";
import { pasteFrame } from "../image/compose.ts";
import type { Size } from "../image/framing.ts";
import type { Picture } from "../image/picture.ts";
import type { ChooserRequest, RegionChooser } from "../regions/choosers/chooser.ts";
import { distinctChoices } from "../regions/choosers/distinct-choices.ts";
import { boxKey } from "../regions/proposals.ts";
import { boxPixelsOf } from "./box-pixels.ts";
import type { EditParts } from "./parts.ts";
import type { Patches } from "./patches.ts";
import type { Scorer } from "./scores.ts";

/**
 * Parts of an edit that sees, learns and paints nothing: anchors on a grid, one draft for each, flat colours for pictures,
 * scores that are hashes. Counts, progress, seams and files are the real ones; the same request gives the same bytes, and
 * the result says `simulated` as its inpainter.
 * @param device As the result states it: `simulated:3`.
 */
export function createSimulatedParts(manifest: PackManifest, device: string): EditParts {
  return {
    manifest,
    available: manifest.inpainter,
    inpainter: "simulated",
    takesReference: false,
    device,
    draftShare: 1,
    losses: createCache<Losses>(1000),
    read: (text) => ({ text, warnings: [] }),
    see: async (picture) => ({
      attention: [[1]],
      compare: async ({ request: { source } }) => ({
        source: source
          ? { text: source, from: "given", confidence: 1 }
          : { text: "thing", from: "found", confidence: 0 },
        warnings: [],
        findAnchors: ({ anchors, where }) => gridOf(picture, anchors, where ?? wholePicture),
        placeCost: () => () => 0,
        network: () => null,
        chooser: async () => middleSize,
        scorer: () => hashScorer,
      }),
    }),
    async paint({ picture, sha256, request: { prompt, negative, seed } }) {
      const patches = createFlatPatches(picture, [sha256, prompt, negative, seed].join());
      return { ...patches, async [Symbol.asyncDispose]() {} };
    },
  };
}

const wholePicture: PicturePart = { left: 0, top: 0, width: 100, height: 100 };

/** The centres of the cells of a grid over a part of the picture, row by row. */
function gridOf(picture: Size, count: number, where: PicturePart): Anchor[] {
  const [left, top] = [(where.left * picture.width) / 100, (where.top * picture.height) / 100];
  const [width, height] = [(where.width * picture.width) / 100, (where.height * picture.height) / 100];
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, index) => ({
    x: left + ((index % columns) + 0.5) * (width / columns),
    y: top + (Math.floor(index / columns) + 0.5) * (height / rows),
    attention: 1 / count,
  }));
}

/** Drafts and chooses one box of each anchor: of those that no anchor before it has, the one nearest the middle size. */
const middleSize: RegionChooser = {
  name: "simulated",
  plannedSteps: ({ proposals, budget }) =>
    distinctMiddles(proposals).length * (budget.steps + budget.draftSteps),
  async choose({ proposals, budget, draft, onRound }) {
    const choices = distinctMiddles(proposals);
    const totals = await draft(choices.map((choice) => ({ ...choice, steps: budget.draftSteps })));
    const losses = proposals.map((boxes) => boxes.map((): number | null => null));
    const probabilities = proposals.map((boxes) => boxes.map(() => 0));
    for (const [index, { anchor, proposal }] of choices.entries()) {
      losses[anchor]?.splice(proposal, 1, totals[index] ?? null);
      probabilities[anchor]?.splice(proposal, 1, 1);
    }
    onRound({ round: 1, losses, probabilities });
    return { order: ordersByMiddle(proposals), choices, probabilities };
  },
};

function distinctMiddles(proposals: ChooserRequest["proposals"]) {
  return distinctChoices(ordersByMiddle(proposals), proposals);
}

function ordersByMiddle(proposals: ChooserRequest["proposals"]): number[][] {
  return proposals.map((boxes) => {
    const middle = Math.floor(boxes.length / 2);
    return [...boxes.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  });
}

/** However many are asked for, a simulated edit takes the same short time. */
const stepsWalked = 4;

/** A flat colour needs no finer mask. */
const maskSide = 8;

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
    async compose({ box, painted, cover }) {
      const flat = new Uint8Array(box.width * box.height * 3);
      for (let at = 0; at < flat.length; at += 3) flat.set(painted.rgb, at);
      return pasteFrame(picture, flat, box, box, cover);
    },
    boxPixels: (patch) => boxPixelsOf(picture, patch, maskSide),
    composeForScoring: async ({ painted }) => ({ ...painted, alpha: null }),
  };
}

/** Every colour has its score. */
const hashScorer: Scorer = {
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
