import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { EditError, isDiskFull } from "../errors.ts";
import { writeWholeFile } from "../whole-file.ts";

/**
 * Writes a small file of a pack, and its folder, so that it is there whole or as it was before.
 * @throws EditError `disk-full`, `output-unwritable`
 */
export async function writePackFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeWholeFile(file, text, { isSynced: true });
  } catch (cause) {
    throw diskFailure(file, cause);
  }
}

/** A failure to write as a coded error that names the file and what to do; others as they are. */
export function diskFailure(file: string, cause: unknown): unknown {
  if (cause instanceof EditError || !(cause instanceof Error) || !("code" in cause)) return cause;
  const code = String(cause.code);
  if (isDiskFull(code)) {
    return new EditError(
      "disk-full",
      `Expected room on the disk for ${file}, got ${code}. Free some and run the same command again: it goes on where it stopped.`,
      { cause },
    );
  }
  if (!["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "EEXIST", "EIO", "ENAMETOOLONG"].includes(code))
    return cause;
  return new EditError(
    "output-unwritable",
    `Expected to write ${file}, got ${code}. Give this account the right to write there, or set LRBOT_DATA to another folder.`,
    { cause },
  );
}
