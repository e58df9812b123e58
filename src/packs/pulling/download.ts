import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { Hub, HubLocation } from "../hub/hub.ts";
import { createHubRetries, type HubRetryOptions, PassingFailure } from "../hub/retries.ts";
import { diskFailure } from "../write-file.ts";

export interface DownloadOrder {
  readonly hub: Hub;
  readonly place: HubLocation;
  /** What the file must be; hashes that are `null` are not known. */
  readonly expected: {
    readonly size: number;
    readonly sha256: string | null;
    readonly blobId: string | null;
  };
  /** Where it goes. What has come so far lies beside it as `.partial`, and the next try continues it. */
  readonly target: string;
  readonly retries: HubRetryOptions;
  /** Called with the number of bytes that have come, negative for those that were worth nothing. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Fetches one file: from where the last try stopped, again where the connection breaks, from its start where the
 * bytes are not what they should be. The target is there whole and right, or not at all.
 * @returns its sha256
 * @throws EditError `pack-hash-mismatch` where the bytes are wrong twice; `hub-*`, `disk-full`,
 *   `output-unwritable`, `cancelled`
 */
export async function download(order: DownloadOrder): Promise<string> {
  const { target, retries: options } = order;
  const partial = `${target}.partial`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const retries = createHubRetries(options);
    const progress = await progressOf(partial, order);
    for (let wrong = 0; ; ) {
      throwIfCancelled(options.signal);
      const before = progress.bytes;
      try {
        if (before < order.expected.size || before === 0) await fetchInto(partial, progress, order);
      } catch (failure) {
        await retries.after(asFailure(failure, options.signal), progress.bytes > before);
        continue;
      }
      const problem = problemOf(progress, order);
      if (problem === null) return await finish(partial, target, progress);
      wrong += 1;
      order.onBytes(-progress.bytes);
      await restart(partial, progress, order);
      if (wrong === 2) throw mismatch(problem, order);
    }
  } catch (cause) {
    throw diskFailure(target, cause);
  }
}

/** How far a file has come, with the hashes of what is there. */
interface Progress {
  bytes: number;
  sha256: Hash;
  /** Git's hash, which begins with the size. */
  blobId: Hash;
}

function nothing({ expected }: DownloadOrder): Progress {
  const blobId = createHash("sha1").update(`blob ${expected.size}\0`);
  return { bytes: 0, sha256: createHash("sha256"), blobId };
}

/** What an earlier pull left. */
async function progressOf(partial: string, order: DownloadOrder): Promise<Progress> {
  const progress = nothing(order);
  const found = await stat(partial).catch(() => null);
  if (!found?.isFile()) return progress;
  if (found.size > order.expected.size) {
    await rm(partial);
    return progress;
  }
  for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20 })) {
    throwIfCancelled(order.retries.signal);
    add(progress, chunk);
  }
  order.onBytes(progress.bytes);
  return progress;
}

function add(progress: Progress, chunk: Buffer): void {
  progress.bytes += chunk.length;
  progress.sha256.update(chunk);
  progress.blobId.update(chunk);
}

async function restart(partial: string, progress: Progress, order: DownloadOrder): Promise<void> {
  await rm(partial, { force: true });
  Object.assign(progress, nothing(order));
}

async function fetchInto(partial: string, progress: Progress, order: DownloadOrder): Promise<void> {
  const { hub, place, expected, retries, onBytes } = order;
  await using reply = await hub.read(place, progress.bytes, retries.signal);
  if (reply.size !== null && reply.size !== expected.size)
    throw new PassingFailure(`a file of ${reply.size} bytes in place of ${expected.size}`);
  if (reply.from === 0 && progress.bytes > 0) {
    onBytes(-progress.bytes);
    await restart(partial, progress, order);
  }
  await using handle = await open(partial, "a");
  for await (const chunk of reply.bytes) {
    throwIfCancelled(retries.signal);
    if (progress.bytes + chunk.length > expected.size)
      throw new PassingFailure("more bytes than the file has");
    await handle.writeFile(chunk);
    add(progress, chunk);
    onBytes(chunk.length);
  }
  if (progress.bytes < expected.size) throw new PassingFailure("an end of the bytes before the file's");
  await handle.sync().catch(ignoreNoSync);
}

/** Not everything that can be written to can be synced. */
function ignoreNoSync(error: NodeJS.ErrnoException): void {
  if (error.code !== "EINVAL") throw error;
}

/** Reading that ends because of the signal ends in an AbortError of Node's. */
function asFailure(failure: unknown, signal: AbortSignal): unknown {
  throwIfCancelled(signal);
  return failure;
}

function problemOf(progress: Progress, { expected }: DownloadOrder): string | null {
  const sha256 = progress.sha256.copy().digest("hex");
  if (expected.sha256 !== null && expected.sha256 !== sha256)
    return `sha256 ${expected.sha256}, got ${sha256}`;
  const blobId = progress.blobId.copy().digest("hex");
  if (expected.blobId !== null && expected.blobId !== blobId)
    return `the git hash ${expected.blobId}, got ${blobId}`;
  return null;
}

async function finish(partial: string, target: string, progress: Progress): Promise<string> {
  await rename(partial, target);
  return progress.sha256.digest("hex");
}

function mismatch(problem: string, { hub, place }: DownloadOrder): EditError {
  return new EditError(
    "pack-hash-mismatch",
    `Expected ${place.path} of ${place.repository} from ${hub.name} to have ${problem}, twice. Nothing of it was kept; pull again later, or from another HF_ENDPOINT.`,
  );
}
