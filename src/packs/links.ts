import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { EditError } from "../errors.ts";
import type { Pack, PackFile } from "./pack.ts";
import { sha256OfFile } from "./verify.ts";

/**
 * Looks where links in a pack's folder lead. One that leads out of it could show a file of this machine as a pack's words
 * or in a message. It may lead to the blobs of the Hugging Face cache that the pack is a snapshot of; to a file of weights, whose
 * form is checked when it is opened; and to what the pack knows by its sha256, as `lrbot packs add` makes it.
 * @throws EditError `pack-invalid`, `pack-hash-mismatch`, naming the link
 */
export async function requireOwnFiles(pack: Pack): Promise<void> {
  const { manifest, folder } = pack;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    const message = `Expected to read the folders of pack ${manifest.name}, got ${cause}.`;
    throw new EditError("pack-invalid", message, { cause });
  });
  const links = entries.filter((entry) => entry.isSymbolicLink());
  const texts = await textsOf(pack);
  const files = new Map(manifest.files.map((file) => [file.path, file]));
  await Promise.all(
    links.map(async ({ parentPath, name }) => {
      const link = join(parentPath, name);
      const real = await realpath(link).catch(() => null);
      if (real === null || homesOf(folder).some((home) => isInside(real, home))) return;
      const path = relative(folder, link).split(sep).join("/");
      if (!(await isWeights(path, real, texts)))
        await requireKnown(manifest.name, path, real, files.get(path));
    }),
  );
}

/** A folder of that name could hold anything, and a pack may name any file as one of its texts. */
async function isWeights(path: string, real: string, texts: readonly string[]): Promise<boolean> {
  if (!path.endsWith(".safetensors") || texts.includes(real)) return false;
  return (await stat(real).catch(() => null))?.isFile() === true;
}

/** Real paths of what is read as words: a path has more than one spelling. */
async function textsOf({ manifest, folder }: Pack): Promise<string[]> {
  const paths = [manifest.nouns, manifest.words, manifest.synonyms].filter((path) => path !== null);
  const texts = await Promise.all(paths.map((path) => realpath(join(folder, path)).catch(() => null)));
  return texts.filter((text) => text !== null);
}

/** Where the files of a pack may lie: its folder, and the blobs of a cache whose snapshot it is. */
function homesOf(folder: string): string[] {
  const isSnapshot = basename(dirname(folder)) === "snapshots";
  return isSnapshot ? [folder, join(folder, "..", "..", "blobs")] : [folder];
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function requireKnown(
  pack: string,
  path: string,
  real: string,
  file: PackFile | undefined,
): Promise<void> {
  const expected = file?.sha256 ?? null;
  if (expected === null) {
    throw new EditError(
      "pack-invalid",
      `Expected ${pack}/${path} to lie in the pack's folder, got a link to ${real}, of which pack.json knows no sha256. Put the file itself there.`,
    );
  }
  const sha256 = await sha256OfFile(real).catch(() => null);
  if (sha256 === expected) return;
  throw new EditError(
    "pack-hash-mismatch",
    `Expected ${pack}/${path} to lead to a file with sha256 ${expected}, got ${real} with ${sha256 ?? "none that can be read"}. Add or fetch the pack again.`,
  );
}
