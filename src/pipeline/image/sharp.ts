import sharp from "sharp";
import type { PictureFormat } from "./formats/format.ts";

// Every picture passes once, so remembered operations would only hold memory.
sharp.cache(false);

/** The readers of libvips that this program needs: those of the formats that are read, and SVG for marks that it draws. */
const readers = ["Png", "Jpeg", "Webp", "Heif", "Svg"].map((name) => `VipsForeignLoad${name}`);

// What is blocked is out of reach however a file gets past the checks of `formats/`: TIFF, GIF, gain maps, PDF …
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: readers });

/** sharp as this program uses it: it remembers nothing, and decodes the formats that are read here alone. */
export type { Metadata, Sharp } from "sharp";
export { sharp };

/** sharp's version, and the formats that `readPicture` reads with this build of it. */
export function pictureSupport(): { readonly version: string; readonly formats: readonly PictureFormat[] } {
  const { jpeg, png, webp, heif } = sharp.format;
  const formats: [PictureFormat, typeof jpeg][] = [
    ["PNG", png],
    ["JPEG", jpeg],
    ["WebP", webp],
    ["AVIF", heif],
  ];
  return {
    version: sharp.versions.sharp ?? "unknown",
    formats: formats.flatMap(([format, { input }]) => (input.buffer ? [format] : [])),
  };
}
