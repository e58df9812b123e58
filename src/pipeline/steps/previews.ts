import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Box, Losses, Preview } from "../../types.ts";
import { encodeCopyJpeg, type Imprint } from "../image/image.ts";
import { writeOutput } from "../image/write-file.ts";
import type { PlaceCost } from "../regions/place-cost.ts";
import type { Patch, Patches } from "./patches.ts";
import type { SafetyCheck } from "./safety.ts";

/** Drafts of an edit that are shown while it learns: the first one, then better ones. */
export interface Previews {
  /** The best of these is shown where it is better than the one that is, and that has stood long enough. */
  note(drafts: readonly Draft[]): Promise<void>;
}

/** A painted draft and what it lost. */
export interface Draft {
  readonly box: Box;
  readonly patch: Patch;
  readonly scores: { readonly losses: Losses };
}

export interface PreviewOptions {
  readonly patches: Pick<Patches, "composeForScoring">;
  readonly safetyCheck: Pick<SafetyCheck, "inspect">;
  readonly folder: string;
  /** Told of each that stands. */
  readonly show: (preview: Preview) => void;
  /** What boxes cost for where they lie. */
  readonly placeCost: PlaceCost;
  readonly imprint: Pick<Imprint, "xmp">;
  /** In milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

/** Of the longer side, in pixels. */
const previewSide = 512;
/** Between two of them. */
const leastMilliseconds = 5000;

/**
 * Where the safety model checks, a preview waits for it, as it is shown; one that is refused is not shown. They are copies of at most 512
 * pixels, in the edit's folder until it is over.
 */
export function createPreviews(options: PreviewOptions): Previews {
  const { patches, safetyCheck, folder, placeCost, imprint, now = () => performance.now() } = options;
  let best: Draft | null = null;
  let shown: Draft | null = null;
  let shownAt = Number.NEGATIVE_INFINITY;
  let count = 0;
  const costOf = ({ box, scores }: Draft) => scores.losses.total + placeCost(box);

  return {
    async note(drafts) {
      for (const draft of drafts) if (!best || costOf(draft) < costOf(best)) best = draft;
      if (!best || best === shown || now() - shownAt < leastMilliseconds) return;
      shown = best;
      shownAt = now();
      const compose = (patch: Patch) => patches.composeForScoring(patch, "draft");
      const { isUnsafe, isRefused } = await safetyCheck.inspect(shown.patch, compose);
      if (isRefused) return;
      count += 1;
      const file = `preview-${count}.jpg`;
      const picture = await compose(shown.patch);
      await writeOutput(join(folder, file), await encodeCopyJpeg(picture, previewSide, imprint.xmp));
      options.show({ file, isUnsafe });
    },
  };
}

/** Takes them away. */
export async function removePreviews(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^preview-\d+\.jpg$/.test(name));
  for (const name of names) await rm(join(folder, name), { force: true });
}
