import { EditError } from "../../errors.ts";
import type { Hub, HubFile, HubRevision } from "../hub/hub.ts";
import type { LockEntry, PackLock } from "../lock-file.ts";
import type { PackFile, PackManifest } from "../pack.ts";

/** A file of a pack that comes from a repository. */
export type RemoteFile = PackFile & { readonly repository: string };

export interface ResolveOptions {
  readonly hub: Hub;
  readonly signal: AbortSignal;
  /** What an earlier pull fixed: its commits stay, and what it knows the hub is not asked for. */
  readonly lock: PackLock | null;
  /** Called with what a person should know: a conversion's revision, another variant of the weights. */
  readonly onNote: (text: string) => void;
}

/** Only these are ever asked for: weights in a form that is data and never code, and texts. */
const wanted = [".safetensors", ".json", ".txt"];

/**
 * Finds out what each file of a pack is: its commit, size and hash, from the lock of an earlier pull, else from the
 * hub's metadata. No hash is made up: what neither knows stays `null` until the bytes are there.
 * @throws EditError `pack-invalid`, `pack-no-safetensors`, `pack-hash-mismatch` where the hub's metadata is not what
 *   the pack's description says; `hub-*`, `cancelled`
 */
export async function resolveFiles(manifest: PackManifest, options: ResolveOptions): Promise<LockEntry[]> {
  const remote = manifest.files.filter(isRemote);
  for (const { path } of remote) requireWanted(manifest.name, path);
  const revisions = new Map<string, Promise<HubRevision>>();
  const revisionOf = (repository: string, revision: string) => {
    const key = `${repository}@${revision}`;
    const asked = revisions.get(key) ?? options.hub.revision(repository, revision, options.signal);
    revisions.set(key, asked);
    return asked;
  };
  const entries: LockEntry[] = [];
  for (const file of remote) {
    const entry = lockedEntry(file, options.lock) ?? (await askedEntry(file, remote, revisionOf, options));
    requireDescribed(manifest.name, file, entry);
    entries.push(entry);
  }
  return entries;
}

export function isRemote(file: PackFile): file is RemoteFile {
  return file.repository !== null;
}

function requireWanted(pack: string, path: string): void {
  if (wanted.some((ending) => path.endsWith(ending))) return;
  throw new EditError(
    "pack-invalid",
    `Expected pack ${pack} to be made of ${wanted.join(", ")} files, got ${path}. Others are never fetched: they can hold code.`,
  );
}

function lockedEntry(file: RemoteFile, lock: PackLock | null): LockEntry | null {
  const names = variantsOf(file.path);
  const found = lock?.files.find(
    ({ path, repository, requested, revision }) =>
      names.includes(path) &&
      repository === file.repository &&
      (file.revision === null || [requested, revision].includes(file.revision)),
  );
  return found ?? null;
}

async function askedEntry(
  file: RemoteFile,
  all: readonly RemoteFile[],
  revisionOf: (repository: string, revision: string) => Promise<HubRevision>,
  options: ResolveOptions,
): Promise<LockEntry> {
  const { repository } = file;
  const requested = file.revision ?? "main";
  const sameCommit = options.lock?.files.find(
    (entry) => entry.repository === repository && entry.requested === requested,
  );
  const held = await revisionOf(repository, sameCommit?.revision ?? requested);
  const found = variantIn(held, file);
  if (found) {
    if (found.path !== file.path)
      options.onNote(`${repository} has no ${sourceOf(file)}; ${found.file.path} is taken in its place.`);
    return entryOf(file, requested, held, found);
  }
  if (!file.path.endsWith(".safetensors")) throw fileMissing(options.hub, file, requested);
  const reference = await options.hub.conversion(repository, options.signal);
  const converted = reference === null ? null : await revisionOf(repository, reference);
  const weights = converted === null ? null : variantIn(converted, file);
  if (reference === null || converted === null || !weights) throw noSafetensors(file, all, requested);
  options.onNote(
    `${repository} has no safetensors on ${requested}; its conversion ${reference} is taken for ${weights.file.path}.`,
  );
  return entryOf(file, reference, converted, weights);
}

interface Found {
  /** In the pack. */
  readonly path: string;
  readonly file: HubFile;
}

function variantIn({ files }: HubRevision, wantedFile: RemoteFile): Found | null {
  const paths = variantsOf(wantedFile.path);
  for (const [index, source] of variantsOf(sourceOf(wantedFile)).entries()) {
    const file = files.get(source);
    const path = paths[index];
    if (file && path !== undefined) return { path, file };
  }
  return null;
}

/** A file's name, and for weights the same in the other precision: networks are opened under either. */
export function variantsOf(path: string): string[] {
  if (!path.endsWith(".safetensors")) return [path];
  const other = path.endsWith(".fp16.safetensors")
    ? path.replace(/\.fp16\.safetensors$/, ".safetensors")
    : path.replace(/\.safetensors$/, ".fp16.safetensors");
  return [path, other];
}

function sourceOf({ source, path }: PackFile): string {
  return source ?? path;
}

function entryOf(
  file: RemoteFile,
  requested: string,
  { commit }: HubRevision,
  { path, file: found }: Found,
): LockEntry {
  const { size, sha256, blobId, path: source } = found;
  return { path, repository: file.repository, requested, revision: commit, source, size, sha256, blobId };
}

function requireDescribed(pack: string, file: RemoteFile, entry: LockEntry): void {
  if (entry.path !== file.path) return;
  const isSize = file.size === null || file.size === entry.size;
  const isHash = file.sha256 === null || entry.sha256 === null || file.sha256 === entry.sha256;
  if (isSize && isHash) return;
  const described = isSize ? `sha256 ${file.sha256}` : `${file.size} bytes`;
  const got = isSize ? `sha256 ${entry.sha256}` : `${entry.size} bytes`;
  throw new EditError(
    "pack-hash-mismatch",
    `Expected ${pack}/${file.path} to have ${described}, as the pack's description says, got ${got} from ${entry.repository}.`,
  );
}

function fileMissing(hub: Hub, file: RemoteFile, requested: string): EditError {
  return new EditError(
    "hub-not-found",
    `Expected ${sourceOf(file)} in ${file.repository} at ${requested} on ${hub.name}, got a repository without it.`,
  );
}

function noSafetensors(file: RemoteFile, all: readonly RemoteFile[], requested: string): EditError {
  const others = all.filter(({ repository }) => repository !== file.repository).length;
  const rest = others > 0 ? " The pack's other repositories are not to blame." : "";
  return new EditError(
    "pack-no-safetensors",
    `Expected ${sourceOf(file)} in ${file.repository} at ${requested} or in a conversion pull request of the hub's own converter, got neither.${rest} ` +
      `Weights in other forms are never opened. Ask for one at https://huggingface.co/spaces/safetensors/convert, or add a converted folder with lrbot packs add.`,
  );
}
