import { EditError, isDiskFull } from "../../errors.ts";
import { writeWholeFile } from "../../whole-file.ts";

/**
 * Writes a file of an edit into a folder that exists, whole or not at all.
 * @throws EditError `disk-full`, `output-unwritable`.
 */
export async function writeOutput(path: string, contents: Uint8Array | string): Promise<void> {
  await writeWholeFile(path, contents).catch((cause: unknown) => {
    throw outputError(path, cause);
  });
}

function outputError(path: string, cause: unknown): EditError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return isDiskFull(reason)
    ? new EditError("disk-full", `Expected room on the disk for ${path}, got ${reason}. Free some space.`, {
        cause,
      })
    : new EditError("output-unwritable", `Expected to write ${path}, got ${reason}.`, { cause });
}
