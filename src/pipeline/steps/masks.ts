import { setImmediate as otherEvents } from "node:timers/promises";
import { throwIfCancelled } from "../../errors.ts";
import type { Losses, MaskMode } from "../../types.ts";
import type { Cover } from "../image/cover.ts";
import { smallestWithin } from "../mask/choose.ts";
import type { BoxPixels } from "../mask/difference.ts";
import { candidateCovers } from "../mask/soften.ts";
import type { Patch, Patches } from "./patches.ts";
import type { ProgressMeter } from "./progress.ts";
import type { Scorer } from "./scores.ts";
import type { PaintedChoice } from "./trials.ts";

/** A painting whose patch covers no more of its box than it needs. */
export interface MaskedChoice extends PaintedChoice {
  /** `losses` are of the picture with the patch's cover, `scores` of that with the whole box. `null` where no mask was asked for. */
  readonly mask: { readonly losses: Losses } | null;
}

/** Finds how little of their boxes the paintings of one edit need. */
export interface Masks {
  /** In order. What was fitted before costs nothing and has the same patch. */
  fit(painted: readonly PaintedChoice[]): Promise<MaskedChoice[]>;
}

export interface MaskOptions {
  /** `box` leaves every painting as it is. */
  readonly mode: MaskMode;
  readonly patches: Pick<Patches, "boxPixels" | "composeForScoring">;
  readonly scorer: Pick<Scorer, "score">;
  readonly meter: Pick<ProgressMeter, "report">;
  readonly signal: AbortSignal;
  /** What is tried. Default `candidateCovers`. */
  readonly coversOf?: (pixels: BoxPixels) => readonly Cover[];
}

/** The longer side of the grid that masks are chosen on, in cells. */
const gridSide = 64;

export function createMasks({
  mode,
  patches,
  scorer,
  meter,
  signal,
  coversOf = candidateCovers,
}: MaskOptions): Masks {
  const fitted = new WeakMap<Patch, Pick<MaskedChoice, "patch" | "mask">>();

  async function fitOne({
    patch,
    scores,
    anchor,
  }: PaintedChoice): Promise<Pick<MaskedChoice, "patch" | "mask">> {
    const pixels = await patches.boxPixels(patch, gridSide);
    const candidates = coversOf(pixels).map((cover) => ({
      share: shareOf(cover),
      patch: { ...patch, cover },
    }));
    const scored = await scorer.score(candidates.map((one) => patches.composeForScoring(one.patch, "full")));
    // Scoring keeps this thread busy: whoever waits for a sign of life or sends a cancel has a turn.
    await otherEvents();
    throwIfCancelled(signal);
    const priced = candidates.flatMap((candidate, index) => {
      const losses = scored[index]?.losses;
      return losses ? [{ ...candidate, losses, loss: losses.total }] : [];
    });
    const best = smallestWithin(scores.losses.total, priced);
    meter.report({ phase: "mask", anchor, share: best?.share ?? 1 });
    return best
      ? { patch: best.patch, mask: { losses: best.losses } }
      : { patch, mask: { losses: scores.losses } };
  }

  return {
    async fit(painted) {
      const masked: MaskedChoice[] = [];
      for (const painting of painted) {
        const known = fitted.get(painting.patch);
        const found =
          known ?? (mode === "box" ? { patch: painting.patch, mask: null } : await fitOne(painting));
        fitted.set(painting.patch, found);
        masked.push({ ...painting, ...found });
      }
      return masked;
    },
  };
}

/** The share of the box in which the painting shows at all. */
function shareOf({ values }: Cover): number {
  let count = 0;
  for (const value of values) if (value > 0) count++;
  return count / values.length;
}
