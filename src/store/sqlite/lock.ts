import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { privateMode } from "../../private-files.ts";
import { type Database, openDatabase } from "./database.ts";

/** A store that is this process's alone. */
export interface StoreLock {
  release(): void;
}

/** Of the file that is locked. */
export const lockName = "store.lock";

/** The kernel takes a moment to close the files of a process that was just killed. */
const longestWaitMilliseconds = 500;
/** A backup that another process makes of the store has an end. */
const backupMilliseconds = 10_000;
const stepMilliseconds = 50;

/**
 * Takes a store for this process: an exclusive transaction on an empty database beside it, never committed. The lock is the
 * operating system's and ends with the process, however it ends; `store.holder` only says who has it. Whoever takes it also
 * makes sure that no other process has the store's own file open, so a `store.lock` that somebody deleted lets nobody in.
 * @throws EditError `store-in-use` naming process and start of the holder, `store-unreadable`, `cancelled`
 */
export async function lockStore(
  folder: string,
  file: string,
  { signal, backupMilliseconds: longestBackup = backupMilliseconds }: LockOptions = {},
): Promise<StoreLock> {
  const holderFile = join(folder, "store.holder");
  const refused = () => inUse(folder, holderFile);
  const lock = await until(() => tryLock(join(folder, lockName)), longestWaitMilliseconds, refused, signal);
  try {
    await until(() => isOpenNowhere(file) || null, longestBackup, refused, signal);
    writeHolder(holderFile);
  } catch (error) {
    lock.close();
    throw error;
  }
  held.add(lock);
  return {
    release() {
      rmSync(holderFile, { force: true });
      lock.close();
      held.delete(lock);
    },
  };
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long another process may have the store open without being its holder. Default 10,000. */
  readonly backupMilliseconds?: number;
}

/** Tries until it has something. */
async function until<T>(
  attempt: () => T | null,
  longestWait: number,
  refused: () => EditError,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let waited = 0; ; waited += stepMilliseconds) {
    throwIfCancelled(signal);
    const got = attempt();
    if (got !== null) return got;
    if (waited >= longestWait) throw refused();
    await sleep(stepMilliseconds);
  }
}

/** Held from here: a connection that nothing refers to is closed with the garbage, and its lock would go with it. */
const held = new Set<Database>();

function tryLock(file: string) {
  const database = openDatabase(file);
  try {
    database.execute("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof EditError && error.code === "store-in-use") return null;
    throw error;
  }
}

/**
 * A connection in WAL mode has a shared lock on the file for as long as it is open, so an exclusive one tells whether there
 * is another. The journal stays as it is: a full disk is no reason to refuse.
 */
function isOpenNowhere(file: string): boolean {
  if (!existsSync(file)) return true;
  const database = openDatabase(file);
  try {
    database.execute("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema");
    return true;
  } catch (error) {
    if (error instanceof EditError && error.code === "store-in-use") return false;
    throw error;
  } finally {
    database.close();
  }
}

const holderSchema = z.object({ pid: z.int(), startedAt: z.iso.datetime(), host: z.string() });

function writeHolder(file: string): void {
  const startedAt = new Date(performance.timeOrigin).toISOString();
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify({ pid: process.pid, startedAt, host: hostname() })}\n`, {
    mode: privateMode.file,
  });
  renameSync(partial, file);
}

function inUse(folder: string, holderFile: string): EditError {
  return new EditError(
    "store-in-use",
    `Expected the store in ${folder} to be free, got it held by ${describeHolder(holderFile)}. Stop that process, or set another LRBOT_DATA.`,
  );
}

function describeHolder(file: string): string {
  try {
    const { pid, startedAt, host } = holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const where = host === hostname() ? "" : ` on ${host}`;
    return `process ${pid}${where}, started at ${startedAt}`;
  } catch {
    // It has not written its name yet, or copies the store and has none, or somebody deleted the file.
    return "another process";
  }
}
