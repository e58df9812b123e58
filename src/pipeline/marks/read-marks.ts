import type { PictureMarks } from "../../types.ts";
import { hasManifest } from "../image/formats/manifests.ts";
import { type EncodedPicture, readEncodedPicture } from "../image/image.ts";
import { readXmp, sourceTypes, type XmpMarks } from "../image/xmp.ts";
import type { ManifestReport } from "./c2pa/read.ts";

/** All that a picture's file carries. */
export interface ReadMarks extends PictureMarks {
  readonly xmp: XmpMarks;
  /** Of the manifest in the file; `null` where there is none, or none that can be read. */
  readonly report: ManifestReport | null;
}

/**
 * What a picture's file says of how the picture came about, in XMP and in a C2PA manifest.
 * @throws EditError `picture-*`; `cancelled`
 */
export async function readMarksOf(
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadMarks> {
  return readMarks(await readEncodedPicture(path, options));
}

/** The same of a file that was read. */
export async function readMarks({ format, bytes, xmp: packet }: EncodedPicture): Promise<ReadMarks> {
  const xmp = readXmp(packet);
  const isEmbedded = hasManifest(format, bytes);
  const report = isEmbedded ? await (await import("./c2pa/read.ts")).readManifest(format, bytes) : null;
  return {
    digitalSourceType: agreedType([
      xmp.digitalSourceType ?? undefined,
      ...(report?.digitalSourceTypes ?? []),
    ]),
    manifest: isEmbedded ? "embedded" : xmp.manifest,
    xmp,
    report,
  };
}

/**
 * One type for all that is said: that all of it was generated only where nothing speaks against it. `null` stands for a part of
 * which nothing is known, `undefined` for nothing that was said.
 */
function agreedType(stated: readonly (string | null | undefined)[]): string | null {
  const said = stated.filter((type) => type !== undefined);
  const other = said.find((type) => type !== null && type !== sourceTypes.generated);
  if (other) return other;
  const isGenerated = said.includes(sourceTypes.generated);
  return isGenerated ? (said.includes(null) ? sourceTypes.composite : sourceTypes.generated) : null;
}
