import { copyFile, mkdir, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { exclusive } from "../exclusive.ts";
import type { Hub } from "../hub/hub.ts";
import type { HubRetryOptions } from "../hub/retries.ts";
import { type LockEntry, type PackLock, readLock, writeLock } from "../lock-file.ts";
import type { Pack, PackFile, PackManifest } from "../pack.ts";
import { sha256OfFile } from "../verify.ts";
import { diskFailure, writePackFile } from "../write-file.ts";
import { download } from "./download.ts";
import { isRemote, type RemoteFile, resolveFiles, variantsOf } from "./resolve.ts";

/** How far a pull is. */
export interface PullProgress {
  /** In the pack. */
  readonly file: string;
  /** `checking` reads what is there, `fetching` brings what is not. */
  readonly doing: "checking" | "fetching";
  /** Of all files that have to be fetched, those of an earlier pull included. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface PullOptions {
  readonly hub: Hub;
  /** The folder that pulled packs lie in. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Asks the hub anew and writes a new lock file. Default false: what is locked stays. */
  readonly update?: boolean;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called with what a person should know. */
  readonly onNote?: (text: string) => void;
  readonly retries?: Omit<HubRetryOptions, "signal">;
  /** Looks at the small files before the weights are fetched; what it throws ends the pull. */
  readonly checkTexts?: (pack: Pack) => Promise<void>;
  /** Looks at the files when all are there; what it throws keeps the pack from being complete. */
  readonly check?: (pack: Pack) => Promise<void>;
}

export interface PulledPack {
  readonly pack: Pack;
  readonly files: readonly LockEntry[];
  /** Bytes that came over the wire in this pull. */
  readonly fetchedBytes: number;
}

/** Room that is left on the disk for everything else. */
const spareBytes = 64e6;

/**
 * Brings a described pack here: `pack.json` appears in its folder when every file is there and right. A pull that
 * was cut off, killed or refused goes on where it stopped.
 * @throws EditError `pack-invalid`, `pack-no-safetensors`, `pack-hash-mismatch`, `hub-*`, `disk-full`,
 *   `output-unwritable`, `cancelled`
 */
export async function pullPack(description: Pack, options: PullOptions): Promise<PulledPack> {
  const { hub, root, signal, clock, update = false, onNote = () => {}, onProgress = () => {} } = options;
  const { name } = description.manifest;
  const folder = join(root, name);
  if (!description.manifest.files.some(isRemote)) throw nothingToPull(name);

  // 1. One pull of a pack at a time; the next finds everything there.
  await using _lock = await exclusive(join(root, `.${name}.lock`), {
    signal,
    clock,
    onWait: (owner) => onNote(`another pull of ${name} goes on (${owner}); waiting for it.`),
  });

  // 2. What each file is, fixed from now on.
  const before = await readLock(folder);
  const manifest = update ? unpinned(description.manifest, before) : description.manifest;
  const entries = await resolveFiles(manifest, { hub, signal, lock: update ? null : before, onNote });
  await dropOthers(folder, before?.files ?? [], entries);
  const keep = (files: readonly LockEntry[]) =>
    writeLock(folder, { version: 1, pack: name, files: [...files] });
  await keep(entries);

  // 3. What is there already, and whether the rest has room.
  const wanting: LockEntry[] = [];
  for (const entry of entries) {
    onProgress({ file: entry.path, doing: "checking", bytesDone: 0, bytesTotal: 0 });
    if (!(await isThere(folder, entry, signal))) wanting.push(entry);
  }
  await requireRoom(folder, wanting);

  // 4. The files, one after the other: small ones first, so that what can never edit is refused before its gigabytes come.
  for (const file of manifest.files) if (!isRemote(file)) await copyShipped(description, file, folder);
  wanting.sort((a, b) => Number(isWeights(a)) - Number(isWeights(b)));
  let isChecked = false;
  const bytesTotal = wanting.reduce((sum, { size }) => sum + size, 0);
  let bytesDone = 0;
  let fetchedBytes = 0;
  for (const entry of wanting) {
    if (isWeights(entry) && !isChecked) {
      isChecked = true;
      await options.checkTexts?.({ manifest: wholeManifest(manifest, entries), folder });
    }
    const { repository, revision: commit, source, path } = entry;
    const sha256 = await download({
      hub,
      place: { repository, commit, path: source },
      expected: { ...entry, sha256: entry.sha256 ?? describedHash(manifest, entry) },
      target: join(folder, path),
      retries: { ...options.retries, signal },
      onBytes(bytes) {
        bytesDone += bytes;
        fetchedBytes += Math.max(0, bytes);
        onProgress({ file: path, doing: "fetching", bytesDone, bytesTotal });
      },
    });
    entries[entries.indexOf(entry)] = { ...entry, sha256 };
    await keep(entries);
  }

  // 5. Last what says that all is there.
  const whole = wholeManifest(manifest, entries);
  await options.check?.({ manifest: whole, folder });
  await writePackFile(join(folder, "pack.json"), `${JSON.stringify(whole, null, 2)}\n`);
  return { pack: { manifest: whole, folder }, files: entries, fetchedBytes };
}

function isWeights({ path }: LockEntry): boolean {
  return path.endsWith(".safetensors");
}

function nothingToPull(name: string): EditError {
  return new EditError(
    "usage",
    `Expected a pack whose files lie on a model hub, got ${name}, which has all its files. lrbot packs verify ${name} checks them.`,
  );
}

/** The description as it was before a pull filled it in: one in the folder of pulled packs is its own result. */
function unpinned(manifest: PackManifest, lock: PackLock | null): PackManifest {
  const files = manifest.files.map((file) => {
    const entry = lock?.files.find(({ path, revision }) => path === file.path && revision === file.revision);
    return entry ? { ...file, revision: entry.requested, size: null, sha256: null } : file;
  });
  return { ...manifest, files };
}

/** Files of an earlier pull that this one names otherwise, or that are another revision's. */
async function dropOthers(
  folder: string,
  before: readonly LockEntry[],
  now: readonly LockEntry[],
): Promise<void> {
  for (const old of before) {
    const same = now.find(({ path }) => path === old.path);
    if (
      same &&
      same.size === old.size &&
      (same.sha256 ?? same.blobId) === (same.sha256 ? old.sha256 : old.blobId)
    )
      continue;
    for (const name of [old.path, `${old.path}.partial`]) await rm(join(folder, name), { force: true });
  }
}

async function isThere(folder: string, entry: LockEntry, signal: AbortSignal): Promise<boolean> {
  throwIfCancelled(signal);
  const file = join(folder, entry.path);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile() || found.size !== entry.size || entry.sha256 === null) return false;
  return (await sha256OfFile(file, signal)) === entry.sha256;
}

