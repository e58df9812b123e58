import type { MarkSettings, ResultMarks } from "../../types.ts";
import type { PictureFormat } from "../image/formats/format.ts";
import type { Imprint } from "../image/image.ts";
import { resultXmp } from "../image/xmp.ts";
import type { Signer } from "./c2pa/sign.ts";

/** What results are marked with. */
export interface Marking {
  /** What goes into a result's file of a format. */
  imprint(marks: ResultMarks, format: PictureFormat): Imprint;
}

/**
 * Opens what an operator has set.
 * @throws EditError `signing-invalid`
 */
export async function openMarking({ signing }: MarkSettings): Promise<Marking> {
  const signer: Signer | null = signing && (await (await import("./c2pa/sign.ts")).openSigner(signing));
  return markingBy(signer);
}

function markingBy(signer: Signer | null): Marking {
  return {
    imprint: (marks, format) => ({
      xmp: resultXmp(marks),
      seal: signer && ((file) => signer.sign(file, format, marks)),
    }),
  };
}

/** Results say in XMP how they came about, and nothing else. */
export const plainMarking: Marking = markingBy(null);
