import type { Stats } from "node:fs";
import { chmod, lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

// What the bot keeps of people is for its own user's eyes: pictures, and the store with what was typed.

/** Modes of what is made. */
export const privateMode = { file: 0o600, folder: 0o700 } as const;

/** The mask of a process that keeps such things: what it and its children make, whoever makes it, is for its user alone. */
export const privateMask = 0o077;

/**
 * Takes away what others may do with folders and all that is in them, from a version that left it to the system's mask. A
 * folder that is closed already is not gone through: nobody else gets into it. Links are not followed. What is missing is
 * no error.
 * @returns how many folders were open to others
 */
export async function closeFolders(folders: readonly string[]): Promise<number> {
  let count = 0;
  for (const folder of folders) {
    if (!isOpen(await statOrNull(folder))) continue;
    await closeContents(folder);
    // Last of all: one that is closed is done.
    await chmod(folder, privateMode.folder);
    count += 1;
  }
  return count;
}

async function closeContents(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) continue;
    if (stats.isDirectory()) await closeContents(path);
    if (isOpen(stats)) await chmod(path, stats.isDirectory() ? privateMode.folder : privateMode.file);
  }
}

function isOpen(stats: Stats | null): boolean {
  return stats !== null && (stats.mode & privateMask) !== 0;
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}
