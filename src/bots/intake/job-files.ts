import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClocks } from "../../clocks.ts";
import { EditError, isDiskFull } from "../../errors.ts";
import { closeFolders, privateMode } from "../../private-files.ts";

/**
 * Where the pictures of jobs lie, for this user's eyes alone: `jobs/ID/source`, `jobs/ID/results/`, `jobs/ID/posted/`, in the data folder; while it
 * runs, what is painted lies in `jobs/ID/run-NAME/`.
 */
export interface JobFiles {
  folder(job: string): string;
  /** The picture as it was sent. */
  picture(job: string): string;
  /** Has `result-N.png` and `overlay-N.png` once a run was kept. */
  results(job: string): string;
  /** A result or its overlay, lossless. */
  result(job: string, file: string): string;
  /** A file of the run that is under way, such as its first result; `null` where there is none. */
  underWay(job: string, file: string): Promise<string | null>;
  /** Renditions made for posting; can be made again at any time. */
  posted(job: string, file: string): string;
  /** A new empty folder of a picture that is being fetched; becomes a job's by `adopt`. */
  reserve(token: string): Promise<string>;
  adopt(token: string, job: string): Promise<void>;
  /**
   * An empty folder for a run, with a name of its own: the worker of a process that was killed removes its folder only when
   * it finds out, which may be in the middle of the next run. What interrupted runs left is taken away.
   */
  prepareRun(job: string): Promise<string>;
  /** The folder of `posted`. @throws EditError `picture-not-found` where the job has no folder any more */
  preparePosted(job: string): Promise<void>;
  /** What the run painted is the job's results now, in place of any from before. */
  keepRun(job: string, run: string): Promise<void>;
  /** @throws EditError `reference-expired` where there is none any more */
  copySource(from: string, token: string): Promise<void>;
  /**
   * Resolves where the pictures of one more job have room: 32 MB are free, and a file can be written.
   * @throws EditError `disk-full`, `store-unwritable`
   */
  requireRoom(): Promise<void>;
  remove(job: string): Promise<void>;
  discard(token: string): Promise<void>;
  /** Removes pictures that were being fetched when the process ended; how many. */
  removeUnfinished(): Promise<number>;
  /**
   * Moves folders that are named like a job's and belong to none into `quarantine/`, where `emptyQuarantine` finds them; how
   * many. The store may be an older copy, so nothing is deleted; a folder of another name is somebody else's.
   */
  quarantineOrphans(isJob: (id: string) => Promise<boolean>): Promise<number>;
  /** Takes away what others may do with pictures that an older version left open; how many folders were. */
  closeToOthers(): Promise<number>;
  /** Deletes what came into the quarantine before then, milliseconds since 1970; how many. */
  emptyQuarantine(before: number): Promise<number>;
}

/** What the pictures of a job may take, bytes: while less is free no job is begun, so that those begun before can end. */
const roomBytes = 32e6;
/** More than a file system uses for itself. */
const probe = new Uint8Array(16_384);

/**
 * The files below the bot's data folder.
 * @throws EditError `disk-full`, `store-unwritable` of every method that writes
 */
