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
 * Writes the sheet; results take the size of the source, whatever theirs is.
 * @throws EditError `picture-*`, `disk-full`, `output-unwritable`, `cancelled`
 */
export async function makeSheet({ out, ...files }: SheetOrder, signal: AbortSignal): Promise<void> {
  const source = await readEncodedPicture(files.source, { signal });
  const [left, right] = [await readFile(files.left), await readFile(files.right)];
  const sheet = await encodePairSheet({ source: source.bytes, left, right }, source);
  throwIfCancelled(signal);
  await writeOutput(out, sheet);
}