/**
 * The disk has to hold what is still to come.
 * @throws EditError `disk-full`
 */
async function requireRoom(folder: string, wanting: readonly LockEntry[]): Promise<void> {
  let needed = 0;
  for (const { path, size } of wanting) {
    const partial = await stat(join(folder, `${path}.partial`)).catch(() => null);
    needed += Math.max(0, size - (partial?.size ?? 0));
  }
  if (needed === 0) return;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed + spareBytes) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new EditError(
    "disk-full",
    `Expected ${gigabytes(needed + spareBytes)} free for ${folder}, got ${gigabytes(free)}. Free some, or set LRBOT_DATA to a folder on another disk.`,
  );
}

function describedHash({ files }: PackManifest, { path }: LockEntry): string | null {
  return files.find((file) => file.path === path)?.sha256 ?? null;
}

async function copyShipped({ folder: from, manifest }: Pack, file: PackFile, folder: string): Promise<void> {
  const source = file.source === null ? join(from, file.path) : join(dirname(from), file.source);
  const target = join(folder, file.path);
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, `${target}.new`);
    await rename(`${target}.new`, target);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      const name = `${manifest.name}/${file.path}`;
      throw new EditError("pack-file-missing", `Expected the pack's file ${name} at ${source}, got none.`, {
        cause,
      });
    }
    throw diskFailure(target, cause);
  }
}

/** The description with everything filled in that the pull has found out. */
function wholeManifest(manifest: PackManifest, entries: readonly LockEntry[]): PackManifest {
  const filled = (file: RemoteFile): PackFile => {
    const entry = entries.find(({ path }) => variantsOf(file.path).includes(path));
    if (!entry) return file;
    const { path, revision, source, size, sha256 } = entry;
    return {
      ...file,
      path,
      revision: revision ?? file.revision,
      source: source === path ? null : source,
      size,
      sha256,
    };
  };
  return {
    ...manifest,
    files: manifest.files.map((file) => (isRemote(file) ? filled(file) : { ...file, source: null })),
  };
}
