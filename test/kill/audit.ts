import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JobRecord } from "../../src/store/jobs.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { everythingIn } from "../cli/lrbot.ts";

/** What a bot's folder holds while no bot runs in it. */
export interface Audit {
  readonly jobs: readonly JobRecord[];
  /** `ok` where SQLite finds nothing wrong. */
  readonly integrity: string;
  /**
   * Files that belong to no job, and such as a job does not have. What a kill left before its job was promised may lie in the
   * quarantine; what belongs to a job may not.
   */
  readonly strays: readonly string[];
}

export async function audit(folder: string): Promise<Audit> {
  const data = join(folder, "data");
  const files = everythingIn(folder);
  const store = await openSqliteStore({ folder: data });
  const jobs = await store.jobs.list({ limit: 1_000_000 });
  await store[Symbol.asyncDispose]();
  const ids = new Set(jobs.map(({ id }) => id));
  const database = openDatabase(join(data, "store.db"));
  const integrity = String(database.pragma("integrity_check"));
  database.close();
  return { jobs, integrity, strays: files.filter((file) => !belongs(file, ids)) };
}

/** How often the main process has died under the jobs that are not over. */
export function mostRestarts(folder: string): number {
  const file = join(folder, "data", "store.db");
  if (!existsSync(file)) return 0;
  const database = openDatabase(file);
  try {
    const hasJobs = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").first();
    if (!hasJobs) return 0;
    const row = database
      .prepare<{ most: number | null }>(
        "SELECT max(restarts + (state = 'running')) AS most FROM jobs WHERE state IN ('waiting', 'running')",
      )
      .first();
    return row?.most ?? 0;
  } finally {
    database.close();
  }
}

const store = /^data(\/store\.(db|db-wal|db-shm|lock|holder))?$/;
const ofJob =
  /^data\/jobs\/([a-z0-9]{16})(\/source|\/results(\/(result|overlay|mask)-\d\.png)?|\/posted(\/.*\.jpg)?)?$/;

const rooms = new Set(["data/jobs", "data/incoming", "data/quarantine"]);
const ofNoJob = /^data\/quarantine\/\d+-([a-z0-9]{16})(\/source)?$/;

function belongs(file: string, jobs: ReadonlySet<string>): boolean {
  if (store.test(file) || rooms.has(file)) return true;
  const orphan = ofNoJob.exec(file)?.[1];
  if (orphan !== undefined) return !jobs.has(orphan);
  const job = ofJob.exec(file)?.[1];
  return job !== undefined && jobs.has(job);
}
