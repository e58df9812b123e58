import { EditError } from "../../errors.ts";
import type { PackManifest } from "../../packs/pack.ts";
import type { AnchorOrigin, Box, ChooserName, EditSettings } from "../../types.ts";
import type { Size } from "../image/framing.ts";

/** Settings in which the pack's own values stand where none was asked for. */
export interface CompleteSettings extends EditSettings {
  readonly steps: number;
  readonly draftSteps: number;
  readonly strength: number;
  readonly guidance: number;
  readonly inpainter: string;
  readonly chooser: ChooserName;
  readonly anchorsFrom: AnchorOrigin;
}

/**
 * Fills in what the pack decides.
 * @param available The inpainter at hand: the pack's own, unless a server paints.
 * @throws EditError `inpainter-unknown`
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
  return {
    ...settings,
    steps: settings.steps ?? painting.steps,
    draftSteps: settings.draftSteps ?? painting.draftSteps,
    strength: settings.strength ?? painting.strength,
    guidance: settings.guidance ?? painting.guidance,
    inpainter,
    chooser: settings.chooser ?? "learned",
    anchorsFrom: manifest.source === null ? "attention" : (settings.anchorsFrom ?? "attention"),
  };
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
