import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/**
 * Writes a file that is there whole, or as it was before: under another name first, then renamed. What the system refuses is
 * thrown as it comes, for whoever calls to say what to do about it.
 */
export async function writeWholeFile(
  file: string,
  contents: Uint8Array | string,
  options: {
    /** On the disk itself before it takes its name: for what must outlive a power cut. Default: false. */
    readonly isSynced?: boolean;
  } = {},
): Promise<void> {
  const partial = `${file}.${randomUUID().slice(0, 8)}.partial`;
  try {
    await using handle = await open(partial, "wx");
    await handle.writeFile(contents);
    if (options.isSynced) await handle.sync();
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw cause;
  }
}
