import { join } from "node:path";
import type { Seen } from "../../../src/eval/figures/eyes.ts";
import type { SummaryOrder } from "../../../src/eval/report/summary.ts";
import type { ResultRow } from "../../../src/eval/rows.ts";
import type { SetPicture } from "../../../src/eval/set.ts";
import { openPack } from "../../../src/packs/open.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

const pack = await openPack("mini", { roots: [join(import.meta.dirname, "../../../models")] });

/** A row as an evaluation gives it, with made-up figures that follow from its place. */
export function someRow(change: Partial<ResultRow> & Pick<ResultRow, "picture" | "name">): ResultRow {
  const random = createRandom(change.picture, change.name);
  const number = () => random.uniform();
  const seen = (): Seen => {
    const [t2i, i2i] = [0.5 + 0.2 * number(), 0.3 + 0.4 * number()];
    return {
      ...{ t2i, i2i, quality: 2 * t2i + i2i, directional: number() },
      ...{ recognised: number() < 0.8, gone: number() < 0.8 },
    };
  };
  return {
    ...{
      file: `s${change.picture}.png`,
      width: 256,
      height: 192,
      prompt: "a fox",
      kind: "replace",
      isAmbiguous: false,
    },
    thing: { left: 40, top: 30, width: 80, height: 60 },
    source: { text: "dog", from: "found", confidence: 0.9 },
    ...{ group: "choosers", seed: 0, box: { left: 30, top: 20, width: 110, height: 90 }, edited: "box" },
    losses: { clip: 0.3, structure: 0.2, direction: 0.4, total: 0.9 + number() },
    ...{ weak: false, bestQuality: 1.9, training: seen(), second: seen() },
    pixels: { changed: number(), inside: { psnr: 12, ssim: 0.5 }, outside: { psnr: null, ssim: 1 } },
    distance: { inside: 0.6, outside: 0.1 },
    placing: { covered: 1, iou: number(), areaRatio: 1.2, isCovered: true },
    ...{ calls: 14, seconds: 12.5, firstSeconds: 7.5, tau: null },
    regret: { anchors: 0.2 * number(), fresh: 0.3 * number(), best: 0.1 * number() },
    ...change,
  };
}

export const someOrder: SummaryOrder = {
  ...{ pack, scorer: "ViT of mini 1", set: "a set", tables: 60, isSourceGiven: false },
  pictures: Array.from({ length: 6 }, () => ({}) as SetPicture),
};
