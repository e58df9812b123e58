import type { MarkSettings, ResultMarks } from "../../types.ts";
import type { PictureFormat } from "../image/formats/format.ts";
import type { Imprint } from "../image/image.ts";
import type { Picture } from "../image/picture.ts";
import { resultXmp } from "../image/xmp.ts";
import type { Signer } from "./c2pa/sign.ts";
import { embedWatermark, type PaintedArea } from "./watermark/embed.ts";
import { signsOf } from "./watermark/lattice.ts";

/** What results are marked with. */
export interface Marking {
  /** What goes into a result's file of a format. */
  imprint(marks: ResultMarks, format: PictureFormat): Imprint;
  /** Puts the invisible mark into what was painted of a picture, in place; `null` where none is wanted. */
  readonly watermark: ((picture: Picture, area: PaintedArea) => void) | null;
}

/**
 * Opens what an operator has set.
 * @throws EditError `signing-invalid`
 */
export async function openMarking({ signing, watermark }: MarkSettings): Promise<Marking> {
  const signer: Signer | null = signing && (await (await import("./c2pa/sign.ts")).openSigner(signing));
  return markingBy(signer, watermark);
}

function markingBy(signer: Signer | null, key: string | null): Marking {
  const signs = key === null ? null : signsOf(key);
  return {
    watermark: signs && ((picture, area) => embedWatermark(picture, area, signs)),
    imprint: (marks, format) => ({
      xmp: resultXmp(marks),
      seal: signer && ((file) => signer.sign(file, format, marks)),
    }),
  };
}

/** Results say in XMP how they came about, and nothing else. */
export const plainMarking: Marking = markingBy(null, null);
