import { readFile } from "node:fs/promises";
import { throwIfCancelled } from "../../../errors.ts";
import { readEncodedPicture } from "../../image/image.ts";
import { encodePairSheet } from "../../image/pair-sheet.ts";
import { writeOutput } from "../../image/write-file.ts";

/** Copies of ours to be shown in one picture: one above, two below side by side. */
export interface SheetOrder {
  readonly source: string;
  readonly left: string;
  readonly right: string;
  /** Path of the JPEG. Its folder exists. */
  readonly out: string;
}

/**
 * Writes the sheet; results take the size of the left one.
 * @throws EditError `picture-*`, `disk-full`, `output-unwritable`, `cancelled`
 */
export async function makeSheet({ out, ...files }: SheetOrder, signal: AbortSignal): Promise<void> {
  const size = await readEncodedPicture(files.left, { signal });
  const [source, left, right] = [await readFile(files.source), size.bytes, await readFile(files.right)];
  const sheet = await encodePairSheet({ source, left, right }, size);
  throwIfCancelled(signal);
  await writeOutput(out, sheet);
}
