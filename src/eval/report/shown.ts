import { encodeCopyJpeg } from "../../pipeline/image/image.ts";
import type { Picture } from "../../pipeline/image/picture.ts";
import { writeOutput } from "../../pipeline/image/write-file.ts";

/** The longer side of pictures in a contact sheet, which people also compare in studies, in pixels. */
const side = 512;

/** Writes a small JPEG of a picture for a contact sheet. @throws EditError `disk-full`, `output-unwritable` */
export async function writeShown(path: string, picture: Picture): Promise<void> {
  await writeOutput(path, await encodeCopyJpeg(picture, side));
}
