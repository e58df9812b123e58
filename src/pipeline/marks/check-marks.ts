import type { CheckedMarks } from "../../types.ts";
import { readPicture } from "../image/image.ts";
import { readMarksOf } from "./read-marks.ts";
import { detectWatermark } from "./watermark/detect.ts";
import { signsOf } from "./watermark/lattice.ts";

/**
 * Looks for all marks that a picture may carry: what its file says, and the invisible mark of a key in its pixels.
 * @throws EditError `picture-*`; `cancelled`
 */
export async function checkMarks(
  path: string,
  { key, signal }: { readonly key: string; readonly signal?: AbortSignal | undefined },
): Promise<CheckedMarks> {
  const picture = await readPicture(path, { signal });
  const { digitalSourceType, manifest, report, xmp } = await readMarksOf(path, { signal });
  return {
    digitalSourceType,
    isResult: xmp.isResult,
    manifest: manifest && {
      where: manifest,
      state: report?.state ?? null,
      generator: report?.generator ?? null,
    },
    watermark: detectWatermark(picture, signsOf(key)),
  };
}
