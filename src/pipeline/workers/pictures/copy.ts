import { garbled } from "../../image/garble.ts";
import { encodeCopyJpeg, readPicture } from "../../image/image.ts";
import { writeOutput } from "../../image/write-file.ts";
import { copyXmp } from "../../image/xmp.ts";
import { readMarksOf } from "../../marks/read-marks.ts";

/** A picture of a member's that is to be shown to them: what they sent is never handed on as it came. */
export interface CopyOrder {
  readonly file: string;
  /** Of the longer side, in pixels. */
  readonly maxSide: number;
  /** With its pieces in disorder, so that anybody sees that it is spoilt. Default false. */
  readonly isGarbled?: boolean;
  /** Path of the copy. Its folder exists. */
  readonly out: string;
}

/** The copy, and the size of the picture itself, upright. */
export interface Copied {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes a picture whole, so that it is known whether it can be edited, and writes a JPEG of it; what is transparent stands on
 * white. Of its metadata only how it came about stays.
 * @throws EditError `picture-*`, `disk-full`, `output-unwritable`, `cancelled`
 */
export async function copyPicture(
  { file, maxSide, isGarbled = false, out }: CopyOrder,
  signal: AbortSignal,
): Promise<Copied> {
  const picture = await readPicture(file, { signal });
  const shown = isGarbled ? garbled(picture) : picture;
  await writeOutput(out, await encodeCopyJpeg(shown, maxSide, copyXmp(await readMarksOf(file, { signal }))));
  return { file: out, width: picture.width, height: picture.height };
}
