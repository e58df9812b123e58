import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PaintedProposal } from "../../types.ts";
import type { Size } from "../image/framing.ts";
import { type Imprint, writeResultPng } from "../image/image.ts";
import type { Marking } from "../marks/marking.ts";
import type { Choice } from "../regions/choosers/chooser.ts";
import type { PlaceCost } from "../regions/place-cost.ts";
import { boxKey } from "../regions/proposals.ts";
import { quality } from "../regions/rank.ts";
import { composeMarked } from "./compose-marked.ts";
import type { Masks } from "./masks.ts";
import type { Patches } from "./patches.ts";
import type { ProgressMeter } from "./progress.ts";
import type { SafetyCheck } from "./safety.ts";
import type { Trials } from "./trials.ts";

export interface FirstResultOptions {
  readonly trials: Pick<Trials, "paint" | "proposals">;
  readonly masks: Pick<Masks, "fit">;
  readonly patches: Pick<Patches, "compose">;
  readonly safetyCheck: Pick<SafetyCheck, "inspect">;
  readonly folder: string;
  readonly meter: Pick<ProgressMeter, "reportFirst">;
  /** What boxes cost for where they lie. */
  readonly placeCost: PlaceCost;
  /** The source's size. */
  readonly picture: Size;
  readonly imprint: Imprint;
  readonly watermark: Marking["watermark"];
}

/** In the edit's folder while the others are painted; no name of a ranked result. */
export const firstResultFile = "first-result.png";

/**
 * Paints the most promising choice in full, before the others, writes its picture and tells of it; the others cost no more for
 * it. Nothing is shown of a choice that is alone, whose result is all there is, nor of a picture that the safety check refuses.
 * @throws EditError `cancelled`, `out-of-memory`, `output-unwritable`, `disk-full`
 */
export async function showFirstResult(
  choices: readonly Choice[],
  {
    trials,
    masks,
    patches,
    safetyCheck,
    folder,
    meter,
    placeCost,
    picture,
    imprint,
    watermark,
  }: FirstResultOptions,
): Promise<void> {
  if (choices.length < 2) return;
  const [painted] = await masks.fit(await trials.paint(mostPromising(choices, trials.proposals, placeCost)));
  if (!painted) return;
  const { unsafe, isUnsafe, isRefused } = await safetyCheck.inspect(painted.patch, patches.compose);
  if (isRefused) return;
  await writeResultPng(
    join(folder, firstResultFile),
    await composeMarked(painted.patch, { picture, patches, watermark }),
    imprint,
  );
  const { anchor, box, scores } = painted;
  const { losses, t2i, i2i } = scores;
  const told = { t2i, i2i, quality: quality(scores) };
  meter.reportFirst({ file: firstResultFile, anchor, box, scores: told, losses, unsafe, isUnsafe });
}

/** Takes the picture away once the ranked ones are there, of which it is one. */
export async function removeFirstResult(folder: string): Promise<void> {
  await rm(join(folder, firstResultFile), { force: true });
}

/** The choice whose box lost least, with its place, when it was drafted; the first one where none was. */
function mostPromising(
  choices: readonly Choice[],
  proposals: readonly PaintedProposal[],
  placeCost: PlaceCost,
): Choice[] {
  const losses = new Map(proposals.map(({ box, losses }) => [boxKey(box), losses.total]));
  const lossOf = ({ box }: Choice) => (losses.get(boxKey(box)) ?? Number.POSITIVE_INFINITY) + placeCost(box);
  const least = Math.min(...choices.map(lossOf));
  return choices.filter((choice) => lossOf(choice) === least).slice(0, 1);
}
