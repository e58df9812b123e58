import { EditError } from "../../errors.ts";
import type { PackManifest } from "../../packs/pack.ts";
import type { AnchorOrigin, Box, ChooserName, EditSettings, MethodName, PicturePart } from "../../types.ts";
import { methodFor, stepsOf } from "../editors/methods.ts";
import type { Size } from "../image/framing.ts";

/** Settings in which the pack's own values stand where none was asked for. */
export interface CompleteSettings extends EditSettings {
  readonly steps: number;
  readonly draftSteps: number;
  readonly strength: number;
  readonly guidance: number;
  readonly inpainter: string;
  readonly method: MethodName;
  readonly withRegion: boolean;
  readonly chooser: ChooserName;
  readonly anchorsFrom: AnchorOrigin;
  readonly where: PicturePart | null;
}

/**
 * Fills in what the pack decides.
 * @param available The inpainter at hand: the pack's own, unless a server paints.
 * @throws EditError `inpainter-unknown`, `method-unknown`, `setting-out-of-range`
 */
export function completeSettings(
  settings: EditSettings,
  manifest: PackManifest,
  available: string = manifest.inpainter,
): CompleteSettings {
  const { painting } = manifest;
  const inpainter = settings.inpainter ?? available;
  if (inpainter !== available) {
    throw new EditError(
      "inpainter-unknown",
      `Expected the inpainter of pack ${manifest.name}, ${available}, got ${inpainter}.`,
    );
  }
  const method = methodFor(settings, manifest, available);
  const strength = settings.strength ?? painting.strength;
  if (strength !== 1 && painting.lacks.includes("strength")) {
    throw new EditError(
      "setting-out-of-range",
      `Expected strength 1 for pack ${manifest.name}, which paints all of a box anew, got ${strength}.`,
      { setting: "strength" },
    );
  }
  return {
    ...settings,
    method,
    withRegion: settings.withRegion ?? false,
    steps: stepsOf(method, manifest, settings.steps),
    draftSteps: settings.draftSteps ?? painting.draftSteps,
    strength,
    guidance: settings.guidance ?? painting.guidance,
    inpainter,
    chooser: settings.chooser ?? "learned",
    where: settings.where ?? null,
    anchorsFrom: manifest.source === null ? "attention" : (settings.anchorsFrom ?? "attention"),
  };
}

/** Whether a negative prompt changes nothing in the boxes that are painted. */
export function ignoresNegative(
  { guidance, method }: Pick<CompleteSettings, "guidance" | "method">,
  { painting }: PackManifest,
): boolean {
  return method === "regions" && (guidance === 1 || painting.lacks.includes("negative"));
}

/**
 * The box that is not to be learned: the one that was given, or all of the picture where a method edits that and is not kept to a
 * part of it.
 */
export function givenBoxOf(
  box: Box | null,
  { method, withRegion, where }: Pick<CompleteSettings, "method" | "withRegion" | "where">,
  { width, height }: Size,
): Box | null {
  if (box || method === "regions" || withRegion || where) return box;
  return { left: 0, top: 0, width, height };
}

/** @throws EditError `box-outside-picture` */
export function checkBox(box: Box, picture: Size): void {
  if (box.left + box.width > picture.width || box.top + box.height > picture.height) {
    throw new EditError(
      "box-outside-picture",
      `Expected a box inside the picture of ${picture.width}x${picture.height}, got left ${box.left}, top ${box.top}, width ${box.width}, height ${box.height}.`,
    );
  }
}
