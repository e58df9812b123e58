import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { EditError, isDiskFull, throwIfCancelled } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import { type FileOptions, type FileStore, missingFile } from "../file-store.ts";
import { keyOfFile, keyOfJob } from "../names.ts";
import { contentsOf, localRefusal, openLocal, systemCodeOf, writeWhole } from "../whole-copy.ts";

/**
 * A folder that all machines share, such as one on NFS: `jobs/JOB/NAME`, and `partial/` for what is being written. The folder
 * itself is never made: where a mount is away, pictures would land under it.
 * @param root Absolute
 * @param address What people call it
 */
export function createFolderStore(root: string, address: string): FileStore {
  const partials = join(root, "partial");
  const refused = (cause: unknown) => (cause instanceof EditError ? cause : folderRefusal(root, cause));
  const kept = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      throw refused(cause);
    });

  async function requireRoot(): Promise<void> {
    const found = await kept(stat(root));
    if (!found.isDirectory()) throw refused(new Error("a file"));
  }

  /** Writes a file and takes it away; one that a kill left goes with what is old. What time it is there, milliseconds since 1970. */
  async function probe(signal: AbortSignal | undefined): Promise<number> {
    await requireRoot();
    throwIfCancelled(signal);
    await kept(makeFolders(partials, root));
    const file = join(partials, `probe-${randomUUID()}`);
    await using handle = await kept(open(file, "wx", privateMode.file));
    try {
      await kept(handle.writeFile(new Uint8Array(16_384)));
      await kept(handle.sync());
      return (await kept(handle.stat())).mtimeMs;
    } finally {
      await kept(rm(file, { force: true }));
    }
  }

  return {
    address,
    async put(job, name, from, { signal }: FileOptions = {}) {
      const to = join(root, keyOfFile(job, name));
      await requireRoot();
      await using source = await openLocal(from);
      await kept(makeFolders(partials, root));
      await writeWhole({ to, partial: join(partials, `${job}~${randomUUID()}`) }, contentsOf(source), {
        ...{ signal, refused },
        place: (partial) =>
          moveInto(partial, to, root).catch((error) => {
            throw isMissing(error) ? missingFile(job, name, address) : error;
          }),
      });
    },
    async get(job, name, to, { signal }: FileOptions = {}) {
      const from = join(root, keyOfFile(job, name));
      await requireRoot();
      throwIfCancelled(signal);
      await using source = await open(from, "r").catch((cause) => {
        throw isMissing(cause) ? missingFile(job, name, address) : refused(cause);
      });
      await writeWhole({ to }, readable(contentsOf(source), refused), { signal, refused: localRefusal });
    },
    async list(job, { signal }: FileOptions = {}) {
      const folder = join(root, keyOfJob(job));
      await requireRoot();
      throwIfCancelled(signal);
      const files = await kept(filesBelow(folder));
      return files
        .map(({ path, bytes }) => ({ name: path.slice(folder.length).split(sep).join("/"), bytes }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async remove(job, { signal }: FileOptions = {}) {
      const folder = join(root, keyOfJob(job));
      await requireRoot();
      throwIfCancelled(signal);
      await kept(rm(folder, { recursive: true, force: true, maxRetries: 3 }));
      // A process that was killed while it wrote has left a piece. No job's name has the sign in it.
      const names = await readdir(partials).catch(() => []);
      for (const name of names.filter((each) => each.startsWith(`${job}~`)))
        await kept(rm(join(partials, name), { force: true }));
    },
    async removeOlderThan(milliseconds, { signal }: FileOptions = {}) {
      const before = (await probe(signal)) - milliseconds;
      let count = 0;
      for (const top of [partials, join(root, "jobs")]) {
        for (const { path, changedAt } of await kept(filesBelow(top))) {
          throwIfCancelled(signal);
          if (changedAt >= before) continue;
          await kept(rm(path, { force: true }));
          count += 1;
        }
        await removeEmptyFolders(top);
      }
      return count;
    },
    async check({ signal }: FileOptions = {}) {
      await probe(signal);
      return { lifetimeDays: null };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Renames a file into a folder that is made, and made again where somebody who removes the job took it away in between. */
async function moveInto(partial: string, to: string, root: string, tries = 3): Promise<void> {
  await makeFolders(dirname(to), root);
  await rename(partial, to).catch((error) => {
    if (!isMissing(error) || tries <= 1) throw error;
    return moveInto(partial, to, root, tries - 1);
  });
}

/** Folders below one that exists, which is not made. */
async function makeFolders(path: string, root: string): Promise<void> {
  if (path === root) return;
  try {
    await mkdir(path, { mode: privateMode.folder });
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return;
    const parent = dirname(path);
    if (!isMissing(error) || parent === root) throw error;
    await makeFolders(parent, root);
    await makeFolders(path, root);
  }
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** All files below a folder. What others take away meanwhile is not among them. */
async function filesBelow(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found: FoundFile[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const stats = await stat(path).catch((error) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (stats) found.push({ path, bytes: stats.size, changedAt: stats.mtimeMs });
  }
  return found;
}

/** Folders of jobs without a file. One that gets a file meanwhile stays. */
async function removeEmptyFolders(top: string): Promise<void> {
  const entries = await readdir(top, { withFileTypes: true, recursive: true }).catch(() => []);
  const folders = entries.filter((one) => one.isDirectory()).map((one) => join(one.parentPath, one.name));
  for (const folder of folders.sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => {});
}

/** Pieces whose failure to be read is the folder's. */
async function* readable(
  pieces: AsyncIterable<Uint8Array>,
  refused: (cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (cause) {
    throw refused(cause);
  }
}

function isMissing(cause: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(systemCodeOf(cause));
}

function folderRefusal(root: string, cause: unknown): EditError {
  const code = systemCodeOf(cause);
  if (isDiskFull(code))
    return new EditError(
      "files-full",
      `Expected room in the shared folder ${root}, got ${code}. Free some space.`,
      {
        cause,
      },
    );
  if (["EACCES", "EPERM", "EROFS"].includes(code))
    return new EditError(
      "files-refused",
      `Expected to read and write in the shared folder ${root}, got ${code}. Give this user the right to.`,
      { cause },
    );
  return new EditError(
    "files-unreachable",
    `Expected a shared folder at ${root}, got ${isMissing(cause) ? "none" : code}. Make it, or mount it, on this machine.`,
    { cause },
  );
}
