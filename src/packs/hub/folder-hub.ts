import { createReadStream } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { Hub, HubFile } from "./hub.ts";

/**
 * A folder in place of a hub: repositories as `OWNER/NAME/` with their files, or as a Hugging Face cache
 * (`models--OWNER--NAME/snapshots/COMMIT/`, https://huggingface.co/docs/huggingface_hub/guides/manage-cache), whose
 * blobs are named by their hashes.
 */
export function createFolderHub(folder: string): Hub {
  return {
    name: folder,
    async revision(repository, revision, signal) {
      throwIfCancelled(signal);
      const place = await locate(folder, repository, revision);
      if (place === null) throw notFound(folder, repository, revision);
      return { commit: place.commit, files: await filesIn(place.path, signal) };
    },
    async conversion(repository) {
      const references = join(cacheOf(folder, repository), "refs", "refs", "pr");
      for (const number of (await readdir(references).catch(() => [])).sort()) {
        const place = await locate(folder, repository, `refs/pr/${number}`);
        const names = place === null ? [] : await readdir(place.path, { recursive: true });
        if (names.some((name) => name.endsWith(".safetensors"))) return `refs/pr/${number}`;
      }
      return null;
    },
    async read({ repository, commit, path }, from, signal) {
      throwIfCancelled(signal);
      const place = await locate(folder, repository, commit ?? "main");
      const file = place === null ? null : join(place.path, ...path.split("/"));
      const found = file === null ? null : await stat(file).catch(() => null);
      if (file === null || !found?.isFile()) throw notFound(folder, repository, path);
      const bytes = createReadStream(file, { start: from, signal, highWaterMark: 1 << 20 });
      return {
        from,
        size: found.size,
        bytes,
        async [Symbol.asyncDispose]() {
          bytes.on("error", () => {}).destroy();
        },
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function notFound(folder: string, repository: string, what: string): EditError {
  return new EditError(
    "hub-not-found",
    `Expected ${what} of ${repository} in the mirror ${folder}, got no ${repository}/ or ${basename(cacheOf(folder, repository))}/ with it.`,
  );
}

function cacheOf(folder: string, repository: string): string {
  return join(folder, `models--${repository.replaceAll("/", "--")}`);
}

/** Where a revision lies. A plain folder has one revision, whatever it is called; a converted one is a cache's matter. */
async function locate(
  folder: string,
  repository: string,
  revision: string,
): Promise<{ path: string; commit: string | null } | null> {
  const cache = cacheOf(folder, repository);
  const named = await readFile(join(cache, "refs", ...revision.split("/")), "utf8").catch(() => null);
  const commit = named?.trim() ?? revision;
  const snapshot = join(cache, "snapshots", commit);
  if (/^[0-9a-f]{40}$/.test(commit) && (await isFolder(snapshot))) return { path: snapshot, commit };
  const plain = join(folder, ...repository.split("/"));
  return (await isFolder(plain)) ? { path: plain, commit: null } : null;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

async function filesIn(folder: string, signal: AbortSignal): Promise<Map<string, HubFile>> {
  const files = new Map<string, HubFile>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    throwIfCancelled(signal);
    const file = join(entry.parentPath, entry.name);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) continue;
    const path = relative(folder, file).split(sep).join("/");
    files.set(path, { path, size: found.size, ...(await hashesOf(file)) });
  }
  return files;
}

/** A cache names a blob by the hash that the hub gave for it. */
async function hashesOf(file: string): Promise<{ sha256: string | null; blobId: string | null }> {
  const real = await realpath(file);
  const name = basename(dirname(real)) === "blobs" ? basename(real) : "";
  return {
    sha256: /^[0-9a-f]{64}$/.test(name) ? name : null,
    blobId: /^[0-9a-f]{40}$/.test(name) ? name : null,
  };
}
