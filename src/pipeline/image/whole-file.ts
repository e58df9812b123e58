import { rename, rm, writeFile } from "node:fs/promises";
import { EditError, isDiskFull } from "../../errors.ts";

/**
 * Writes a file that is there whole or not at all: under another name first, then renamed.
 * @throws EditError `disk-full`, `output-unwritable`.
 */
export async function writeWholeFile(path: string, contents: Uint8Array | string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, contents);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw outputError(path, cause);
  }
}

function outputError(path: string, cause: unknown): EditError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return isDiskFull(reason)
    ? new EditError("disk-full", `Expected room on the disk for ${path}, got ${reason}. Free some space.`, {
        cause,
      })
    : new EditError("output-unwritable", `Expected to write ${path}, got ${reason}.`, { cause });
}
