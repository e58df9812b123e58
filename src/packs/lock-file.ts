import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EditError } from "../errors.ts";
import { writePackFile } from "./write-file.ts";

/** Beside the pulled files: what they are, so that a later pull gets the same or fails. */
export const lockFileName = "pack.lock.json";

const entrySchema = z.strictObject({
  /** Where the file lies in the pack. */
  path: z.string(),
  repository: z.string(),
  /** What was asked for: a branch, a tag, `refs/pr/N` or a commit. */
  requested: z.string(),
  /** The commit that this was; `null` for a mirror that keeps no history. */
  revision: z.string().nullable(),
  /** The file's path in the repository. */
  source: z.string(),
  size: z.int().nonnegative(),
  /** From the hub's metadata; where the hub has none, which is so for small files, from the bytes that came. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** Git's own hash of a small file, from the hub's metadata. */
  blobId: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
});

const lockSchema = z.strictObject({
  version: z.literal(1),
  pack: z.string(),
  files: z.array(entrySchema),
});

export type LockEntry = z.infer<typeof entrySchema>;
export type PackLock = z.infer<typeof lockSchema>;

/**
 * What was pulled before into a folder; `null` where nothing was.
 * @throws EditError `pack-invalid` where the file is there and says nothing that can be held to.
 */
export async function readLock(folder: string): Promise<PackLock | null> {
  const file = join(folder, lockFileName);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new EditError("pack-invalid", `Expected to read ${file}, got ${error.message}.`, { cause: error });
  });
  if (text === null) return null;
  const parsed = lockSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new EditError(
    "pack-invalid",
    `Expected ${file} to be the lock file of a pull, got something else. Remove it to pull without it.`,
    { cause: parsed.error },
  );
}

/** Writes the lock file, whole or not at all. */
export function writeLock(folder: string, lock: PackLock): Promise<void> {
  return writePackFile(join(folder, lockFileName), `${JSON.stringify(lock, null, 2)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
