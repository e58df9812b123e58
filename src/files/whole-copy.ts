import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { EditError, isDiskFull, throwIfCancelled } from "../errors.ts";
import { privateMode } from "../private-files.ts";

/** Bytes that are read at once. */
const pieceBytes = 1 << 20;

/**
 * A file of this machine, opened to be read.
 * @throws EditError `picture-not-found`
 */
export async function openLocal(path: string): Promise<FileHandle> {
  return open(path, "r").catch((cause) => {
    throw new EditError("picture-not-found", `Expected a file at ${path}, got ${systemCodeOf(cause)}.`, {
      cause,
    });
  });
}

/** An open file from its beginning. The handle stays open where it is read to the end. */
export function contentsOf(handle: FileHandle): Readable {
  return handle.createReadStream({ start: 0, autoClose: false, highWaterMark: pieceBytes });
}

/**
 * Writes pieces to a file that is there whole, on the disk itself, or as it was before.
 * @param partial Another name in the same file system, which it has until then
 * @param place Gives the whole file its name. Default: renames it
 * @throws What the pieces throw; `refused` of what this file's system refuses; EditError `cancelled`
 */
export async function writeWhole(
  file: { readonly to: string; readonly partial?: string },
  pieces: AsyncIterable<Uint8Array>,
  { signal, refused, place = (partial) => rename(partial, file.to) }: WriteOptions,
): Promise<void> {
  const { to, partial = `${to}.${randomUUID()}.partial` } = file;
  const kept = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      throw refused(cause);
    });
  throwIfCancelled(signal);
  const handle = await kept(open(partial, "wx", privateMode.file));
  try {
    try {
      for await (const piece of pieces) {
        throwIfCancelled(signal);
        await kept(handle.writeFile(piece));
      }
      await kept(handle.sync());
    } finally {
      await handle.close();
    }
    throwIfCancelled(signal);
    await kept(place(partial));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

interface WriteOptions {
  readonly signal: AbortSignal | undefined;
  readonly refused: (cause: unknown) => Error;
  readonly place?: (partial: string) => Promise<void>;
}

/** What the disk of this machine refuses. */
export function localRefusal(cause: unknown): EditError {
  const code = systemCodeOf(cause);
  return isDiskFull(code)
    ? new EditError("disk-full", `Expected room on the disk for a picture, got ${code}. Free some space.`, {
        cause,
      })
    : new EditError("output-unwritable", `Expected to write a picture, got ${code}.`, { cause });
}

/** The system's name of a failure, such as `ENOENT`. */
export function systemCodeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? String(cause.code) : cause.message;
}
