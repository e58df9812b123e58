import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EditError } from "../errors.ts";
import { openPack } from "./open.ts";
import type { Pack } from "./pack.ts";

/** A pack, or what is wrong with the folder that should hold one. */
export type ListedPack =
  | { readonly name: string; readonly folder: string; readonly pack: Pack }
  | { readonly name: string; readonly folder: string; readonly error: EditError };

/**
 * Every folder with a `pack.json` under the roots, in the order of the roots and then by name. A folder that
 * an earlier root also has is hidden by it, as `openPack` would not find it either.
 */
export async function listPacks(roots: readonly string[]): Promise<ListedPack[]> {
  const found = new Map<string, ListedPack>();
  for (const root of roots) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    for (const name of entries.map((entry) => entry.name).sort()) {
      if (!found.has(name)) {
        const listed = await tryOpen(name, root);
        if (listed) found.set(name, listed);
      }
    }
  }
  return [...found.values()];
}

async function tryOpen(name: string, root: string): Promise<ListedPack | null> {
  const folder = join(root, name);
  try {
    return { name, folder, pack: await openPack(name, { roots: [root] }) };
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return error.code === "pack-missing" ? null : { name, folder, error };
  }
}
