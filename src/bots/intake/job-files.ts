import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
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
  /** What the run painted is the job's results now, in place of any from before. */
  keepRun(job: string, run: string): Promise<void>;
  copySource(from: string, token: string): Promise<void>;
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

/** The files below the bot's data folder. */
export function createJobFiles(dataFolder: string, clock: () => number = Date.now): JobFiles {
  const jobs = join(dataFolder, "jobs");
  const quarantine = join(dataFolder, "quarantine");
  const incoming = join(dataFolder, "incoming");
  const folder = (job: string) => join(jobs, job);
  const files: JobFiles = {
    folder,
    picture: (job) => join(folder(job), "source"),
    results: (job) => join(folder(job), "results"),
    result: (job, file) => join(folder(job), "results", file),
    posted: (job, file) => join(folder(job), "posted", file),
    async reserve(token) {
      const path = join(incoming, token);
      await makeFolder(path);
      return path;
    },
    async adopt(token, job) {
      await makeFolder(jobs);
      await rename(join(incoming, token), folder(job));
    },
    async prepareRun(job) {
      const path = join(folder(job), `run-${newJobId()}`);
      for (const name of await namesIn(folder(job))) {
        if (name.startsWith("run-")) await rm(join(folder(job), name), { recursive: true, force: true });
      }
      await makeFolder(path);
      return path;
    },
    async keepRun(job, run) {
      await rm(files.results(job), { recursive: true, force: true });
      await rename(run, files.results(job));
    },
    async copySource(from, token) {
      await copyFile(from, join(await files.reserve(token), "source"));
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

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: privateMode.folder });
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
