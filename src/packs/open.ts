import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EditError } from "../errors.ts";
import { requireOwnFiles } from "./links.ts";
import { lockFileName } from "./lock-file.ts";
import { type Pack, type PackFile, type PackManifest, packSchema } from "./pack.ts";
import { readTextFile } from "./text-file.ts";

/**
 * Finds a pack by name under the roots (the first that has its files wins; a description that nothing was pulled
 * for is passed over), checks its manifest, that every file is there and has its size, and that no link leads out of it
 * to what it does not know. All other hashes are `verifyPack`'s matter: this must cost milliseconds.
 * @throws EditError `pack-missing`, `pack-not-pulled`, `pack-invalid`, `pack-file-missing`, `pack-hash-mismatch` (a
 *   wrong size)
 */
export async function openPack(name: string, options: { roots: readonly string[] }): Promise<Pack> {
  requireName(name);
  let isDescribed = false;
  for (const root of options.roots) {
    const pack = await readPack(name, root);
    if (pack === null) continue;
    if (!(await isDescription(pack))) {
      await Promise.all(pack.manifest.files.map((file) => checkFile(pack, file)));
      await requireOwnFiles(pack);
      return pack;
    }
    isDescribed = true;
  }
  if (isDescribed) {
    throw new EditError(
      "pack-not-pulled",
      `Expected the files of pack ${name}, got its description alone. Run lrbot packs pull ${name}.`,
    );
  }
  throw missing(name, options.roots);
}

/**
 * Finds what a pack is made of, whether or not its files are there: the first of the roots that says it.
 * @throws EditError `pack-missing`, `pack-invalid`
 */
export async function describePack(name: string, options: { roots: readonly string[] }): Promise<Pack> {
  requireName(name);
  for (const root of options.roots) {
    const pack = await readPack(name, root);
    if (pack) return pack;
  }
  throw missing(name, options.roots);
}

/** @throws EditError `pack-missing` where the name could lead anywhere but to a folder of packs. */
export function requireName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return;
  throw new EditError(
    "pack-missing",
    `Expected a pack's name of lower-case letters, digits and dashes, got ${JSON.stringify(name)}.`,
  );
}

function missing(name: string, roots: readonly string[]): EditError {
  return new EditError(
    "pack-missing",
    `Expected a model pack named ${name} in one of ${roots.join(", ")}, got none. See lrbot packs list.`,
  );
}

async function readPack(name: string, root: string): Promise<Pack | null> {
  const text = await readTextFile(join(root, name, "pack.json")).catch(nullWhereAbsent);
  if (text === null) return null;
  return { manifest: parseManifest(name, text), folder: await realpath(join(root, name)) };
}

/** Nothing was pulled into this folder, and something would have to be. */
async function isDescription({ manifest, folder }: Pack): Promise<boolean> {
  const remote = manifest.files.filter(({ repository }) => repository !== null);
  if (remote.length === 0 || (await isFile(join(folder, lockFileName)))) return false;
  const there = await Promise.all(remote.map(({ path }) => isFile(join(folder, path))));
  return there.includes(false);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw new EditError("pack-invalid", `Expected a readable pack.json, got ${error.message}.`, {
    cause: error,
  });
}

function parseManifest(name: string, text: string): PackManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EditError("pack-invalid", `Expected ${name}/pack.json to hold JSON, got ${String(cause)}.`, {
      cause,
    });
  }
  const parsed = packSchema.safeParse(json);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).replace(/\s*\n\s*/g, " ");
    throw new EditError(
      "pack-invalid",
      `Expected ${name}/pack.json to follow the pack schema, got ${problems}`,
      {
        cause: parsed.error,
      },
    );
  }
  if (parsed.data.name !== name) {
    throw new EditError(
      "pack-invalid",
      `Expected the pack in folder ${name} to be named so, got ${parsed.data.name}.`,
    );
  }
  return parsed.data;
}

async function checkFile(pack: Pack, file: PackFile): Promise<void> {
  const found = await stat(join(pack.folder, file.path)).catch(() => null);
  const name = `${pack.manifest.name}/${file.path}`;
  if (!found?.isFile()) {
    const mend =
      file.repository === null ? "" : ` Run lrbot packs pull ${pack.manifest.name}, which fetches it.`;
    throw new EditError("pack-file-missing", `Expected the pack's file ${name}, got none.${mend}`);
  }
  if (file.size !== null && found.size !== file.size) {
    throw new EditError(
      "pack-hash-mismatch",
      `Expected ${name} to have ${file.size} bytes, got ${found.size}.`,
    );
  }
}
