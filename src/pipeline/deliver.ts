import { join } from "node:path";
import { throwIfCancelled } from "../errors.ts";
import type { Anchor, RankedResult } from "../types.ts";
import { writeOverlayPng, writeResultPng } from "./image.ts";
import type { Painter } from "./painter.ts";
import type { ProgressMeter } from "./progress.ts";
import type { Ranked } from "./regions/rank.ts";
import type { PaintedChoice } from "./studio.ts";

export interface Delivery {
  readonly painted: readonly PaintedChoice[];
  readonly ranked: readonly Ranked[];
  readonly anchors: readonly Anchor[];
  readonly painter: Pick<Painter, "compose">;
  readonly folder: string;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** Writes `result-N.png` and `overlay-N.png` of every result, best first; see `writeResultPng` for the coded errors. */
export async function deliver(delivery: Delivery): Promise<RankedResult[]> {
  const results: RankedResult[] = [];
  // One result at a time: a 50 megapixel picture must not be in memory once for each anchor.
  for (const place of delivery.ranked) {
    throwIfCancelled(delivery.signal);
    const painted = delivery.painted[place.index];
    if (!painted) throw new RangeError(`Expected a painting for rank ${place.rank}, got none.`);
    const result = describe(painted, place);
    const picture = await delivery.painter.compose(painted.patch);
    const anchor = painted.anchor === null ? null : (delivery.anchors[painted.anchor] ?? null);
    const marks = { box: painted.box, anchor, rank: place.rank };
    await Promise.all([
      writeResultPng(join(delivery.folder, result.file), picture),
      writeOverlayPng(join(delivery.folder, result.overlay), picture, marks),
    ]);
    delivery.meter.report({ phase: "result", rank: place.rank, file: result.file });
    results.push(result);
  }
  return results;
}

function describe({ anchor, box, verdict }: PaintedChoice, { rank, scores, weak }: Ranked): RankedResult {
  return {
    rank,
    anchor,
    box,
    file: `result-${rank}.png`,
    overlay: `overlay-${rank}.png`,
    scores,
    losses: verdict.losses,
    weak,
  };
}
