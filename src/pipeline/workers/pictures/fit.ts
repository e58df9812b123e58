import { stat } from "node:fs/promises";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { ResultMarks } from "../../../types.ts";
import type { Size } from "../../image/framing.ts";
import {
  type EncodedPicture,
  encodeResultJpeg,
  type Imprint,
  readEncodedPicture,
} from "../../image/image.ts";
import { writeOutput } from "../../image/write-file.ts";
import { marksOfResult, noMarks, readXmp } from "../../image/xmp.ts";
import type { Marking } from "../../marks/marking.ts";

/** A result of ours that has to become small enough to be posted. */
export interface FitOrder {
  readonly file: string;
  /** At least 1. */
  readonly maxBytes: number;
  /** Of the longer side, in pixels; `null` where any will do. */
  readonly maxSide: number | null;
  /** Drawn into the upper left corner of a copy, which is made in any case. None by default. */
  readonly number?: number | null;
  /** It is a copy in any case: the file is none that was marked. Default: where a number is drawn. */
  readonly isCopy?: boolean;
  /** Path of the copy, without the ending, which its format decides. Its folder exists. */
  readonly out: string;
}

/** A file that fits. */
export interface Fitted {
  readonly file: string;
  readonly format: "png" | "jpeg";
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** The file is the one that was given. */
  readonly isOriginal: boolean;
  /** It has fewer pixels than the one that was given. */
  readonly isScaled: boolean;
}

/** At full size the first of these that fits; scaled down it is the last. */
const qualities = [95, 93, 90] as const;

/** Bytes of a photo's JPEG at the last quality over those at the first; spares trials that would be in vain. */
const lastOverFirst = 0.6;

/** A copy of fewer pixels on its short side shows nothing. */
const leastSide = 16;

/**
 * The picture within a limit of bytes and pixels a side: the PNG as it is where it fits, else a JPEG of quality 95 down
 * to 90, else one of quality 90 that is scaled down as far as it takes. A JPEG shows what is transparent on white.
 * @throws EditError `picture-*`, `disk-full`, `output-unwritable`, `cancelled`
 */
export async function fitPicture(
  order: FitOrder,
  { marking, signal }: { readonly marking: Marking; readonly signal: AbortSignal },
): Promise<Fitted> {
  const picture = await readEncodedPicture(order.file, { signal });
  const imprint = marking.imprint(marksOf(picture), "JPEG");
  const { width, height, format, bytes } = picture;
  const allowed = order.maxSide === null ? 1 : Math.min(1, order.maxSide / Math.max(width, height));
  const { number = null, isCopy = number !== null } = order;
  if (!isCopy && allowed === 1 && format === "PNG" && bytes.length <= order.maxBytes) {
    const { size } = await stat(order.file);
    return { file: order.file, format: "png", width, height, bytes: size, isOriginal: true, isScaled: false };
  }
  const { size, jpeg } = await smallEnough(picture, allowed, {
    maxBytes: order.maxBytes,
    imprint,
    number,
    signal,
  });
  const file = `${order.out}.jpg`;
  await writeOutput(file, jpeg);
  const isScaled = size.width < width || size.height < height;
  return { file, format: "jpeg", ...size, bytes: jpeg.length, isOriginal: false, isScaled };
}

/** Copies say of themselves what their result says; what a result from before it was written says is not known. */
function marksOf({ xmp }: EncodedPicture): ResultMarks {
  const { digitalSourceType, isResult, input } = readXmp(xmp);
  return isResult && digitalSourceType !== null ? { digitalSourceType, input } : marksOfResult(noMarks);
}

interface Limits {
  readonly maxBytes: number;
  readonly imprint: Imprint;
  readonly number: number | null;
  readonly signal: AbortSignal;
}

async function smallEnough(
  picture: EncodedPicture,
  allowed: number,
  { maxBytes, imprint, number, signal }: Limits,
) {
  let bytes = 0;
  for (const quality of qualities) {
    throwIfCancelled(signal);
    const size = scaled(picture, allowed);
    const jpeg = await encodeResultJpeg(picture, { ...size, quality, imprint, number });
    if (jpeg.length <= maxBytes) return { size, jpeg };
    bytes = jpeg.length;
    if (quality === qualities[0] && bytes * lastOverFirst > maxBytes) {
      bytes *= lastOverFirst;
      break;
    }
  }
  for (let scale = allowed; ; ) {
    throwIfCancelled(signal);
    scale *= Math.min(0.9, 0.97 * Math.sqrt(maxBytes / bytes));
    const size = scaled(picture, scale);
    if (Math.min(size.width, size.height) < leastSide) throw tooTight(maxBytes);
    const jpeg = await encodeResultJpeg(picture, { ...size, quality: 90, imprint, number });
    if (jpeg.length <= maxBytes) return { size, jpeg };
    bytes = jpeg.length;
  }
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function tooTight(maxBytes: number): EditError {
  return new EditError(
    "picture-too-large",
    `Expected a picture that can be shown in ${maxBytes} bytes, got one that cannot.`,
  );
}