export function createJobFiles(dataFolder: string, clock: () => number = systemClocks.wall): JobFiles {
  const jobs = join(dataFolder, "jobs");
  const quarantine = join(dataFolder, "quarantine");
  const incoming = join(dataFolder, "incoming");
  const folder = (job: string) => join(jobs, job);
  /** A folder that somebody deleted alone is no failure of the disk: another try would not help. */
  const requireFolder = (job: string) => {
    if (existsSync(folder(job)) || !existsSync(jobs)) return;
    throw new EditError("picture-not-found", `Expected the pictures of job ${job} in ${jobs}, got none.`);
  };
  const files: JobFiles = {
    folder,
    picture: (job) => join(folder(job), "source"),
    results: (job) => join(folder(job), "results"),
    result: (job, file) => join(folder(job), "results", file),
    async underWay(job, file) {
      const runs = (await namesIn(folder(job))).filter((name) => name.startsWith("run-"));
      return runs.map((run) => join(folder(job), run, file)).find((path) => existsSync(path)) ?? null;
    },
    posted: (job, file) => join(folder(job), "posted", file),
    async reserve(token) {
      const path = join(incoming, token);
      await kept(makeFolder(incoming));
      await kept(makeFolder(path));
      return path;
    },
    async adopt(token, job) {
      await kept(makeFolder(jobs));
      await kept(rename(join(incoming, token), folder(job)));
    },
    async prepareRun(job) {
      const path = join(folder(job), `run-${newJobId()}`);
      for (const name of await namesIn(folder(job))) {
        if (name.startsWith("run-")) await rm(join(folder(job), name), { recursive: true, force: true });
      }
      requireFolder(job);
      await kept(makeFolder(path));
      return path;
    },
    async preparePosted(job) {
      requireFolder(job);
      await kept(makeFolder(join(folder(job), "posted")));
    },
    async keepRun(job, run) {
      await rm(files.results(job), { recursive: true, force: true });
      await kept(rename(run, files.results(job)));
    },
    async copySource(from, token) {
      const to = join(await files.reserve(token), "source");
      // A picture that is gone is no failure of the disk.
      if (existsSync(from)) await kept(copyFile(from, to));
      else throw new EditError("reference-expired", `Expected a picture at ${from}, got none.`);
    },
    async requireRoom() {
      const { bavail, bsize, blocks } = await kept(statfs(dataFolder));
      // Some file systems do not say.
      if (blocks > 0 && bavail * bsize < roomBytes) {
        const free = Math.floor((bavail * bsize) / 1e6);
        throw new EditError(
          "disk-full",
          `Expected ${roomBytes / 1e6} MB free in ${dataFolder}, got ${free}. Free some space.`,
        );
      }
      await kept(makeFolder(incoming));
      // A name that the next start takes away, should this process end here.
      const file = join(incoming, newJobId());
      try {
        await kept(writeFile(file, probe));
      } finally {
        await rm(file, { force: true });
      }
    },
    async remove(job) {
      await rm(folder(job), { recursive: true, force: true, maxRetries: 3 });
    },
    async removeUnfinished() {
      const tokens = (await namesIn(incoming)).filter(isJobId);
      for (const token of tokens) await files.discard(token);
      return tokens.length;
    },
    async quarantineOrphans(isJob) {
      let count = 0;
      for (const id of (await namesIn(jobs)).filter(isJobId)) {
        if (await isJob(id)) continue;
        await makeFolder(quarantine);
        // The time is in the name: a copy or a backup of the folder may change every other.
        await rename(folder(id), join(quarantine, `${clock()}-${id}`));
        count += 1;
      }
      return count;
    },
    closeToOthers: () => closeFolders([jobs, incoming, quarantine]),
    async emptyQuarantine(before) {
      const old = (await namesIn(quarantine)).filter((name) => {
        const [, at, id] = /^(\d{1,15})-(.+)$/.exec(name) ?? [];
        return at !== undefined && id !== undefined && isJobId(id) && Number(at) < before;
      });
      for (const name of old)
        await rm(join(quarantine, name), { recursive: true, force: true, maxRetries: 3 });
      return old.length;
    },
    async discard(token) {
      if (existsSync(join(incoming, token)))
        await rm(join(incoming, token), { recursive: true, force: true });
    },
  };
  return files;
}

/** Never the folder around it: a data folder that is gone is not to be made anew under a bot that runs. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: privateMode.folder }).catch((error) => {
    if (error?.code !== "EEXIST") throw error;
  });
}

/** What the system refuses to write, with a code. */
async function kept<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw isDiskFull(code)
      ? new EditError("disk-full", `Expected room on the disk for a picture, got ${code}. Free some space.`, {
          cause,
        })
      : new EditError("store-unwritable", `Expected to write to the data folder, got ${code}.`, { cause });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
}

/** 16 characters of a-z and 0-9: 80 random bits, short enough for a button and a nonce. */
export function newJobId(): string {
  return [...randomBytes(16)].map((byte) => letters[byte % 32]).join("");
}

const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/** True of what `newJobId` gives, and of nothing that a person would call a folder. */
function isJobId(name: string): boolean {
  return name.length === 16 && [...name].every((letter) => letters.includes(letter));
}
