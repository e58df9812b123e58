import { readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EditError } from "../errors.ts";
import { type Pack, type PackFile, type PackManifest, packSchema } from "./pack.ts";

/**
 * Finds a pack by name under the roots (the first that has it wins), checks its manifest, and checks that every
 * file is there and has its size. Hashes are `verifyPack`'s matter: this must cost milliseconds.
 * @throws EditError `pack-missing`, `pack-invalid`, `pack-file-missing`, `pack-hash-mismatch` (a wrong size)
 */
export async function openPack(name: string, options: { roots: readonly string[] }): Promise<Pack> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new EditError(
      "pack-missing",
      `Expected a pack's name of lower-case letters, digits and dashes, got ${JSON.stringify(name)}.`,
    );
  }
  for (const root of options.roots) {
    const text = await readFile(join(root, name, "pack.json"), "utf8").catch(nullWhereAbsent);
    if (text === null) continue;
    const manifest = parseManifest(name, text);
    const pack = { manifest, folder: await realpath(join(root, name)) };
    await Promise.all(manifest.files.map((file) => checkFile(pack, file)));
    return pack;
  }
  throw new EditError(
    "pack-missing",
    `Expected a model pack named ${name} in one of ${options.roots.join(", ")}, got none. See lrbot packs list.`,
  );
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
    throw new EditError("pack-file-missing", `Expected the pack's file ${name}, got none.`);
  }
  if (file.size !== null && found.size !== file.size) {
    throw new EditError(
      "pack-hash-mismatch",
      `Expected ${name} to have ${file.size} bytes, got ${found.size}.`,
    );
  }
}
