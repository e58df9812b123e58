import { randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { EditError } from "../errors.ts";
import { exclusive } from "./exclusive.ts";
import { readLock, writeLock } from "./lock-file.ts";
import { describePack, requireName } from "./open.ts";
import { diskFailure } from "./write-file.ts";

export interface RemoveOptions {
  /** The folder that pulled and added packs lie in. */
  readonly root: string;
  readonly roots: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Removes the lock file too, so that the next pull takes what the hub has then. */
  readonly isForgotten: boolean;
}

/**
 * Removes a pulled or added pack, half pulled ones too. What an added pack points to stays. The lock file stays as
 * well, so that the pack can be pulled again as it was.
 * @returns whether a lock file stays
 * @throws EditError `pack-missing`, `usage` for a pack of the product, `output-unwritable`, `cancelled`
 */
export async function removePack(name: string, options: RemoveOptions): Promise<boolean> {
  const { root, roots, signal, clock, isForgotten } = options;
  requireName(name);
  const folder = join(root, name);
  if (!(await stat(folder).catch(() => null))?.isDirectory()) throw await notThere(name, roots);
  await using _lock = await exclusive(join(root, `.${name}.lock`), { signal, clock });
  const lock = isForgotten ? null : await readLock(folder).catch(() => null);
  const away = join(root, `.${name}.${randomUUID().slice(0, 8)}.removed`);
  try {
    await rename(folder, away);
    if (lock) await writeLock(folder, lock);
    await rm(away, { recursive: true, force: true });
  } catch (cause) {
    throw diskFailure(folder, cause);
  }
  return lock !== null;
}

async function notThere(name: string, roots: readonly string[]): Promise<EditError> {
  const { folder } = await describePack(name, { roots });
  return new EditError(
    "usage",
    `Expected a pack that was pulled or added, got ${name}, whose folder ${folder} is part of this product.`,
  );
}
