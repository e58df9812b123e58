import { EditError } from "../errors.ts";

/** What every method takes. */
export interface FileOptions {
  /** Ends the work between two pieces of a file, with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** A file of a job, as a store has it. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** What a store says of itself. */
export interface FileStoreState {
  /** Days after which the store takes away by itself what nobody removed; `null` where it does not, or does not say. */
  readonly lifetimeDays: number | null;
}

/**
 * Where pictures of jobs lie on their way between machines: sources to a worker, results back. Each job has its own files, which
 * go with it. What travels is files, not bytes in memory: both ends have them on a disk, a file can be read again for another try,
 * and memory stays flat however large a picture is.
 *
 * A job's name is 1 to 100 of `A-Z a-z 0-9 . _ -` and begins with a letter or a digit; a file's name is 1 to 4 such parts with
 * slashes between them (`names.ts`). Any other is a `RangeError`: a fault of ours, never of a member.
 *
 * @throws EditError of every method:
 * `files-unreachable` where the store is away, after some tries; `files-refused` where it does not let us (keys, rights, bucket,
 * clock); `files-full` where it takes no more; `cancelled`
 */
export interface FileStore extends AsyncDisposable {
  /** What it was opened with, for people: no secret is in it. */
  readonly address: string;
  /**
   * Keeps the file `from` of this machine under a name of the job. Others see it whole or, until then, as it was before.
   * @throws EditError also `picture-not-found` where there is no file `from`
   */
  put(job: string, name: string, from: string, options?: FileOptions): Promise<void>;
  /**
   * Writes the file to `to` on this machine, in a folder that exists: whole, or not at all.
   * @throws EditError also `files-missing` where the store has no such file; `disk-full` and `output-unwritable` of this machine
   */
  get(job: string, name: string, to: string, options?: FileOptions): Promise<void>;
  /** The job's files by name; none of a job that it does not know. */
  list(job: string, options?: FileOptions): Promise<StoredFile[]>;
  /** Takes all of the job's files away. That there are none is no error. */
  remove(job: string, options?: FileOptions): Promise<void>;
  /**
   * Takes away the files of all jobs that were put there longer ago than so many milliseconds, by the store's own clock, whoever
   * put them there: a net under `remove` for what a killed process left. How many files it were.
   */
  removeOlderThan(milliseconds: number, options?: FileOptions): Promise<number>;
  /**
   * Resolves where files can be written, read, listed and removed; it tries. A machine that lists nothing, as a worker does, needs
   * no right to: `lists` false leaves that out. Default: true.
   */
  check(options?: FileOptions & { readonly lists?: boolean }): Promise<FileStoreState>;
}

/** The failure of a `get` of what is not there. */
export function missingFile(job: string, name: string, address: string): EditError {
  return new EditError(
    "files-missing",
    `Expected ${name} of job ${job} at ${address}, got no such file. It was removed, or it was never put there.`,
  );
}
