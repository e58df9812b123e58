import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EditError } from "../errors.ts";
import { describePack, openPack } from "./open.ts";
import type { Pack, PackManifest } from "./pack.ts";

/**
 * A pack, what could be pulled (`manifest`, with the error `pack-not-pulled`), or what is wrong with the folder that
 * should hold one.
 */
export type ListedPack =
  | { readonly name: string; readonly folder: string; readonly pack: Pack }
  | {
      readonly name: string;
      readonly folder: string;
      readonly error: EditError;
      readonly manifest: PackManifest | null;
    };

/**
 * Every folder with a `pack.json` under the roots, in the order of the roots and then by name, each name once, as
 * `openPack` finds it.
 */
export async function listPacks(roots: readonly string[]): Promise<ListedPack[]> {
  const found = new Map<string, ListedPack>();
  for (const root of roots) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    for (const name of entries.map((entry) => entry.name).sort()) {
      if (!found.has(name)) {
        const listed = await tryOpen(name, root, roots);
        if (listed) found.set(name, listed);
      }
    }
  }
  return [...found.values()];
}

async function tryOpen(name: string, root: string, roots: readonly string[]): Promise<ListedPack | null> {
  try {
    const pack = await openPack(name, { roots });
    return { name, folder: pack.folder, pack };
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    if (error.code === "pack-missing") return null;
    const isDescribed = error.code === "pack-not-pulled";
    const manifest = isDescribed ? (await describePack(name, { roots })).manifest : null;
    return { name, folder: join(root, name), error, manifest };
  }
}
