import { join } from "node:path";
import { throwIfCancelled } from "../../errors.ts";
import type { Anchor, RankedResult } from "../../types.ts";
import type { Size } from "../image/framing.ts";
import { type Imprint, writeOverlayPng, writeResultPng } from "../image/image.ts";
import { writeMaskPng } from "../image/mask-file.ts";
import type { GridMask, Picture } from "../image/picture.ts";
import type { Marking } from "../marks/marking.ts";
import { runsOf } from "../mask/runs.ts";
import type { Ranked } from "../regions/rank.ts";
import { composeMarked } from "./compose-marked.ts";
import type { MaskedChoice } from "./masks.ts";
import type { Patches } from "./patches.ts";
import type { ProgressMeter } from "./progress.ts";

export interface Delivery {
  readonly picture: Size;
  /** Of an edit of the whole picture, whose overlay shows where it changed: the picture itself. */
  readonly before: Picture | null;
  /** Of one whose method decided where to edit: the overlay shows that. */
  readonly decided: GridMask | null;
  /** `unsafe` is what the safety check found, 0 to 1. */
  readonly painted: readonly (MaskedChoice & { readonly unsafe?: number | null })[];
  readonly ranked: readonly Ranked[];
  readonly anchors: readonly Anchor[];
  readonly patches: Pick<Patches, "compose">;
  readonly folder: string;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
  readonly imprint: Imprint;
  readonly watermark: Marking["watermark"];
}

/** Writes `result-N.png`, `overlay-N.png` and, where masks were chosen, `mask-N.png` of every result, best first; see `writeResultPng` for the coded errors. */
export async function deliver(delivery: Delivery): Promise<RankedResult[]> {
  const results: RankedResult[] = [];
  for (let next = 0; next < delivery.ranked.length; ) {
    throwIfCancelled(delivery.signal);
    const batch = delivery.ranked.slice(next, next + picturesAtOnce(delivery.picture));
    next += batch.length;
    for (const result of await allDone(batch.map((place) => deliverOne(place, delivery)))) {
      const { rank, file, anchor, box, scores, losses, unsafe = null } = result;
      delivery.meter.report({ phase: "result", rank, file, anchor, box, scores, losses, unsafe });
      throwIfCancelled(delivery.signal);
      results.push(result);
    }
  }
  return results;
}

/** A 50 megapixel picture must not be in memory once for each anchor; small ones keep more than one core busy. */
function picturesAtOnce({ width, height }: Size): number {
  return Math.min(8, Math.max(1, Math.floor(4_000_000 / (width * height))));
}

/**
 * Like `Promise.all`, but a failure is told only once no other is at work: whoever cleans the folder up on a
 * failure must not meet a file in the making.
 */
async function allDone<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

async function deliverOne(
  place: Ranked,
  { picture: size, painted, patches, anchors, folder, imprint, watermark, before, decided }: Delivery,
): Promise<RankedResult> {
  const choice = painted[place.index];
  if (!choice) throw new RangeError(`Expected a painting for rank ${place.rank}, got none.`);
  const { box, patch } = choice;
  const result = describe(choice, place, size);
  const picture = await composeMarked(patch, { picture: size, patches, watermark });
  const anchor = choice.anchor === null ? null : (anchors[choice.anchor] ?? null);
  const marks = { box: choice.box, anchor, rank: place.rank, before, decided };
  await allDone([
    writeResultPng(join(folder, result.file), picture, imprint),
    writeOverlayPng(join(folder, result.overlay), picture, marks, imprint),
    ...(result.mask ? [writeMaskPng(join(folder, result.mask.file), size, box, patch.cover ?? null)] : []),
  ]);
  return result;
}

function describe(
  { anchor, box, patch, scores: measured, unsafe = null, mask }: Delivery["painted"][number],
  { rank, scores, weak }: Ranked,
  picture: Size,
): RankedResult {
  return {
    rank,
    anchor,
    box,
    file: `result-${rank}.png`,
    overlay: `overlay-${rank}.png`,
    scores,
    losses: measured.losses,
    mask: mask && {
      file: `mask-${rank}.png`,
      width: box.width,
      height: box.height,
      runs: runsOf(patch.cover ?? null, box, picture),
      losses: mask.losses,
    },
    weak,
    unsafe,
  };
}
